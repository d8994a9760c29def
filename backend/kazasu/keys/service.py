"""The sealing keys' way through their states. A state is never skipped and never taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from checksync.sealing import SealingPublicKey, key_id_of
from kazasu import audit
from kazasu.checks.models import RecordedEntryRow
from kazasu.db import Session
from kazasu.devices.device import DeviceState
from kazasu.devices.models import DeviceRow
from kazasu.journal import Journal, JournalKind
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.problems import ProblemError
from kazasu.sync.feed.service import publish
from kazasu.sync.models import DeviceLogRow, LogEntryRow


class SealingKeyStateError(Exception):
    """The key is not where this step begins; carries its id and state."""

    def __init__(self, key: str, state: SealingKeyState) -> None:
        super().__init__(key, state.value)
        self.key = key
        self.state = state


class LastSealingKeyError(Exception):
    """Devices would have no key to seal to any more; announce another one first."""


class SealingKeyNeededError(Exception):
    """Entries sealed to this key may still be on devices; carries the logs that are not done with it."""

    def __init__(self, logs: Sequence[str]) -> None:
        super().__init__(len(logs))
        self.logs = tuple(logs)


async def add_made(session: Session, key: SealingPublicKey, actor: str, at: datetime) -> None:
    """A key was made; no device hears of it yet."""
    session.add(SealingKeyRow(id=key.id, public_key=key.octets, state=SealingKeyState.MADE, made_at=at))
    await session.flush()
    await audit.append(session, actor, "sealing_key_made", "sealing_key", key.id, {}, at)


async def mark_backed_up(session: Session, key: str, where: str, actor: str, at: datetime) -> None:
    """The private half was found in a recovery file or a backup by reading it back."""
    row = await _at(session, key, SealingKeyState.MADE)
    row.state, row.backed_up_at = SealingKeyState.BACKED_UP, at
    await audit.append(session, actor, "sealing_key_backed_up", "sealing_key", key, {"where": where}, at)


async def announce(session: Session, key: str, actor: str, at: datetime, *, journal: Journal | None = None) -> None:
    """Devices may seal to it from now on; refused unless it is backed up. The facility's first key needs no journal:
    every backup has it announced."""
    row = await _at(session, key, SealingKeyState.BACKED_UP)
    if journal is not None:
        journal.append(JournalKind.SEALING_KEY_ANNOUNCED, key, at, public_key=row.public_key.hex())
    row.state, row.announced_at = SealingKeyState.ANNOUNCED, at
    await audit.append(session, actor, "sealing_key_announced", "sealing_key", key, {}, at)


async def announce_backed_up(session: Session, *, journal: Journal, actor: str, at: datetime) -> list[str]:
    """Announces every key whose private half a verified backup holds, and tells devices to ask for their policy."""
    waiting = select(SealingKeyRow.id).where(SealingKeyRow.state == SealingKeyState.BACKED_UP)
    keys = list(await session.scalars(waiting.order_by(SealingKeyRow.made_at)))
    for key in keys:
        await announce(session, key, actor, at, journal=journal)
    if keys:
        await publish(session, None, "policy", {}, at=at)
    return keys


async def list_sealing_keys(session: Session) -> Sequence[SealingKeyRow]:
    """Every one, the oldest first."""
    return (await session.scalars(select(SealingKeyRow).order_by(SealingKeyRow.made_at))).all()


async def told_to_devices(session: Session) -> Sequence[SealingKeyRow]:
    """The keys that devices hear of: announced (to seal to) and retired (no more)."""
    told = (SealingKeyState.ANNOUNCED, SealingKeyState.RETIRED)
    statement = select(SealingKeyRow).where(SealingKeyRow.state.in_(told)).order_by(SealingKeyRow.announced_at.desc())
    return (await session.scalars(statement)).all()


async def retire(session: Session, key: str, *, journal: Journal, actor: str, at: datetime) -> None:
    """No device seals to it any more; what was sealed to it opens as before."""
    row = await _at(session, key, SealingKeyState.ANNOUNCED)
    others = select(SealingKeyRow.id).where(SealingKeyRow.state == SealingKeyState.ANNOUNCED, SealingKeyRow.id != key)
    if await session.scalar(others.limit(1)) is None:
        raise LastSealingKeyError
    journal.append(JournalKind.SEALING_KEY_RETIRED, key, at)
    row.state, row.retired_at = SealingKeyState.RETIRED, at
    await audit.append(session, actor, "sealing_key_retired", "sealing_key", key, {}, at)


async def destroy(session: Session, key: str, *, journal: Journal, actor: str, at: datetime) -> None:
    """What was sealed to it is opened no more; the caller commits, and then removes the key's file.

    Refused while a device may still hold an entry sealed to it: every log that is not closed must have been heard of
    since the key was retired, be here whole, and be in a verified backup.
    """
    row = await _at(session, key, SealingKeyState.RETIRED)
    logs = await session.scalars(
        select(DeviceLogRow.log)
        .join(DeviceRow, DeviceRow.thumbprint == DeviceLogRow.device)
        .where(
            DeviceLogRow.is_closed.is_(False),
            DeviceRow.state == DeviceState.CONFIRMED,
            or_(
                DeviceLogRow.heard_at.is_(None),
                DeviceLogRow.heard_at <= row.retired_at,
                DeviceLogRow.number < DeviceLogRow.newest_number,
                DeviceLogRow.forgettable < DeviceLogRow.number,
            ),
        )
    )
    if needed := sorted({*logs.all(), *await _declared_under(session, key)}):
        raise SealingKeyNeededError(needed)
    journal.append(JournalKind.SEALING_KEY_DESTROYED, key, at)
    row.state, row.destroyed_at = SealingKeyState.DESTROYED, at
    await audit.append(session, actor, "sealing_key_destroyed", "sealing_key", key, {}, at)


async def _declared_under(session: Session, key: str) -> set[str]:
    """The logs with a declaration that is sealed to it and still needed: a claim opens it out of its entry."""
    sealed = await session.execute(
        select(LogEntryRow.log, LogEntryRow.sealed)
        .join(RecordedEntryRow, RecordedEntryRow.entry == LogEntryRow.id)
        .where(RecordedEntryRow.kind == "declaration", RecordedEntryRow.destroyed_at.is_(None))
    )
    return {row.log for row in sealed if row.sealed and key_id_of(row.sealed) == key}


async def _at(session: Session, key: str, state: SealingKeyState) -> SealingKeyRow:
    row = await session.get(SealingKeyRow, key)
    if row is None:
        raise ProblemError("not-found")
    if row.state is not state:
        raise SealingKeyStateError(key, row.state)
    return row
