"""Reading logs, their gaps and other branches, and what was refused, for the back office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from checksync import MalformedError, Opener, SealingError, decode_entry
from kazasu.db import Session
from kazasu.devices.models import DeviceRow
from kazasu.sync.models import BranchEntryRow, DeviceLogRow, LogEntryRow, LogGapRow, RefusedPushRow
from kazasu.sync.seam import Outcome

__all__ = [
    "BranchEntry",
    "LogDetail",
    "branches_of",
    "device_logs",
    "find_log",
    "gaps_of",
    "held_counts",
    "refused_pushes",
]


@dataclass(frozen=True, slots=True)
class LogDetail:
    """A log, its device's id, and the log that goes on from it."""

    row: DeviceLogRow
    device: str | None
    successor: str | None
    held: int
    branch_entries: int
    gaps: int


@dataclass(frozen=True, slots=True)
class BranchEntry:
    """An entry of the other branch: what kind it is and when it was recorded, where it can be opened."""

    number: int
    digest: bytes
    received_at: datetime
    kind: str | None
    device_recorded_at: datetime | None
    is_in_the_log: bool
    """Whether the log that counts holds the very same octets under this number."""


async def find_log(session: Session, log: str) -> LogDetail | None:
    """One log with its numbers."""
    row = await session.get(DeviceLogRow, log)
    if row is None:
        return None
    device = await session.scalar(select(DeviceRow.id).where(DeviceRow.thumbprint == row.device))
    successor = await session.scalar(select(DeviceLogRow.log).where(DeviceLogRow.predecessor == log).limit(1))
    counts = [
        await session.scalar(select(func.count()).select_from(table).where(table.log == log)) or 0
        for table in (BranchEntryRow, LogGapRow)
    ]
    held = (await held_counts(session, [log])).get(log, 0)
    return LogDetail(row, device, successor, held, counts[0], counts[1])


async def device_logs(session: Session, thumbprint: str) -> Sequence[DeviceLogRow]:
    """A device's logs, the newest first."""
    found = await session.scalars(
        select(DeviceLogRow).where(DeviceLogRow.device == thumbprint).order_by(DeviceLogRow.opened_at.desc())
    )
    return found.all()


async def held_counts(session: Session, logs: Sequence[str]) -> dict[str, int]:
    """How many entries of each of these logs are held."""
    found = await session.execute(
        select(LogEntryRow.log, func.count())
        .where(LogEntryRow.log.in_(list(logs)), LogEntryRow.outcome == Outcome.HELD)
        .group_by(LogEntryRow.log)
    )
    return {row[0]: row[1] for row in found}


async def branches_of(session: Session, opener: Opener, log: str) -> list[BranchEntry]:
    """The entries of the other branch, in order; opened as far as they can be."""
    rows = await session.scalars(
        select(BranchEntryRow).where(BranchEntryRow.log == log).order_by(BranchEntryRow.number, BranchEntryRow.id)
    )
    found = []
    stored = await session.execute(select(LogEntryRow.number, LogEntryRow.digest).where(LogEntryRow.log == log))
    digests = {row.number: row.digest for row in stored}
    for row in rows.all():
        kind, recorded_at = _opened(opener, row)
        found.append(
            BranchEntry(
                row.number, row.digest, row.received_at, kind, recorded_at, digests.get(row.number) == row.digest
            )
        )
    return found


def _opened(opener: Opener, row: BranchEntryRow) -> tuple[str | None, datetime | None]:
    try:
        entry = decode_entry(opener.open(row.sealed, row.log, row.number))
    except (SealingError, MalformedError):
        return None, None
    return entry.kind, entry.device_recorded_at


async def gaps_of(session: Session, log: str) -> Sequence[LogGapRow]:
    """The numbers that the device declared gone, in order."""
    found = await session.scalars(select(LogGapRow).where(LogGapRow.log == log).order_by(LogGapRow.from_number))
    return found.all()


async def refused_pushes(session: Session, *, before: int | None, limit: int) -> Sequence[RefusedPushRow]:
    """What did not verify, the newest first, older than `before`; without the octets."""
    wanted = select(RefusedPushRow).order_by(RefusedPushRow.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(RefusedPushRow.id < before)
    return (await session.scalars(wanted)).all()
