"""Inquiries that wait for a person: what to type at the terminal or to look up in the app, and for whom.

The outage mode of the terminal searches by name, birth date, sex, and address or insurer's name (facts/rules.md 4); a
number is typed into its ordinary screen where no gateway asks by it. Imports no SQL.
"""

from datetime import date
from enum import StrEnum

import msgspec

from checksync import Attributes
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of, find_check
from kazasu.context import Context
from kazasu.db import Session
from kazasu.gateway import NumberAsked
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.request import open_number
from kazasu.keys import StoredOctetsDamagedError
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient
from kazasu.rules import InquiryKey, Say

__all__ = ["Task", "TaskFields", "TaskWay", "tasks_of"]


class TaskWay(StrEnum):
    """Where the person looks it up."""

    OUTAGE_MODE = "outage_mode"
    TERMINAL_NUMBER = "terminal_number"
    APP = "app"


_WAYS = {
    InquiryKey.TERMINAL_SCREEN: TaskWay.OUTAGE_MODE,
    InquiryKey.INSURED_NUMBER: TaskWay.TERMINAL_NUMBER,
    InquiryKey.APP_TEXT: TaskWay.APP,
}
_SAY = {
    TaskWay.OUTAGE_MODE: Say(
        ja="資格確認端末のシステム障害時モードで、氏名・生年月日・性別と、住所または保険者名から探し、"
        "画面の内容を入力してください。",
        en="Search in the terminal's outage mode by name, birth date, sex, and address or insurer's name; then type"
        " what the screen says.",
    ),
    TaskWay.TERMINAL_NUMBER: Say(
        ja="資格確認端末で、保険者番号・記号・番号・枝番・生年月日から照会し、画面の内容を入力してください。",
        en="Ask at the terminal by insurer number, symbol, number, branch and birth date; then type what the screen"
        " says.",
    ),
    TaskWay.APP: Say(
        ja="資格確認限定型のアプリで本人の資格情報を開き、コピーした内容を貼り付けてください。",
        en="Open the person's eligibility in the eligibility-only app, and paste what it copies.",
    ),
}


class TaskFields(msgspec.Struct, frozen=True, kw_only=True):
    """What to type, empty where it is not known. From the card where it was read, else from the roster."""

    name: str = ""
    name_kana: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: str = ""
    insurer_number: str = ""
    symbol: str = ""
    number: str = ""
    branch: str = ""

    def __repr__(self) -> str:
        return "<TaskFields>"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry that a person has to make."""

    inquiry: InquiryRow
    way: TaskWay
    say: Say
    checked_on: date
    fields: TaskFields

    def __repr__(self) -> str:
        return f"<Task {self.inquiry.id}>"


async def tasks_of(session: Session, context: Context, rows: list[InquiryRow]) -> list[Task]:
    """The tasks of these inquiries, in their order; one whose check is gone is left out."""
    tasks = []
    for row in rows:
        check = await find_check(session, row.check)
        if check is None:
            continue
        way = _WAYS[row.key]
        fields = await _fields(session, context, row, check)
        tasks.append(Task(inquiry=row, way=way, say=_SAY[way], checked_on=check.checked_on, fields=fields))
    return tasks


async def _fields(session: Session, context: Context, row: InquiryRow, check: CheckRow) -> TaskFields:
    patient = await find_patient(session, check.patient) if check.patient else None
    try:
        attributes = attributes_of(context.keys.storage, check)
        number = open_number(context.keys.storage, row.id, row.number) if row.number is not None else None
    except StoredOctetsDamagedError:
        # Then the person still sees for whom it is, and what the roster has.
        attributes, number = None, None
    person = _of_card(attributes) if attributes is not None else _of_roster(patient)
    if number is None:
        return person
    return _with_number(person, number)


def _of_card(attributes: Attributes) -> TaskFields:
    return TaskFields(
        name=attributes.name,
        birth_date=_day(attributes.birth_date),
        sex=attributes.sex,
        address=attributes.address,
    )


def _of_roster(patient: PatientRow | None) -> TaskFields:
    if patient is None:
        return TaskFields()
    return TaskFields(name=patient.name, name_kana=patient.name_kana, birth_date=patient.birth_date, sex=patient.sex)


def _with_number(person: TaskFields, number: NumberAsked) -> TaskFields:
    return msgspec.structs.replace(
        person,
        insurer_number=number.insurer_number,
        symbol=number.symbol,
        number=number.number,
        branch=number.branch,
        # The birth date that belongs to the number is the one that is typed with it.
        birth_date=_day(number.birth_date) or person.birth_date,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
