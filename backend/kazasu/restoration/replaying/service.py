"""Applying the journal to a restored database, before anybody is let in. Again is harmless; every change is audited."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from checksync import DutyPass, SigningKey, VerifyingKey, sign
from kazasu import audit
from kazasu.checks.models import ConsentRow, RecordedEntryRow
from kazasu.db import Session
from kazasu.devices.device import DeviceState
from kazasu.devices.models import (
    DeviceRow,
    DeviceTokenRow,
    DutyPassRow,
    EnrolmentCodeRow,
    UsedNonceRow,
)
from kazasu.exports.models import ExportSeriesRow
from kazasu.facility.models import FacilityRow
from kazasu.journal import JournalKind, JournalRecord
from kazasu.journal.models import JournalMarkRow
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.staff.models import OfficeSessionRow, StaffRow
from kazasu.sync.destruction import destroy_content

__all__ = ["begin_epoch", "replay"]

# What later rows are held against; the others change a row at once and need no mark.
_MARKED = frozenset(
    {
        JournalKind.DEVICE_REVOKED,
        JournalKind.CONSENT_WITHDRAWN,
        JournalKind.ENTRY_DESTROYED,
        JournalKind.LOG_OPENED,
        JournalKind.BACKUP_VERIFIED,
    }
)
RESTORED_NAME = "登録名不明 / restored"
"""Of a device that was confirmed after the backup: the journal holds no names."""


async def begin_epoch(session: Session, epoch: str) -> str:
    """A new life of the server: nobody is signed in, no token or nonce of the old one counts. Gives the old epoch."""
    row = (await session.scalars(select(FacilityRow))).one()
    before, row.epoch = row.epoch, epoch
    for table in (DeviceTokenRow, OfficeSessionRow, UsedNonceRow):
        await session.execute(delete(table))
    await session.flush()
    return before


async def replay(
    session: Session, records: Sequence[JournalRecord], *, facility: str, server: SigningKey, at: datetime
) -> dict[str, int]:
    """Applies every line; says how many changed something, by kind. A kind of a later version is passed over."""
    changed: dict[str, int] = {}
    for record in records:
        try:
            kind = JournalKind(record.kind)
        except ValueError:
            continue
        if kind in _MARKED:
            await _mark(session, kind, record)
        if kind is JournalKind.DUTY_BEGUN:
            did = await _duty(session, record, facility, server)
        else:
            apply = _APPLY.get(kind)
            did = apply is not None and await apply(session, record)
        if did:
            changed[kind.value] = changed.get(kind.value, 0) + 1
            details = {"kind": kind.value, "at": record.at.isoformat()}
            subject = record.subject[:80]
            await audit.append(session, audit.SYSTEM, "journal_replayed", "journal", subject, details, at)
    return changed


async def _mark(session: Session, kind: JournalKind, record: JournalRecord) -> None:
    if await session.get(JournalMarkRow, (kind.value, record.subject)) is None:
        session.add(JournalMarkRow(kind=kind.value, subject=record.subject, at=record.at, details=dict(record.details)))
        await session.flush()


async def _device_confirmed(session: Session, record: JournalRecord) -> bool:
    row = await session.get(DeviceRow, record.subject)
    if row is None:
        key = VerifyingKey.from_jwk(record.details["jwk"])
        session.add(
            DeviceRow(
                id=record.subject, name=RESTORED_NAME, jwk=dict(key.jwk), thumbprint=key.thumbprint,
                state=DeviceState.CONFIRMED, enrolled_at=record.at, confirmed_at=record.at, confirmed_by=None,
                revoked_at=None,
            )
        )  # fmt: skip
    elif row.state is DeviceState.WAITING:
        row.state, row.confirmed_at = DeviceState.CONFIRMED, record.at
    else:
        return False
    await session.flush()
    return True


async def _device_revoked(session: Session, record: JournalRecord) -> bool:
    row = await session.get(DeviceRow, record.subject)
    if row is None or row.state is DeviceState.REVOKED:
        return False
    row.state, row.revoked_at = DeviceState.REVOKED, record.at
    await session.execute(delete(DeviceTokenRow).where(DeviceTokenRow.device == row.id))
    return True


async def _staff_deactivated(session: Session, record: JournalRecord) -> bool:
    row = await session.get(StaffRow, record.subject)
    if row is None or row.deactivated_at is not None:
        return False
    row.deactivated_at = record.at
    await session.flush()
    return True


async def _sealing_key_announced(session: Session, record: JournalRecord) -> bool:
    # Devices seal to it: a restored server that did not know it would have them seal to a key that is gone, or to none.
    row = await session.get(SealingKeyRow, record.subject)
    if row is None:
        public_key = bytes.fromhex(str(record.details["public_key"]))
        row = SealingKeyRow(
            id=record.subject, public_key=public_key, state=SealingKeyState.MADE, made_at=record.at, backed_up_at=None,
            announced_at=None, retired_at=None, destroyed_at=None,
        )  # fmt: skip
        session.add(row)
    if row.state not in (SealingKeyState.MADE, SealingKeyState.BACKED_UP):
        return False
    row.state, row.announced_at = SealingKeyState.ANNOUNCED, record.at
    row.backed_up_at = row.backed_up_at or record.at
    await session.flush()
    return True


async def _sealing_key_retired(session: Session, record: JournalRecord) -> bool:
    row = await session.get(SealingKeyRow, record.subject)
    if row is None or row.state in (SealingKeyState.RETIRED, SealingKeyState.DESTROYED):
        return False
    row.state, row.retired_at = SealingKeyState.RETIRED, record.at
    await session.flush()
    return True


async def _sealing_key_destroyed(session: Session, record: JournalRecord) -> bool:
    row = await session.get(SealingKeyRow, record.subject)
    if row is None or row.state is SealingKeyState.DESTROYED:
        return False
    row.state, row.destroyed_at = SealingKeyState.DESTROYED, record.at
    await session.flush()
    return True


async def _consent_withdrawn(session: Session, record: JournalRecord) -> bool:
    # A patient at the telephone may have taken back one kind of several.
    consent, _, kind = record.subject.partition(":")
    wanted = select(ConsentRow).where(ConsentRow.consent == consent, ConsentRow.withdrawn_at.is_(None))
    found = (await session.scalars(wanted.where(ConsentRow.kind == kind) if kind else wanted)).all()
    for row in found:
        row.withdrawn_at = record.at
    await session.flush()
    return bool(found)


async def _entry_destroyed(session: Session, record: JournalRecord) -> bool:
    log, _, number = record.subject.partition(":")
    return await destroy_content(session, log, int(number), at=record.at)


async def _record_destroyed(session: Session, record: JournalRecord) -> bool:
    row = await session.get(RecordedEntryRow, record.subject)
    if row is None or row.destroyed_at is not None:
        return False
    row.fields, row.destroyed_at = None, record.at
    await session.flush()
    return True


async def _code_used(session: Session, record: JournalRecord) -> bool:
    row = await session.get(EnrolmentCodeRow, bytes.fromhex(record.subject))
    if row is None or row.used_at is not None:
        return False
    device = str(record.details.get("device"))
    row.used_at = record.at
    # Without its device nobody gets an answer by this code any more.
    row.device = device if await session.get(DeviceRow, device) is not None else None
    row.expires_at = record.at
    await session.flush()
    return True


async def _export_number(session: Session, record: JournalRecord) -> bool:
    series, _, number = record.subject.rpartition(":")
    row = await session.get(ExportSeriesRow, series)
    if row is None:
        session.add(ExportSeriesRow(series=series, last=int(number)))
        await session.flush()
        return True
    found = await session.execute(
        update(ExportSeriesRow)
        .where(ExportSeriesRow.series == series, ExportSeriesRow.last < int(number))
        .values(last=int(number))
        .returning(ExportSeriesRow.series)
    )
    return found.first() is not None


async def _duty(session: Session, record: JournalRecord, facility: str, server: SigningKey) -> bool:
    details = record.details
    device = await session.get(DeviceRow, str(details.get("device")))
    staff = await session.get(StaffRow, str(details.get("staff")))
    if device is None or staff is None or await session.get(DutyPassRow, record.subject) is not None:
        return False
    until = datetime.fromisoformat(str(details["until"]))
    roles = [str(role) for role in details["roles"]]
    statement = DutyPass(
        id=record.subject, staff=staff.id, roles=roles, facility=facility, device=device.thumbprint,
        from_at=record.at, until_at=until,
    )  # fmt: skip
    session.add(
        DutyPassRow(
            id=record.subject, staff=staff.id, device=device.id, roles=roles, from_at=record.at, until_at=until,
            statement=sign(statement, server),
        )
    )  # fmt: skip
    await session.flush()
    return True


_APPLY: dict[JournalKind, Callable[[Session, JournalRecord], Awaitable[bool]]] = {
    JournalKind.DEVICE_CONFIRMED: _device_confirmed,
    JournalKind.DEVICE_REVOKED: _device_revoked,
    JournalKind.STAFF_DEACTIVATED: _staff_deactivated,
    JournalKind.SEALING_KEY_ANNOUNCED: _sealing_key_announced,
    JournalKind.SEALING_KEY_RETIRED: _sealing_key_retired,
    JournalKind.SEALING_KEY_DESTROYED: _sealing_key_destroyed,
    JournalKind.CONSENT_WITHDRAWN: _consent_withdrawn,
    JournalKind.ENTRY_DESTROYED: _entry_destroyed,
    JournalKind.RECORD_DESTROYED: _record_destroyed,
    JournalKind.CODE_USED: _code_used,
    JournalKind.EXPORT_NUMBER: _export_number,
}
