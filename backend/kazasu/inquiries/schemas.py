"""What the inquiry routes take and give."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kazasu.gateway import Answer, Qualification, Result, outside_medical, qualification_kind
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.state import InquiryState
from kazasu.rules import InquiryKey

__all__ = ["AnswerView", "InquiryPage", "InquiryView", "TypedAnswer", "answer_view", "inquiry_view", "typed_answer"]

Cell = Annotated[str, Meta(max_length=200)]
Day = Annotated[str, Meta(pattern="^([0-9]{8})?$", description="yyyymmdd, or empty")]


class AnswerView(msgspec.Struct, frozen=True):
    """An answer as it came, but for specified illness and what else only a look may show."""

    result: Result
    simulated: bool
    answered_at: datetime
    typed_by: str | None
    content: dict[str, Any]

    def __repr__(self) -> str:
        return "<AnswerView>"


class InquiryView(msgspec.Struct, frozen=True):
    """An inquiry: by which road, where it stands, and what last went wrong."""

    id: str
    check: str
    key: InquiryKey
    state: InquiryState
    asked_for: date
    attempts: int
    next_at: datetime
    last_error: str | None
    made_at: datetime
    answered_at: datetime | None


class InquiryPage(msgspec.Struct, frozen=True):
    """Some inquiries, and the cursor of the next ones."""

    items: list[InquiryView]
    next: str | None


class TypedQualification(msgspec.Struct, frozen=True):
    """A qualification as a person reads it off a screen."""

    insurer_number: Cell
    number: Cell
    symbol: Cell = ""
    branch: Cell = ""
    insurer_name: Cell = ""
    name: Cell = ""
    name_kana: Cell = ""
    birth_date: Day = ""
    sex: Annotated[str, Meta(pattern="^[123]?$")] = ""
    personal_family: Annotated[str, Meta(pattern="^[12]?$", description="1 insured, 2 family")] = ""
    insured_name: Cell = ""
    valid_from: Day = ""
    valid_until: Day = ""
    qualified_on: Day = ""
    disqualified_on: Day = ""
    share: Annotated[str, Meta(pattern="^([0-9]{3})?$")] = ""
    classification: Annotated[str, Meta(pattern="^[0-9A-Z]{2}$")] = "01"

    def __repr__(self) -> str:
        return "<TypedQualification>"


class TypedAnswer(msgspec.Struct, frozen=True):
    """What the terminal's screen or the app said, typed by a person."""

    result: Result
    qualifications: Annotated[list[TypedQualification], Meta(max_length=5)] = []
    code: Annotated[str, Meta(max_length=40)] = ""

    def __repr__(self) -> str:
        return "<TypedAnswer>"


def typed_answer(typed: TypedAnswer, *, asked_for: date, at: datetime, is_exercise: bool, inquiry: str) -> Answer:
    """The answer; in an exercise it is marked as simulated, since nothing real can have been read (invariant 10)."""
    return Answer(
        result=typed.result,
        asked_for=asked_for,
        answered_at=at,
        simulated=is_exercise,
        qualifications=tuple(
            Qualification(
                kind=qualification_kind(qualification.classification, qualification.insurer_number.strip()),
                **msgspec.to_builtins(qualification),
            )
            for qualification in typed.qualifications
        ),
        code=typed.code,
        reference=f"typed-{inquiry}",
    )


def inquiry_view(row: InquiryRow) -> InquiryView:
    """The inquiry as shown."""
    return InquiryView(
        row.id,
        row.check,
        row.key,
        row.state,
        row.asked_for,
        row.attempts,
        row.next_at,
        row.last_error,
        row.made_at,
        row.answered_at,
    )


def answer_view(row: AnswerRow) -> AnswerView:
    """The answer as shown: without what only a look at medical information may show."""
    return AnswerView(row.result, row.is_simulated, row.answered_at, row.typed_by, outside_medical(row.content))
