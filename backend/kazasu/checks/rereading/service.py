"""Finds the entries that may be readable now and reads each in a transaction of its own."""

from sqlalchemy import or_, select

from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.devices.models import DeviceRow
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.sync.models import DeviceLogRow, LogEntryRow, LogGapRow
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry
from kazasu.sync.service import set_outcome

__all__ = ["REREAD", "reread_entry", "reread_held"]

REREAD = (
    HoldReason.KEY_UNKNOWN,
    HoldReason.KIND_UNKNOWN,
    HoldReason.READING_FAILED,
    HoldReason.CHECK_UNKNOWN,
    HoldReason.CONSENT_UNKNOWN,
)
"""Reasons that go away by themselves."""


async def reread_held(context: Context, *, limit: int = 500) -> int:
    """Reads again what is held for a reason that may be gone; says how many entries were accepted now."""
    held = select(HoldRow.entry).where(
        HoldRow.entry.is_not(None),
        HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING)),
        HoldRow.reason.in_(REREAD),
    )
    # An entry whose reading raised even its hold away has the reason alone.
    bare = LogEntryRow.reason == HoldReason.READING_FAILED.value
    async with context.database.reading() as session:
        found = await session.scalars(
            select(LogEntryRow.id).where(or_(LogEntryRow.id.in_(held), bare)).order_by(LogEntryRow.id).limit(limit)
        )
        entries = found.all()
    accepted = 0
    for entry in entries:
        async with context.database.writing() as session:
            outcome = await reread_entry(session, context, entry)
            await session.commit()
        accepted += outcome.outcome is Outcome.ACCEPTED
    return accepted


async def reread_entry(session: Session, context: Context, entry: int) -> EntryOutcome:
    """Reads one stored entry again in the caller's transaction and notes what became of it."""
    # The two know each other: reading an entry may open the way for another.
    from kazasu.checks.reading import read_entry

    await lock_order(session)
    outcome = await read_entry(session, await _stored(session, entry), context)
    await set_outcome(session, entry, outcome)
    return outcome


async def _stored(session: Session, entry: int) -> StoredEntry:
    row, device_log, device = (
        await session.execute(
            select(LogEntryRow, DeviceLogRow, DeviceRow)
            .join(DeviceLogRow, DeviceLogRow.log == LogEntryRow.log)
            .join(DeviceRow, DeviceRow.thumbprint == DeviceLogRow.device)
            .where(LogEntryRow.id == entry)
        )
    ).one()
    previous = bytes.fromhex(row.log)
    if row.number > 1:
        before = select(LogEntryRow.hash).where(LogEntryRow.log == row.log, LogEntryRow.number == row.number - 1)
        gap = select(LogGapRow.hash_after).where(LogGapRow.log == row.log, LogGapRow.to_number == row.number - 1)
        previous = (await session.execute(before.union_all(gap))).scalar_one()
    return StoredEntry(
        id=row.id,
        log=row.log,
        number=row.number,
        sealed=row.sealed,
        previous_hash=previous,
        hash=row.hash,
        device=device.id,
        device_thumbprint=device_log.device,
        received_at=row.received_at,
    )
