"""Finding declarations and opening what they say, out of the sealed entry or the desk's row; nothing opened is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import select

from checksync import DeclarationBody, MalformedError, decode_body, decode_entry
from checksync.sealing import SealingError
from kazasu import audit
from kazasu.checks.models import RecordedEntryRow
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, new_id
from kazasu.declarations.content import Declaration
from kazasu.keys import StoredOctetsDamagedError
from kazasu.keys.declaration import DeclarationKeyMissingError
from kazasu.rules.declaration_form import FormVersion
from kazasu.sync.models import LogEntryRow

__all__ = [
    "declaration_of_check",
    "declarations_left",
    "find_declaration",
    "keep_typed",
    "note_look",
    "open_declaration",
]

_KIND = "declaration"


async def find_declaration(session: Session, declaration: str) -> RecordedEntryRow | None:
    """The row of this id, destroyed or not."""
    row = await session.get(RecordedEntryRow, declaration)
    return row if row is not None and row.kind == _KIND else None


async def declaration_of_check(session: Session, check: str) -> RecordedEntryRow | None:
    """The newest of a check that is not destroyed."""
    return await session.scalar(
        select(RecordedEntryRow)
        .where(RecordedEntryRow.kind == _KIND, RecordedEntryRow.check == check, RecordedEntryRow.destroyed_at.is_(None))
        .order_by(RecordedEntryRow.received_at.desc(), RecordedEntryRow.entry.desc(), RecordedEntryRow.id.desc())
        .limit(1)
    )


async def declarations_left(session: Session) -> Sequence[RecordedEntryRow]:
    """Every declaration that is not destroyed, the oldest first."""
    found = await session.scalars(
        select(RecordedEntryRow)
        .where(RecordedEntryRow.kind == _KIND, RecordedEntryRow.destroyed_at.is_(None))
        .order_by(RecordedEntryRow.received_at, RecordedEntryRow.id)
    )
    return found.all()


async def open_declaration(session: Session, context: Context, row: RecordedEntryRow) -> Declaration | None:
    """What it says; None where it was destroyed, or cannot be opened (its key is gone)."""
    if row.destroyed_at is not None:
        return None
    answers = _typed(context, row) if row.entry is None else await _sealed(session, context, row.entry)
    if answers is None:
        return None
    return Declaration(
        id=row.id,
        check=row.check,
        visit=row.visit,
        version=cast(FormVersion, row.facts["form"]),
        answers=answers,
        day=day_in_japan(min(row.device_recorded_at, row.received_at)),
        recorded_at=row.device_recorded_at,
        origin=row.origin,
    )


async def keep_typed(
    session: Session,
    context: Context,
    *,
    check: str | None,
    visit: str | None,
    staff: str,
    facts: Mapping[str, Any],
    answers: Mapping[str, Any],
    at: datetime,
) -> RecordedEntryRow:
    """One that was typed at the desk, under a key of its own from the first moment; audited."""
    id_ = new_id()
    row = RecordedEntryRow(
        id=id_, entry=None, log=None, entry_number=None, kind=_KIND, check=check, visit=visit, consent=None,
        device=None, duty_pass=None, staff=staff, facts=dict(facts), device_recorded_at=at, received_at=at,
        destroyed_at=None,
        fields=context.declaration_keys.guard(id_, msgspec.json.encode(dict(answers))),
    )  # fmt: skip
    session.add(row)
    await session.flush()
    details = {"kind": _KIND, "check": check, "visit": visit}
    await audit.append(session, audit.staff_actor(staff), "recorded_at_desk", "recorded", id_, details, at)
    return row


async def note_look(session: Session, row: RecordedEntryRow, what: str, *, staff: str, at: datetime) -> None:
    """That somebody opened it, and for what: `shown`, `printed` or `claimed`."""
    actor = audit.staff_actor(staff)
    await audit.append(session, actor, "declaration_opened", "recorded", row.id, {"for": what, "check": row.check}, at)


def _typed(context: Context, row: RecordedEntryRow) -> dict[str, Any] | None:
    if row.fields is None:
        return None
    try:
        octets = context.declaration_keys.open(row.id, row.fields)
    except (DeclarationKeyMissingError, StoredOctetsDamagedError):
        return None
    return msgspec.json.decode(octets, type=dict[str, Any])


async def _sealed(session: Session, context: Context, entry: int) -> dict[str, Any] | None:
    stored = await session.get(LogEntryRow, entry)
    if stored is None or not stored.sealed:
        return None
    try:
        body = decode_body(decode_entry(context.keys.opener.open(stored.sealed, stored.log, stored.number)))
    except (SealingError, MalformedError):
        return None
    return dict(body.fields) if isinstance(body, DeclarationBody) else None
