"""The sealing keys' way through their states. A state is never skipped and never taken back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from checksync.sealing import SealingPublicKey
from kazasu import audit
from kazasu.db import Session
from kazasu.keys.models import SealingKeyRow, SealingKeyState


class SealingKeyStateError(Exception):
    """The key is not where this step begins; carries its id and state."""

    def __init__(self, key: str, state: SealingKeyState) -> None:
        super().__init__(key, state.value)
        self.key = key
        self.state = state


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


async def announce(session: Session, key: str, actor: str, at: datetime) -> None:
    """Devices may seal to it from now on; refused unless it is backed up."""
    row = await _at(session, key, SealingKeyState.BACKED_UP)
    row.state, row.announced_at = SealingKeyState.ANNOUNCED, at
    await audit.append(session, actor, "sealing_key_announced", "sealing_key", key, {}, at)


async def told_to_devices(session: Session) -> Sequence[SealingKeyRow]:
    """The keys that devices hear of: announced (to seal to) and retired (no more)."""
    told = (SealingKeyState.ANNOUNCED, SealingKeyState.RETIRED)
    statement = select(SealingKeyRow).where(SealingKeyRow.state.in_(told)).order_by(SealingKeyRow.announced_at.desc())
    return (await session.scalars(statement)).all()


async def _at(session: Session, key: str, state: SealingKeyState) -> SealingKeyRow:
    row = await session.get_one(SealingKeyRow, key)
    if row.state is not state:
        raise SealingKeyStateError(key, row.state)
    return row
