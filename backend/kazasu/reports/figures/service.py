"""Keeping the figures."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from kazasu import audit
from kazasu.db import Session, lock_name
from kazasu.problems import ProblemError
from kazasu.reports.figures.kind import Figure, FigureKind, month_of, month_text
from kazasu.reports.models import UsageFigureRow

__all__ = ["figures", "list_figures", "put_figure", "remove_figure"]


async def put_figure(session: Session, figure: Figure, *, staff: str, at: datetime) -> UsageFigureRow:
    """Enters a figure in place of what stood there, in the caller's transaction."""
    month = month_text(figure.month)
    await lock_name(session, f"usage-figure:{month}:{figure.kind}")
    row = await session.get(UsageFigureRow, (month, figure.kind))
    before = None if row is None else [row.part, row.whole]
    if row is None:
        row = UsageFigureRow(month=month, kind=figure.kind)
        session.add(row)
    row.part, row.whole, row.is_rate, row.source = figure.part, figure.whole, figure.is_rate, figure.source
    row.entered_by, row.entered_at = staff, at
    await session.flush()
    details = {"part": figure.part, "whole": figure.whole, "is_rate": figure.is_rate, "before": before}
    await audit.append(
        session, audit.staff_actor(staff), "usage_figure_entered", "usage_figure", f"{month}:{figure.kind}", details, at
    )
    return row


async def remove_figure(session: Session, month: str, kind: FigureKind, *, staff: str, at: datetime) -> None:
    """Takes a figure away, in the caller's transaction; problem `not-found`."""
    row = await session.get(UsageFigureRow, (month, kind))
    if row is None:
        raise ProblemError("not-found")
    details = {"before": [row.part, row.whole]}
    await session.delete(row)
    await session.flush()
    await audit.append(
        session, audit.staff_actor(staff), "usage_figure_removed", "usage_figure", f"{month}:{kind}", details, at
    )


async def list_figures(session: Session) -> Sequence[UsageFigureRow]:
    """Every figure, by month and kind."""
    return (await session.scalars(select(UsageFigureRow).order_by(UsageFigureRow.month, UsageFigureRow.kind))).all()


async def figures(session: Session) -> dict[tuple[tuple[int, int], FigureKind], Figure]:
    """The same as values, by month and kind."""
    return {
        (month_of(row.month), row.kind): Figure(
            month_of(row.month), row.kind, row.part, row.whole, row.is_rate, row.source
        )
        for row in await list_figures(session)
    }
