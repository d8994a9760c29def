"""A roster file against the database: shown, then taken over in one transaction if nothing changed in between."""

import hmac
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, select

from kazasu import audit
from kazasu.db import Session, lock_name, lock_order
from kazasu.importing import Action
from kazasu.keys import StorageKey
from kazasu.patients.import_row import ImportedPatient
from kazasu.patients.importing.plan import OnFile, PlannedRow, RosterPlan, person_key, plan_import
from kazasu.patients.models import PatientRow
from kazasu.patients.roster_file import read_roster_file
from kazasu.patients.service import PatientData, add_patient, change_patient
from kazasu.problems import ProblemError
from kazasu.rules import InsuredNumber

__all__ = ["RosterImported", "apply_import", "plan_digest", "preview_import"]

_T = TypeVar("_T")

_AT_ONCE = 500
"""Values asked for by one statement; SQLite takes no unlimited number of parameters."""
_PURPOSE = "roster-import"


class RosterImported(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `patients` are those changed, of whom devices are to hear."""

    added: int
    changed: int
    same: int
    left_out: int
    refused: int
    patients: tuple[str, ...]


async def preview_import(session: Session, octets: bytes, *, institution_code: str) -> RosterPlan:
    """What the file would do; writes nothing. The facility's code finds its own chart number among others'."""
    table = read_roster_file(octets, institution_code=institution_code)
    read = [row.patient for row in table.rows if row.patient is not None]
    charts = {patient.chart_number for patient in read if patient.chart_number}
    by_chart: dict[str, OnFile] = {}
    for some in _portions(charts):
        for row in await _rows(session, PatientRow.chart_number.in_(some)):
            by_chart[row.chart_number or ""] = on_file(row)
    by_person: dict[tuple[str, date], list[OnFile]] = {}
    for days in _portions({patient.birth_date for patient in read}):
        for row in await _rows(session, PatientRow.birth_date.in_(days)):
            by_person.setdefault(person_key(row.name, row.birth_date), []).append(on_file(row))
    return plan_import(table, by_chart, by_person)


def plan_digest(storage: StorageKey, octets: bytes, plan: RosterPlan) -> str:
    """What stands for exactly this file against exactly this roster; keyed, so that it tells nobody else anything."""
    content = len(octets).to_bytes(8, "big") + octets + plan.content()
    return storage.keyed_hash(content, purpose=_PURPOSE).hex()


async def apply_import(
    session: Session,
    storage: StorageKey,
    octets: bytes,
    *,
    institution_code: str,
    digest: str,
    leave_out: Collection[int] = (),
    actor: str,
    at: datetime,
) -> RosterImported:
    """Does what the preview with this digest showed, but for the lines left out, in the caller's transaction.

    Problem `import-outdated` where file or roster are not what was shown: nothing is written over unseen.
    """
    await lock_name(session, _PURPOSE)
    await lock_order(session)
    plan = await preview_import(session, octets, institution_code=institution_code)
    if not hmac.compare_digest(plan_digest(storage, octets, plan).encode(), digest.encode()):
        raise ProblemError("import-outdated")
    wanted = [row for row in plan.rows if row.action in (Action.ADD, Action.CHANGE)]
    done = [row for row in wanted if row.line not in leave_out]
    changed: list[str] = []
    for row in done:
        await _take_over(session, row, actor=actor, at=at)
        if row.action is Action.CHANGE and row.patient is not None:
            changed.append(row.patient)
    imported = RosterImported(
        added=sum(row.action is Action.ADD for row in done),
        changed=len(changed),
        same=plan.count(Action.SAME) + plan.count(Action.REPEATED),
        left_out=len(wanted) - len(done),
        refused=plan.count(Action.REFUSED),
        patients=tuple(changed),
    )
    details = {name: value for name, value in msgspec.structs.asdict(imported).items() if name != "patients"}
    await audit.append(session, actor, "roster_imported", "roster", digest[:32], details, at)
    return imported


def on_file(row: PatientRow) -> OnFile:
    """The row as a value."""
    number = None
    if row.insurer_number is not None and row.number is not None:
        number = InsuredNumber(row.insurer_number, row.symbol or "", row.number, row.branch or "")
    return OnFile(
        id=row.id,
        chart_number=row.chart_number,
        name=row.name,
        name_kana=row.name_kana,
        birth_date=row.birth_date,
        sex=row.sex,
        insured_number=number,
    )


async def _take_over(session: Session, row: PlannedRow, *, actor: str, at: datetime) -> None:
    if row.after is None:
        raise AssertionError(row)
    data = _data(row.after)
    if row.action is Action.ADD:
        await add_patient(session, data, actor=actor, at=at)
        return
    if row.patient is None:
        raise AssertionError(row)
    # A number that stays is not the roster's if an answer brought it.
    keeps_number = all(change.field != "insured_number" for change in row.changes)
    present = await session.get(PatientRow, row.patient)
    source = present.number_source if present is not None else None
    changed = await change_patient(session, row.patient, data, actor=actor, at=at)
    if keeps_number:
        changed.number_source = source
        await session.flush()


def _data(after: ImportedPatient) -> PatientData:
    return PatientData(
        chart_number=after.chart_number or None,
        name=after.name,
        name_kana=after.name_kana,
        birth_date=after.birth_date,
        sex=after.sex,
        insured_number=after.insured_number,
    )


async def _rows(session: Session, where: ColumnElement[bool]) -> Sequence[PatientRow]:
    found = select(PatientRow).where(where).order_by(PatientRow.made_at, PatientRow.id)
    return (await session.scalars(found)).all()


def _portions(values: Collection[_T]) -> list[list[_T]]:
    ordered = list(values)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
