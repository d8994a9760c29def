"""Finds the entries that may be readable now and reads each in a transaction of its own."""

from collections.abc import Iterable

from sqlalchemy import or_, select

from checksync import SealingError, UnknownSealingKeyError
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.devices.models import DeviceRow
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.sync.entries import set_outcome
from kazasu.sync.models import DeviceLogRow, LogEntryRow, LogGapRow
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry

__all__ = ["REREAD", "reread_entry", "reread_held"]

REREAD = (
    HoldReason.KEY_UNKNOWN,
    HoldReason.KIND_UNKNOWN,
    HoldReason.READING_FAILED,
    HoldReason.CHECK_UNKNOWN,
    HoldReason.CONSENT_UNKNOWN,
)
"""Reasons that go away by themselves."""


async def reread_held(context: Context, *, reasons: Iterable[HoldReason] = REREAD) -> int:
    """Reads again what is held for a reason that may be gone; says how many entries were accepted now.

    An entry whose hold a person closed is left alone, except that one under a lost key opens whenever the key returns.
    """
    wanted = [reason.value for reason in reasons]
    held = select(HoldRow.entry).where(
        HoldRow.entry.is_not(None),
        HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING)),
    )
    # Whatever raised in reading may have taken the hold along; under a lost key the key decides, below.
    by_itself = [HoldReason.READING_FAILED.value, HoldReason.KEY_UNKNOWN.value]
    async with context.database.reading() as session:
        found = await session.execute(
            select(LogEntryRow.id, LogEntryRow.log, LogEntryRow.number, LogEntryRow.sealed, LogEntryRow.reason)
            .where(
                LogEntryRow.outcome == Outcome.HELD,
                LogEntryRow.reason.in_(wanted),
                or_(LogEntryRow.id.in_(held), LogEntryRow.reason.in_(by_itself)),
            )
            .order_by(LogEntryRow.id)
        )
        entries = [
            row.id
            for row in found
            if row.reason != HoldReason.KEY_UNKNOWN or _has_key(context, row.sealed, row.log, row.number)
        ]
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


def _has_key(context: Context, sealed: bytes, log: str, number: int) -> bool:
    try:
        context.keys.opener.open(sealed, log, number)
    except UnknownSealingKeyError:
        return False
    except SealingError:
        return True  # the key is here, and reading will say what else is wrong
    return True


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
