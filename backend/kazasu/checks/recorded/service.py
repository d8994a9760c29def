"""Keeping the entries that are no checks. What names a person is encrypted or stays sealed in the entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select

from kazasu import audit
from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.db import Session, new_id
from kazasu.keys import StorageKey
from kazasu.keyset import Keyset
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.rules.substitute import Substitute
from kazasu.sync.seam import StoredEntry

__all__ = [
    "document_fields",
    "has_declaration",
    "keep_at_desk",
    "keep_recorded",
    "latest_document",
    "list_recorded",
    "recorded_of_entry",
    "trouble_of_hold",
    "waiting_for",
    "withdrawals_of",
]

_PURPOSE = "document-fields"


async def keep_recorded(
    session: Session,
    storage: StorageKey,
    stored: StoredEntry,
    *,
    kind: str,
    check: str | None,
    visit: str | None,
    consent: str | None,
    duty_pass: str,
    staff: str | None,
    facts: Mapping[str, Any],
    fields: Mapping[str, Any] | None,
    device_recorded_at: datetime,
) -> RecordedEntryRow:
    """The entry's row; read again, the row that is there."""
    present = await session.scalar(select(RecordedEntryRow).where(RecordedEntryRow.entry == stored.id))
    if present is not None:
        return present
    row = RecordedEntryRow(
        id=new_id(),
        entry=stored.id,
        log=stored.log,
        entry_number=stored.number,
        kind=kind,
        check=check,
        visit=visit,
        consent=consent,
        device=stored.device,
        duty_pass=duty_pass,
        staff=staff,
        facts=dict(facts),
        device_recorded_at=device_recorded_at,
        received_at=stored.received_at,
        destroyed_at=None,
    )
    row.fields = None if fields is None else _encrypted(storage, row.id, fields)
    session.add(row)
    await session.flush()
    return row


async def keep_at_desk(
    session: Session,
    storage: StorageKey,
    *,
    kind: str,
    check: str | None,
    visit: str | None,
    staff: str,
    facts: Mapping[str, Any],
    fields: Mapping[str, Any] | None,
    at: datetime,
) -> RecordedEntryRow:
    """A row for what a staff member recorded at the desk, where there is no device and no log; audited."""
    row = RecordedEntryRow(
        id=new_id(),
        entry=None,
        log=None,
        entry_number=None,
        kind=kind,
        check=check,
        visit=visit,
        consent=None,
        device=None,
        duty_pass=None,
        staff=staff,
        facts=dict(facts),
        device_recorded_at=at,
        received_at=at,
        destroyed_at=None,
    )
    row.fields = None if fields is None else _encrypted(storage, row.id, fields)
    session.add(row)
    await session.flush()
    details = {"kind": kind, "check": check, "visit": visit}
    await audit.append(session, audit.staff_actor(staff), "recorded_at_desk", "recorded", row.id, details, at)
    return row


def _encrypted(storage: StorageKey, row: str, fields: Mapping[str, Any]) -> bytes:
    return storage.encrypt(msgspec.json.encode(dict(fields)), purpose=_PURPOSE, subject=row)


def document_fields(storage: StorageKey, row: RecordedEntryRow) -> dict[str, Any]:
    """What a document said; empty where nothing was taken out of the entry."""
    if row.fields is None:
        return {}
    octets = storage.decrypt(row.fields, purpose=_PURPOSE, subject=row.id)
    return msgspec.json.decode(octets, type=dict[str, Any])


async def latest_document(session: Session, check: str) -> RecordedEntryRow | None:
    """The document typed last for a check, of those for which somebody on duty stands, on a device of ours."""
    held = select(HoldRow.entry).where(
        HoldRow.entry.is_not(None),
        HoldRow.reason.in_((HoldReason.STAFF_NOT_ON_DUTY, HoldReason.DEVICE_REVOKED)),
        HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING)),
    )
    return await session.scalar(
        select(RecordedEntryRow)
        .where(
            _of_visit(check),
            RecordedEntryRow.kind == "substitute",
            or_(RecordedEntryRow.entry.is_(None), RecordedEntryRow.entry.not_in(held)),
        )
        .order_by(RecordedEntryRow.received_at.desc(), RecordedEntryRow.entry.desc(), RecordedEntryRow.id.desc())
        .limit(1)
    )


async def withdrawals_of(session: Session, consent: str) -> Sequence[RecordedEntryRow]:
    """The withdrawals that name this consent, also those that came before it."""
    found = await session.scalars(
        select(RecordedEntryRow)
        .where(RecordedEntryRow.kind == "consent_withdrawn", RecordedEntryRow.consent == consent)
        .order_by(RecordedEntryRow.entry)
    )
    return found.all()


async def list_recorded(
    session: Session,
    *,
    after: Keyset | None,
    limit: int,
    kind: str | None = None,
    check: str | None = None,
) -> Sequence[RecordedEntryRow]:
    """The newest first, older than `after`."""
    wanted = select(RecordedEntryRow).order_by(RecordedEntryRow.received_at.desc(), RecordedEntryRow.id.desc())
    if kind is not None:
        wanted = wanted.where(RecordedEntryRow.kind == kind)
    if check is not None:
        wanted = wanted.where(RecordedEntryRow.check == check)
    if after is not None:
        older = and_(RecordedEntryRow.received_at == after.at, RecordedEntryRow.id < after.id)
        wanted = wanted.where(or_(RecordedEntryRow.received_at < after.at, older))
    return (await session.scalars(wanted.limit(limit))).all()


async def has_declaration(session: Session, check: str) -> bool:
    """Whether the patient's declaration is on file for this check; what a returning patient confirmed orally counts as
    one (facts/rules.md section 12)."""
    is_oral = and_(
        RecordedEntryRow.kind == "substitute",
        RecordedEntryRow.facts["document"].as_string() == Substitute.ORAL_CONFIRMATION.value,
    )
    found = select(RecordedEntryRow.id).where(
        _of_visit(check),
        RecordedEntryRow.destroyed_at.is_(None),
        or_(RecordedEntryRow.kind == "declaration", is_oral),
    )
    return await session.scalar(found.limit(1)) is not None


def _of_visit(check: str) -> ColumnElement[bool]:
    """Recorded for the check, or for one that is asked and counted with it."""
    others = select(CheckRow.id).where(CheckRow.repeat_of == check)
    return or_(RecordedEntryRow.check == check, RecordedEntryRow.check.in_(others))


async def trouble_of_hold(session: Session, hold: str) -> RecordedEntryRow | None:
    """What the desk put into the trouble log out of this hold."""
    return await session.scalar(
        select(RecordedEntryRow)
        .where(RecordedEntryRow.kind == "trouble", RecordedEntryRow.entry.is_(None))
        .where(RecordedEntryRow.facts["hold"].as_string() == hold)
    )


async def recorded_of_entry(session: Session, entry: int) -> RecordedEntryRow | None:
    """The row that an entry became, where it is no check."""
    return await session.scalar(select(RecordedEntryRow).where(RecordedEntryRow.entry == entry))


async def waiting_for(session: Session, check: str) -> Sequence[int]:
    """The entries, oldest first, that are held because this check was not here."""
    held = select(HoldRow.entry).where(
        HoldRow.reason == HoldReason.CHECK_UNKNOWN, HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING))
    )
    found = await session.scalars(
        select(RecordedEntryRow.entry)
        .where(RecordedEntryRow.check == check, RecordedEntryRow.entry.in_(held))
        .order_by(RecordedEntryRow.entry)
    )
    return [entry for entry in found if entry is not None]
