"""Patients: adding, changing, finding. Imports nothing of the checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from kazasu import audit
from kazasu.db import Session, new_id
from kazasu.gateway import NumberAsked
from kazasu.keyset import Keyset
from kazasu.patients.models import PatientRow
from kazasu.problems import ProblemError
from kazasu.rules import InsuredNumber

__all__ = [
    "PatientData",
    "add_patient",
    "change_patient",
    "end_home_visits",
    "find_patient",
    "learn_number",
    "list_patients",
    "number_of",
]


@dataclass(frozen=True, slots=True)
class PatientData:
    """What the back office types of a patient."""

    chart_number: str | None
    name: str
    name_kana: str
    birth_date: date
    sex: str
    insured_number: InsuredNumber | None

    def __repr__(self) -> str:
        return "<PatientData>"


async def add_patient(session: Session, data: PatientData, *, actor: str, at: datetime) -> PatientRow:
    """A new patient; problem `conflict` where the chart number is taken."""
    row = PatientRow(id=new_id(), made_at=at)
    _fill(row, data, at)
    await _store(session, row)
    details = {"has_number": data.insured_number is not None}
    await audit.append(session, actor, "patient_added", "patient", row.id, details, at)
    return row


async def change_patient(
    session: Session,
    patient: str,
    data: PatientData,
    *,
    actor: str,
    at: datetime,
    seen_changed_at: datetime | None = None,
) -> PatientRow:
    """The patient's data anew; problems `not-found`, and `conflict` where the chart number is taken or the patient was
    changed after `seen_changed_at`."""
    row = await session.scalar(select(PatientRow).where(PatientRow.id == patient).with_for_update())
    if row is None:
        raise ProblemError("not-found")
    if seen_changed_at is not None and row.changed_at != seen_changed_at:
        raise ProblemError("conflict")
    before = _parts(row)
    _fill(row, data, at)
    changed = sorted(name for name, value in _parts(row).items() if value != before[name])
    await _store(session, row)
    # Which fields, never what they say.
    await audit.append(session, actor, "patient_changed", "patient", row.id, {"changed": changed}, at)
    return row


async def end_home_visits(
    session: Session, patient: str, ended_on: date | None, *, actor: str, at: datetime
) -> PatientRow:
    """The continuing home visits end with this day, or go on (None); problem `not-found`."""
    row = await session.scalar(select(PatientRow).where(PatientRow.id == patient).with_for_update())
    if row is None:
        raise ProblemError("not-found")
    if row.home_visits_ended_on != ended_on:
        row.home_visits_ended_on, row.changed_at = ended_on, at
        await session.flush()
        details = {"changed": ["home_visits_ended_on"], "is_ended": ended_on is not None}
        await audit.append(session, actor, "patient_changed", "patient", row.id, details, at)
    return row


async def find_patient(session: Session, patient: str) -> PatientRow | None:
    """The patient of this id."""
    return await session.get(PatientRow, patient)


async def list_patients(
    session: Session, *, after: Keyset | None, limit: int, chart_number: str | None = None
) -> Sequence[PatientRow]:
    """The newest first, older than `after`."""
    wanted = select(PatientRow).order_by(PatientRow.made_at.desc(), PatientRow.id.desc()).limit(limit)
    if chart_number is not None:
        wanted = wanted.where(PatientRow.chart_number == chart_number)
    if after is not None:
        older = and_(PatientRow.made_at == after.at, PatientRow.id < after.id)
        wanted = wanted.where(or_(PatientRow.made_at < after.at, older))
    return (await session.scalars(wanted)).all()


def number_of(row: PatientRow) -> NumberAsked | None:
    """The number to ask with, None where none is on file."""
    if row.insurer_number is None or row.number is None:
        return None
    return NumberAsked(
        insurer_number=row.insurer_number,
        symbol=row.symbol or "",
        number=row.number,
        branch=row.branch or "",
        birth_date=row.birth_date.isoformat(),
        source=row.number_source or "roster",
    )


async def learn_number(session: Session, row: PatientRow, number: InsuredNumber, *, source: str, at: datetime) -> None:
    """Takes over a number that an answer brought, where none was on file."""
    if row.number is not None:
        return
    row.insurer_number, row.symbol = number.insurer_number, number.symbol
    row.number, row.branch, row.number_source = number.number, number.branch, source
    row.changed_at = at
    await session.flush()
    details = {"changed": ["insured_number"], "source": source}
    await audit.append(session, audit.SYSTEM, "patient_changed", "patient", row.id, details, at)


def _fill(row: PatientRow, data: PatientData, at: datetime) -> None:
    row.chart_number, row.name, row.name_kana = data.chart_number, data.name, data.name_kana
    row.birth_date, row.sex, row.changed_at = data.birth_date, data.sex, at
    number = data.insured_number
    row.insurer_number = number.insurer_number if number else None
    row.symbol = number.symbol if number else None
    row.number = number.number if number else None
    row.branch = number.branch if number else None
    row.number_source = "roster" if number else None


def _parts(row: PatientRow) -> dict[str, object]:
    return {
        "chart_number": row.chart_number,
        "name": row.name,
        "name_kana": row.name_kana,
        "birth_date": row.birth_date,
        "sex": row.sex,
        "insured_number": (row.insurer_number, row.symbol, row.number, row.branch),
    }


async def _store(session: Session, row: PatientRow) -> None:
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise ProblemError("conflict") from None
