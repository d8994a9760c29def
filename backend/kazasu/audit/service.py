"""Writing the audit log, and finding out whether somebody changed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from kazasu.audit.chain import FIRST_PREVIOUS, canonical, entry_hash
from kazasu.audit.models import AuditEntry
from kazasu.db import Session, lock_order

SYSTEM = "system"
"""The server itself."""
SHELL = "shell"
"""Whoever has the server's shell."""


def staff_actor(staff: str) -> str:
    """The actor text of a staff member, by id."""
    return f"staff:{staff}"


def device_actor(device: str) -> str:
    """The actor text of a device, by id."""
    return f"device:{device}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The whole log hangs together; its last number and hash can be kept elsewhere as a witness."""

    entries: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """The first number at which the log does not hang together."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What an entry is to say."""

    actor: str
    action: str
    subject_type: str
    subject: str
    details: Mapping[str, Any]


async def append(
    session: Session,
    actor: str,
    action: str,
    subject_type: str,
    subject: str,
    details: Mapping[str, Any],
    at: datetime,
) -> AuditEntry:
    """Adds an entry to the caller's transaction; it stands when that commits, and goes with a rolled back savepoint.

    Details hold ids, states and reasons; never a name, a number of a card or insurance, or a secret. On PostgreSQL the
    log is locked from here to the end of the transaction, so take row locks before.
    """
    await lock_order(session)
    number, previous = await _last(session)
    entry = AuditEntry(**_values(Draft(actor, action, subject_type, subject, details), number + 1, previous, at))
    session.add(entry)
    await session.flush()
    return entry


async def append_all(session: Session, drafts: Sequence[Draft], at: datetime) -> None:
    """Adds many in their order, by one statement."""
    if not drafts:
        return
    await lock_order(session)
    number, previous = await _last(session)
    rows = []
    for draft in drafts:
        number += 1
        rows.append(_values(draft, number, previous, at))
        previous = rows[-1]["hash"]
    await session.execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type]


async def _last(session: Session) -> tuple[int, bytes]:
    last = (
        await session.execute(select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1))
    ).one_or_none()
    return (last.number, last.hash) if last else (0, FIRST_PREVIOUS)


def _values(draft: Draft, number: int, previous: bytes, at: datetime) -> dict[str, Any]:
    written = canonical(draft.details)
    hashed = entry_hash(previous, number, at, draft.actor, draft.action, draft.subject_type, draft.subject, written)
    return {
        "number": number,
        "at": at,
        "actor": draft.actor,
        "action": draft.action,
        "subject_type": draft.subject_type,
        "subject": draft.subject,
        "details": written,
        "previous_hash": previous,
        "hash": hashed,
    }


async def verify(session: Session) -> Verified | Broken:
    """Walks the whole log. It cannot see entries cut off at the end: compare with a hash kept elsewhere for that."""
    number, previous = 0, FIRST_PREVIOUS
    while rows := await _after(session, number):
        for row in rows:
            number += 1
            why = _flaw(row, number, previous)
            if why:
                return Broken(number, why)
            previous = row.hash
        session.expunge_all()
    return Verified(number, previous)


def _flaw(row: AuditEntry, number: int, previous: bytes) -> str | None:
    if row.number != number:
        return "missing"
    if row.previous_hash != previous:
        return "does not follow the entry before"
    hashed = entry_hash(previous, row.number, row.at, row.actor, row.action, row.subject_type, row.subject, row.details)
    return None if hashed == row.hash else "was changed"


async def _after(session: Session, number: int) -> Sequence[AuditEntry]:
    # Pages, not a server-side cursor: a verification that stops early must leave nothing open.
    statement = select(AuditEntry).where(AuditEntry.number > number).order_by(AuditEntry.number).limit(1000)
    return (await session.scalars(statement)).all()


async def page(session: Session, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """The newest entries first, older than `before`."""
    statement = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditEntry.number < before)
    return (await session.scalars(statement)).all()
