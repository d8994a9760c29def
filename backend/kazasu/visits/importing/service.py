"""A list of visits against the database: shown, then taken over in one transaction if nothing changed in between."""

import hmac
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, select

from kazasu import audit
from kazasu.db import Session, lock_name, lock_order
from kazasu.importing import Action
from kazasu.keys import StorageKey
from kazasu.patients.models import PatientRow
from kazasu.problems import ProblemError
from kazasu.staff.service import list_staff
from kazasu.visits.import_table import read_visits
from kazasu.visits.importing.plan import OnFileVisit, PlannedVisit, VisitPlan, plan_visits, staff_key
from kazasu.visits.models import VisitRow
from kazasu.visits.service import VisitData, add_visit, change_visit

__all__ = ["VisitsImported", "apply_visits", "preview_visits", "visits_digest"]

_T = TypeVar("_T")
_AT_ONCE = 400
"""Values asked for by one statement; SQLite takes no unlimited number of parameters."""
_PURPOSE = "visits-import"
_A_DAY = timedelta(days=1)


class VisitsImported(msgspec.Struct, frozen=True, kw_only=True):
    """What was done."""

    added: int
    changed: int
    same: int
    left_out: int
    refused: int


async def preview_visits(session: Session, octets: bytes) -> VisitPlan:
    """What the list would do; writes nothing."""
    table = read_visits(octets)
    read = [row.visit for row in table.rows if row.visit is not None]
    patients: dict[str, str] = {}
    for charts in _portions({visit.chart_number for visit in read}):
        found = await session.execute(
            select(PatientRow.chart_number, PatientRow.id).where(PatientRow.chart_number.in_(charts))
        )
        patients |= {chart: patient for chart, patient in found if chart is not None}
    staff: dict[str, list[str]] = {}
    for member in await list_staff(session):
        if member.is_active:
            for key in {staff_key(member.login), staff_key(member.name)}:
                staff.setdefault(key, []).append(member.id)
    on_file: dict[str, OnFileVisit] = {}
    if read:
        since, until = min(visit.at for visit in read) - _A_DAY, max(visit.at for visit in read) + _A_DAY
        for some in _portions(set(patients.values())):
            on_file |= await _visits(session, VisitRow.patient.in_(some), VisitRow.at >= since, VisitRow.at <= until)
        for bookings in _portions({visit.calendar_id for visit in read if visit.calendar_id}):
            on_file |= await _visits(session, VisitRow.calendar_id.in_(bookings))
    return plan_visits(table, patients, staff, list(on_file.values()))


def visits_digest(storage: StorageKey, octets: bytes, plan: VisitPlan) -> str:
    """What stands for exactly this list against exactly these visits; keyed, so that it tells nobody anything."""
    content = len(octets).to_bytes(8, "big") + octets + plan.content()
    return storage.keyed_hash(content, purpose=_PURPOSE).hex()


async def apply_visits(
    session: Session,
    storage: StorageKey,
    octets: bytes,
    *,
    digest: str,
    leave_out: Collection[int] = (),
    actor: str,
    at: datetime,
) -> VisitsImported:
    """Does what the preview with this digest showed, but for the lines left out; devices hear of each visit.

    Problem `import-outdated` where list, visits or patients are not what was shown.
    """
    await lock_name(session, _PURPOSE)
    await lock_order(session)
    plan = await preview_visits(session, octets)
    if not hmac.compare_digest(visits_digest(storage, octets, plan).encode(), digest.encode()):
        raise ProblemError("import-outdated")
    wanted = [row for row in plan.rows if row.action in (Action.ADD, Action.CHANGE)]
    done = [row for row in wanted if row.line not in leave_out]
    for row in done:
        await _take_over(session, storage, row, actor=actor, at=at)
    imported = VisitsImported(
        added=sum(row.action is Action.ADD for row in done),
        changed=sum(row.action is Action.CHANGE for row in done),
        same=plan.count(Action.SAME) + plan.count(Action.REPEATED),
        left_out=len(wanted) - len(done),
        refused=plan.count(Action.REFUSED),
    )
    await audit.append(session, actor, "visits_imported", "visits", digest[:32], msgspec.structs.asdict(imported), at)
    return imported


async def _take_over(session: Session, storage: StorageKey, row: PlannedVisit, *, actor: str, at: datetime) -> None:
    after = row.after
    if after is None:
        raise AssertionError(row)
    data = VisitData(
        after.patient, after.at, after.setting, after.staff, after.device, after.calendar_id, after.is_cancelled
    )
    if row.visit is None:
        await add_visit(session, storage, data, actor=actor, at=at)
    else:
        await change_visit(session, storage, row.visit, data, actor=actor, at=at)


async def _visits(session: Session, *where: ColumnElement[bool]) -> dict[str, OnFileVisit]:
    found = await session.scalars(select(VisitRow).where(*where))
    return {row.id: _on_file(row) for row in found}


def _on_file(row: VisitRow) -> OnFileVisit:
    return OnFileVisit(
        id=row.id,
        patient=row.patient,
        at=row.at,
        setting=row.setting,
        staff=row.staff,
        device=row.device,
        calendar_id=row.calendar_id,
        is_cancelled=row.cancelled_at is not None,
    )


def _portions(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    ordered = list(values)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
