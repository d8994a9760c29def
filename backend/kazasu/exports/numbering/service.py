"""Giving out export numbers: in the journal before anybody sees them, so that no restore gives one out again."""

from datetime import datetime

from sqlalchemy import select

from kazasu.context import Context
from kazasu.db import Session, lock_name
from kazasu.exports.models import ExportSeriesRow
from kazasu.journal import JournalKind

__all__ = ["take_export_number"]


async def take_export_number(session: Session, context: Context, series: str, *, at: datetime) -> int:
    """The next number of a series, from 1. One whose transaction is rolled back may be given out again: nobody has
    seen it unless the server was restored meanwhile, and then it is passed over."""
    await lock_name(session, f"export-series:{series}")
    row = await session.scalar(select(ExportSeriesRow).where(ExportSeriesRow.series == series).with_for_update())
    number = 1 if row is None else row.last + 1
    context.journal.append(JournalKind.EXPORT_NUMBER, f"{series}:{number}", at)
    if row is None:
        session.add(ExportSeriesRow(series=series, last=number))
    else:
        row.last = number
    await session.flush()
    return number
