"""The worklist out of the table: one index for the whole order, one beside it for each filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select, tuple_

from kazasu.db import Session
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason, Severity
from kazasu.reconciliation.state import HoldState
from kazasu.reconciliation.worklist.cursor import WorkPlace

__all__ = ["WorkFilter", "list_work", "work_query"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilter:
    """Which of the open holds; None leaves a column open. `month` is the first day of a claim month."""

    state: HoldState | None = None
    reason: HoldReason | None = None
    severity: Severity | None = None
    proposal: Decision | None = None
    patient: str | None = None
    staff: str | None = None
    device: str | None = None
    month: date | None = None


async def list_work(session: Session, wanted: WorkFilter, *, after: WorkPlace | None, limit: int) -> Sequence[HoldRow]:
    """The nearest deadline first, then what most hangs on, then by id."""
    return (await session.scalars(work_query(wanted, after=after, limit=limit))).all()


def work_query(wanted: WorkFilter, *, after: WorkPlace | None, limit: int) -> Select[HoldRow]:
    """The statement; a benchmark explains it."""
    # Closed holds are in none of the worklist's indexes, and both databases know it by this condition.
    query = select(HoldRow).where(HoldRow.closed_at.is_(None))
    for column, value in (
        (HoldRow.state, wanted.state),
        (HoldRow.reason, wanted.reason),
        (HoldRow.severity, wanted.severity),
        (HoldRow.proposal, wanted.proposal),
        (HoldRow.patient, wanted.patient),
        (HoldRow.staff, wanted.staff),
        (HoldRow.device, wanted.device),
        (HoldRow.month, wanted.month),
    ):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(tuple_(HoldRow.deadline, HoldRow.rank, HoldRow.id) > (after.deadline, after.rank, after.id))
    return query.order_by(HoldRow.deadline, HoldRow.rank, HoldRow.id).limit(limit)
