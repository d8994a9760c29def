"""What the patient routes take and give. The repr of none shows a patient."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.patients.models import PatientRow
from kazasu.patients.service import PatientData
from kazasu.problems import ProblemError
from kazasu.rules import InsuredNumber, InsuredNumberError

__all__ = [
    "HomeVisitsInput",
    "PatientChange",
    "PatientInput",
    "PatientPage",
    "PatientView",
    "patient_data",
    "patient_view",
]

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class NumberInput(msgspec.Struct, frozen=True):
    """An insured number as typed."""

    insurer_number: Annotated[str, Meta(max_length=20)]
    number: Annotated[str, Meta(max_length=60)]
    symbol: Annotated[str, Meta(max_length=60)] = ""
    branch: Annotated[str, Meta(max_length=10)] = ""

    def __repr__(self) -> str:
        return "<NumberInput>"


class PatientInput(msgspec.Struct, frozen=True):
    """A patient as typed; put again, the whole anew."""

    name: Text
    name_kana: Text
    birth_date: date
    sex: Annotated[str, Meta(pattern="^[123]$", description="1 male, 2 female, 3 not set")] = "3"
    chart_number: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    insured_number: NumberInput | None = None

    def __repr__(self) -> str:
        return "<PatientInput>"


class PatientChange(PatientInput, frozen=True):
    """A patient put again. With `seen_changed_at`, the `changed_at` that was on the screen, nothing that somebody else
    changed since is written over unseen: the answer is then `conflict`."""

    seen_changed_at: Annotated[datetime, Meta(tz=True)] | None = None

    def __repr__(self) -> str:
        return "<PatientChange>"


class HomeVisitsInput(msgspec.Struct, frozen=True):
    """The last day of the patient's continuing home visits; null while they go on."""

    ended_on: date | None


class NumberView(msgspec.Struct, frozen=True):
    """The insured number on file, and where it came from."""

    insurer_number: str
    symbol: str
    number: str
    branch: str
    source: str

    def __repr__(self) -> str:
        return "<NumberView>"


class PatientView(msgspec.Struct, frozen=True):
    """A patient."""

    id: str
    chart_number: str | None
    name: str
    name_kana: str
    birth_date: date
    sex: str
    insured_number: NumberView | None
    home_visits_ended_on: date | None
    made_at: datetime
    changed_at: datetime

    def __repr__(self) -> str:
        return "<PatientView>"


class PatientPage(msgspec.Struct, frozen=True):
    """Some patients, and the cursor of the next ones."""

    items: list[PatientView]
    next: str | None


def patient_data(typed: PatientInput) -> PatientData:
    """The input proven; problem `request-not-valid` that names the field and what is wrong with it."""
    number = None
    if typed.insured_number is not None:
        given = typed.insured_number
        try:
            number = InsuredNumber.proven(given.insurer_number, given.symbol, given.number, given.branch)
        except InsuredNumberError as error:
            wrong = {"field": f"insured_number.{error.field}", "message": error.why}
            raise ProblemError("request-not-valid", errors=[wrong]) from None
    return PatientData(
        chart_number=typed.chart_number,
        name=typed.name.strip(),
        name_kana=typed.name_kana.strip(),
        birth_date=typed.birth_date,
        sex=typed.sex,
        insured_number=number,
    )


def patient_view(row: PatientRow) -> PatientView:
    """The patient as shown."""
    number = None
    if row.insurer_number is not None and row.number is not None:
        number = NumberView(
            row.insurer_number, row.symbol or "", row.number, row.branch or "", row.number_source or "roster"
        )
    return PatientView(
        row.id,
        row.chart_number,
        row.name,
        row.name_kana,
        row.birth_date,
        row.sex,
        number,
        row.home_visits_ended_on,
        row.made_at,
        row.changed_at,
    )
