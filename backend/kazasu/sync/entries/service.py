"""Reads stored entries in their order, each in a savepoint of its own, or plain ones many at once; notes the outcomes.

Whatever goes wrong in reading leaves an entry held, never missing.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import bindparam, update

from kazasu.context import Context
from kazasu.db import Session, is_busy
from kazasu.sync.models import LogEntryRow
from kazasu.sync.seam import EntryOutcome, Outcome, ReadEntry, ReadsRuns, StoredEntry

__all__ = ["READING_FAILED", "read_all", "read_guarded", "set_outcome"]

READING_FAILED = "reading_failed"
"""Reason of an entry whose reading raised: stored, acknowledged, held until somebody looks."""

_LOGGER = logging.getLogger("kazasu.sync")


async def read_all(session: Session, waiting: Sequence[StoredEntry], context: Context, read_entry: ReadEntry) -> None:
    """Reads entries in their order: runs of plain ones at once, every other alone."""
    reader: object = read_entry
    done = 0
    looked_at = len(waiting)
    while done < len(waiting):
        outcomes: Sequence[EntryOutcome] = []
        if isinstance(reader, ReadsRuns):
            ahead = waiting[done : done + looked_at]
            outcomes = await _read_run_guarded(session, ahead, context, reader)
            # Where plain entries are rare, few are looked at in vain.
            looked_at = 2 * looked_at if len(outcomes) == len(ahead) else max(2, 2 * len(outcomes), looked_at // 4)
        if not outcomes:
            outcomes = [await read_guarded(session, waiting[done], context, read_entry)]
        # Before the next is read: what comes later may change what became of an earlier one.
        await _set_outcomes(session, waiting[done : done + len(outcomes)], outcomes)
        done += len(outcomes)


async def read_guarded(session: Session, stored: StoredEntry, context: Context, read_entry: ReadEntry) -> EntryOutcome:
    """Reads one entry in a savepoint of its own; whatever goes wrong there leaves it held, never missing."""
    try:
        async with session.begin_nested():
            return await read_entry(session, stored, context)
    except Exception as error:
        if is_busy(error):
            raise  # nothing wrong with the entry: the whole push comes again
        # The type alone: what an exception says may be what the entry said.
        _LOGGER.error("entry %d of log %s held: %s", stored.number, stored.log[:16], type(error).__qualname__)
        return EntryOutcome(Outcome.HELD, READING_FAILED)


async def set_outcome(session: Session, entry: int, outcome: EntryOutcome) -> None:
    """What became of an entry, when it was read (again); in the caller's transaction."""
    await session.execute(
        update(LogEntryRow)
        .where(LogEntryRow.id == entry)
        .values(outcome=outcome.outcome, reason=outcome.reason, check=outcome.check)
    )


async def _read_run_guarded(
    session: Session, entries: Sequence[StoredEntry], context: Context, reader: ReadsRuns
) -> Sequence[EntryOutcome]:
    """Reads a run in a savepoint; whatever goes wrong there leaves each of its entries to be read alone."""
    try:
        async with session.begin_nested():
            return await reader.read_run(session, entries, context)
    except Exception as error:
        if is_busy(error):
            raise
        first = entries[0]
        _LOGGER.error("from entry %d of log %s alone: %s", first.number, first.log[:16], type(error).__qualname__)
        return []


async def _set_outcomes(session: Session, entries: Sequence[StoredEntry], outcomes: Sequence[EntryOutcome]) -> None:
    table = LogEntryRow.__table__
    statement = (
        update(LogEntryRow)
        .where(table.c.id == bindparam("entry"))
        .values(outcome=bindparam("outcome"), reason=bindparam("reason"), check=bindparam("check"))
        .execution_options(synchronize_session=None)
    )
    rows = [
        {"entry": stored.id, "outcome": found.outcome, "reason": found.reason, "check": found.check}
        for stored, found in zip(entries, outcomes, strict=True)
    ]
    connection = await session.connection()
    await connection.execute(statement, rows)
