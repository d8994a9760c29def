"""The worklist out of the table: one index for the whole order, one beside it for each filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, literal, select, tuple_

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
    return (await session.scalars(work_query(wanted, session.get_bind().dialect.name, after=after, limit=limit))).all()


def work_query(wanted: WorkFilter, dialect: str, *, after: WorkPlace | None, limit: int) -> Select[HoldRow]:
    """The statement; a benchmark explains it."""
    # Closed holds are in none of the worklist's indexes, and both databases know it by this condition.
    query = select(HoldRow).where(HoldRow.closed_at.is_(None))
    # The most telling filter first: its index is the one to read.
    filters = [
        (column, value)
        for column, value in (
            (HoldRow.patient, wanted.patient),
            (HoldRow.device, wanted.device),
            (HoldRow.staff, wanted.staff),
            (HoldRow.reason, wanted.reason),
            (HoldRow.proposal, wanted.proposal),
            (HoldRow.severity, wanted.severity),
            (HoldRow.month, wanted.month),
            (HoldRow.state, wanted.state),
        )
        if value is not None
    ]
    for column, value in filters:
        query = query.where(column == value)
    if after is not None:
        columns: list[Any] = [HoldRow.deadline, HoldRow.rank, HoldRow.id]
        values: list[Any] = [after.deadline, after.rank, after.id]
        if filters and dialect == "postgresql":
            # PostgreSQL takes a comparison of rows for one that leaves a single row, and would walk the whole order
            # for it; with the filter's column in the row only the filter's own index answers it.
            columns, values = [filters[0][0], *columns], [filters[0][1], *values]
        query = query.where(
            tuple_(*columns) > tuple_(*(literal(v, c.type) for v, c in zip(values, columns, strict=True)))
        )
    return query.order_by(HoldRow.deadline, HoldRow.rank, HoldRow.id).limit(limit)
