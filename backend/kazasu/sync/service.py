"""Receiving a push: stored and read in one transaction, committed, and only then acknowledged.

The acknowledgement is made of what a fresh transaction finds in the database after the commit returned, so that it can
promise nothing that is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

import checksync
from checksync import (
    Accepted,
    Acknowledgement,
    AlreadyClosed,
    Closed,
    EnrolledDevice,
    Fork,
    Gap,
    GapAccepted,
    GapJudgement,
    PushJudgement,
    Refused,
    digest_of_request,
    sign,
)
from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices import Device
from kazasu.journal import JournalKind
from kazasu.problems import ProblemError
from kazasu.sync.entries import read_all, set_outcome
from kazasu.sync.models import DeviceLogRow, LogEntryRow
from kazasu.sync.seam import EntryOutcome, Outcome, ReadEntry, StoredEntry
from kazasu.sync.storage import SqlLogStorage
from kazasu.sync.trouble import hold_trouble

DESTROYED = "destroyed"
"""Reason of an entry whose content is gone on purpose."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push came to, committed."""

    acknowledgement: str
    outcomes: Sequence[checksync.EntryOutcome]
    answers: str
    """Which request it is the answer to (`checksync.digest_of_request`)."""


async def store_push(context: Context, device: Device, log: str, octets: bytes, read_entry: ReadEntry) -> PushResult:
    """Problems `push-gap`, `log-closed`, `push-refused`; each after what it keeps was committed."""
    now = context.clock.now()
    context = context.of_one_moment()
    async with context.database.writing() as session:
        judgement = await checksync.receive_push(SqlLogStorage(session, now), log, octets, _enrolled(context, device))
        if isinstance(judgement, Accepted):
            if judgement.new and judgement.new[0].number == 1:
                context.journal.append(JournalKind.LOG_OPENED, log, now, device=device.id)
            await _read_new(session, context, device, judgement, read_entry, now)
        await hold_trouble(session, device, log, judgement, now)
        await _audit(session, device, log, judgement, now)
        await session.commit()
    if not isinstance(judgement, Accepted):
        raise await _problem(context, log, judgement, octets)
    async with context.database.reading() as session:
        outcomes = await _outcomes(session, judgement)
        return PushResult(await _acknowledgement(session, context, log), outcomes, digest_of_request(octets))


async def store_gap(context: Context, device: Device, log: str, octets: bytes) -> PushResult:
    """The same for a signed gap; it has no outcomes."""
    now = context.clock.now()
    async with context.database.writing() as session:
        judgement = await checksync.receive_gap(SqlLogStorage(session, now), log, octets, _enrolled(context, device))
        if isinstance(judgement, GapAccepted):
            if judgement.from_number == 1 and not judgement.is_known:
                context.journal.append(JournalKind.LOG_OPENED, log, now, device=device.id)
            await session.execute(update(DeviceLogRow).where(DeviceLogRow.log == log).values(heard_at=now))
        await hold_trouble(session, device, log, judgement, now)
        await _audit(session, device, log, judgement, now)
        await session.commit()
    if not isinstance(judgement, GapAccepted):
        raise await _problem(context, log, judgement, octets)
    async with context.database.reading() as session:
        return PushResult(await _acknowledgement(session, context, log), [], digest_of_request(octets))


async def list_logs(session: Session) -> Sequence[DeviceLogRow]:
    """Every log, the last heard of first."""
    return (await session.scalars(select(DeviceLogRow).order_by(DeviceLogRow.last_push_at.desc()))).all()


async def _read_new(
    session: Session, context: Context, device: Device, accepted: Accepted, read_entry: ReadEntry, now: datetime
) -> None:
    if not accepted.new:
        return
    first = accepted.new[0].number
    rows = await session.execute(
        select(LogEntryRow.number, LogEntryRow.id, LogEntryRow.destroyed_at).where(
            LogEntryRow.log == accepted.log, LogEntryRow.number >= first
        )
    )
    ids = {row.number: row for row in rows}
    previous = await SqlLogStorage(session, now).read_hash(accepted.log, first - 1)
    previous_hash = bytes.fromhex(accepted.log) if first == 1 or previous is None else previous
    waiting: list[StoredEntry] = []
    for entry in accepted.new:
        if ids[entry.number].destroyed_at is not None:
            # Destroyed before a restore: it has its place again, and nothing of it is read or kept.
            await set_outcome(session, ids[entry.number].id, EntryOutcome(Outcome.ACCEPTED, DESTROYED))
            previous_hash = entry.hash
            continue
        stored = StoredEntry(
            id=ids[entry.number].id,
            log=accepted.log,
            number=entry.number,
            sealed=entry.sealed,
            previous_hash=previous_hash,
            hash=entry.hash,
            device=device.id,
            device_thumbprint=device.thumbprint,
            received_at=now,
        )
        waiting.append(stored)
        previous_hash = entry.hash
    await read_all(session, waiting, context, read_entry)


async def _outcomes(session: Session, accepted: Accepted) -> list[checksync.EntryOutcome]:
    rows = await session.execute(
        select(LogEntryRow.number, LogEntryRow.outcome, LogEntryRow.reason, LogEntryRow.check)
        .where(LogEntryRow.log == accepted.log, LogEntryRow.number.between(accepted.first, accepted.last))
        .order_by(LogEntryRow.number)
    )
    had = accepted.already_had
    return [
        checksync.EntryOutcome(
            number=row.number,
            outcome="already_had" if row.number in had else row.outcome.value,
            reason=row.reason,
            check=row.check,
        )
        for row in rows
    ]


async def _acknowledgement(session: Session, context: Context, log: str) -> str:
    row = await session.get_one(DeviceLogRow, log)
    return sign(
        Acknowledgement(
            epoch=context.facility.epoch,
            log=log,
            number=row.number,
            hash=row.hash.hex(),
            forgettable=row.forgettable,
            time=context.clock.now(),
        ),
        context.keys.server,
    )


async def _problem(context: Context, log: str, judgement: PushJudgement | GapJudgement, octets: bytes) -> ProblemError:
    match judgement:
        case Gap():
            return ProblemError("push-gap", expected=judgement.expected)
        case Fork() | AlreadyClosed():
            async with context.database.reading() as session:
                row = await session.get_one(DeviceLogRow, log)
            closed = Closed(
                epoch=context.facility.epoch,
                log=log,
                number=row.number,
                hash=row.hash.hex(),
                time=row.closed_at or context.clock.now(),
                why="fork",
            )
            return ProblemError(
                "log-closed", statement=sign(closed, context.keys.server), answers=digest_of_request(octets)
            )
        case Refused():
            return ProblemError("push-refused", reason=judgement.reason)
        case _:
            raise TypeError(type(judgement).__qualname__)


async def _audit(
    session: Session, device: Device, log: str, judgement: PushJudgement | GapJudgement, at: datetime
) -> None:
    details: dict[str, object]
    match judgement:
        case Accepted(new=new) if new:
            action, details = "entries_received", {"first": new[0].number, "last": new[-1].number}
        case GapAccepted(is_known=False):
            action = "gap_declared"
            details = {"from": judgement.from_number, "to": judgement.to_number, "why": judgement.statement.why}
        case Fork():
            action, details = "log_closed", {"at": judgement.at, "why": "fork"}
        case Refused():
            action, details = "push_refused", {"reason": judgement.reason}
        case _:
            return
    await audit.append(session, audit.device_actor(device.id), action, "log", log, details, at)


def _enrolled(context: Context, device: Device) -> EnrolledDevice:
    return EnrolledDevice(context.facility.id, device.key)
