"""Whether the server is closed after a restore, what it waits for, and opening it again."""

from datetime import datetime

from sqlalchemy import select

from kazasu import audit
from kazasu.db import Session, lock_name
from kazasu.devices.device import DeviceState
from kazasu.devices.models import DeviceRow
from kazasu.journal import JournalKind
from kazasu.journal.service import marks_of
from kazasu.problems import ProblemError
from kazasu.restoration.models import RestorationRow
from kazasu.restoration.standing import LogRefill, Standing
from kazasu.sync.models import DeviceLogRow

__all__ = ["close_after_restore", "is_closed", "read_standing", "reopen", "reopen_if_refilled"]

_CLOSED = RestorationRow.reopened_at.is_(None)


async def is_closed(session: Session) -> bool:
    """Whether nothing but pushes and administrators is let in."""
    return await session.scalar(select(RestorationRow.id).where(_CLOSED).limit(1)) is not None


async def read_standing(session: Session) -> Standing | None:
    """What a closed server waits for; None where it is open."""
    row = await session.scalar(select(RestorationRow).where(_CLOSED).order_by(RestorationRow.restored_at.desc()))
    if row is None:
        return None
    # A revoked device brings nothing any more, except by hand.
    devices = {
        device.thumbprint: device.id
        for device in await session.scalars(select(DeviceRow).where(DeviceRow.state == DeviceState.CONFIRMED))
    }
    stored = (await session.scalars(select(DeviceLogRow))).all()
    logs = [
        LogRefill(
            log=log.log,
            device=devices[log.device],
            number=log.number,
            newest=log.newest_number,
            is_heard=log.heard_at is not None and log.heard_at >= row.restored_at,
        )
        for log in stored
        if log.device in devices and not log.is_closed
    ]
    known = {log.log for log in stored}
    logs += [
        LogRefill(mark.subject, str(mark.details.get("device")), 0, None, is_heard=False)
        for mark in await marks_of(session, JournalKind.LOG_OPENED)
        if mark.subject not in known and mark.details.get("device") in devices.values()
    ]
    return Standing(
        row.id, row.epoch, row.backup_made_at, row.restored_at, row.is_journal_whole,
        tuple(sorted(logs, key=lambda log: (log.device, log.log))),
    )  # fmt: skip


async def reopen(session: Session, *, declares_missing: bool, actor: str, at: datetime) -> Standing | None:
    """Opens the server in the caller's transaction; None where it is open already.

    Problem `logs-not-refilled` where something is missing and nobody declares it.
    """
    await lock_name(session, "restoration")
    standing = await read_standing(session)
    if standing is None:
        return None
    missing = [log.missing() for log in standing.waiting_for]
    if not declares_missing and not standing.may_open_by_itself:
        raise ProblemError("logs-not-refilled", missing=missing)
    for row in (await session.scalars(select(RestorationRow).where(_CLOSED))).all():
        row.reopened_at, row.reopened_by, row.missing = at, actor, missing
    await session.flush()
    details = {"epoch": standing.epoch, "missing": missing, "is_journal_whole": standing.is_journal_whole}
    await audit.append(session, actor, "server_reopened", "restoration", standing.restoration, details, at)
    return standing


async def reopen_if_refilled(session: Session, *, at: datetime) -> bool:
    """Opens the server where nothing is missing; called after each push while it is closed."""
    standing = await read_standing(session)
    if standing is None or not standing.may_open_by_itself:
        return False
    return await reopen(session, declares_missing=False, actor=audit.SYSTEM, at=at) is not None


async def close_after_restore(
    session: Session, *, id: str, epoch: str, backup: str, backup_made_at: datetime, is_journal_whole: bool,
    at: datetime,
) -> None:  # fmt: skip
    """Closes the server; with the restore's own transaction."""
    # An earlier restore that nobody had finished is this one's business now.
    for earlier in (await session.scalars(select(RestorationRow).where(_CLOSED))).all():
        earlier.reopened_at, earlier.reopened_by = at, audit.SYSTEM
    session.add(
        RestorationRow(
            id=id,
            epoch=epoch,
            backup=backup,
            backup_made_at=backup_made_at,
            restored_at=at,
            is_journal_whole=is_journal_whole,
            reopened_at=None,
            reopened_by=None,
            missing=None,
        )
    )
    await session.flush()
