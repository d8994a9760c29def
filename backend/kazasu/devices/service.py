"""A device's way: code, enrolled and waiting, confirmed, revoked. Every step is audited."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from checksync import Enrolment, KeyFormError, StatementError, VerifyingKey, new_enrolment_secret, verify
from kazasu import audit
from kazasu.db import Session, new_id
from kazasu.devices.device import Device, DeviceState
from kazasu.devices.models import DeviceRow, DeviceTokenRow, EnrolmentCodeRow
from kazasu.journal import Journal, JournalKind
from kazasu.problems import ProblemError
from kazasu.sync.feed.service import wake_on_commit

CODE_LIFETIME = timedelta(minutes=10)


def device_value(row: DeviceRow) -> Device:
    """The device of a row."""
    return Device(row.id, row.name, row.state, VerifyingKey.from_jwk(row.jwk))


async def make_enrolment_code(session: Session, *, actor: str, at: datetime) -> tuple[str, datetime]:
    """A fresh secret for one device, and when it runs out; only its hash is kept."""
    secret = new_enrolment_secret()
    await session.execute(delete(EnrolmentCodeRow).where(EnrolmentCodeRow.expires_at < at - timedelta(days=1)))
    expires_at = at + CODE_LIFETIME
    row = EnrolmentCodeRow(code_hash=_code_hash(secret), made_at=at, expires_at=expires_at, used_at=None, device=None)
    session.add(row)
    await session.flush()
    reference = row.code_hash.hex()[:16]
    await audit.append(session, actor, "enrolment_code_made", "enrolment_code", reference, {}, at)
    return secret, expires_at


async def enrol(
    session: Session, *, code: str, name: str, jwk: dict[str, Any], proof: str, journal: Journal, at: datetime
) -> Device:
    """The device, waiting. The same key with the same code again gets the same answer; problem `enrolment-refused`."""
    try:
        key = VerifyingKey.from_jwk(jwk)
        if verify(proof, Enrolment, key).code != code:
            raise ProblemError("enrolment-refused")
    except (KeyFormError, StatementError):
        raise ProblemError("enrolment-refused") from None
    kept = await session.scalar(
        select(EnrolmentCodeRow).where(EnrolmentCodeRow.code_hash == _code_hash(code)).with_for_update()
    )
    if kept is None or kept.expires_at <= at:
        raise ProblemError("enrolment-refused")
    if kept.device is not None:
        # An answer that got lost is asked for again: not an error, if it is the same device that asks.
        enrolled = await session.get_one(DeviceRow, kept.device)
        if enrolled.thumbprint != key.thumbprint:
            raise ProblemError("enrolment-refused")
        return device_value(enrolled)
    row = DeviceRow(
        id=new_id(),
        name=name,
        jwk=dict(key.jwk),
        thumbprint=key.thumbprint,
        state=DeviceState.WAITING,
        enrolled_at=at,
        confirmed_at=None,
        confirmed_by=None,
        revoked_at=None,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise ProblemError("enrolment-refused") from None  # this key is a device's already
    journal.append(JournalKind.CODE_USED, kept.code_hash.hex(), at, device=row.id)
    kept.used_at, kept.device = at, row.id
    actor = audit.device_actor(row.id)
    await audit.append(session, actor, "device_enrolled", "device", row.id, {"thumbprint": row.thumbprint}, at)
    return device_value(row)


async def confirm_device(
    session: Session, device: str, *, thumbprint: str, staff: str | None, journal: Journal, at: datetime
) -> Device:
    """An administrator saw this thumbprint on the device; `staff` None: somebody at the server's shell.

    Problems `not-found`, `thumbprint-not-the-same`, `device-state-conflict`; confirmed already is success again.
    """
    row = await _locked(session, device)
    if row.thumbprint != thumbprint.strip():
        raise ProblemError("thumbprint-not-the-same")
    if row.state is DeviceState.CONFIRMED:
        return device_value(row)
    if row.state is not DeviceState.WAITING:
        raise ProblemError("device-state-conflict", state=row.state)
    # A restored server that does not know this key could take nothing that the device recorded since.
    journal.append(JournalKind.DEVICE_CONFIRMED, device, at, jwk=dict(row.jwk))
    row.state, row.confirmed_at, row.confirmed_by = DeviceState.CONFIRMED, at, staff
    actor = audit.SHELL if staff is None else audit.staff_actor(staff)
    await audit.append(session, actor, "device_confirmed", "device", device, {}, at)
    return device_value(row)


async def revoke_device(
    session: Session, device: str, *, reason: str, actor: str, journal: Journal, at: datetime
) -> Device:
    """The device is out with its next request, for good; what it pushed stays. Problem `not-found`."""
    row = await _locked(session, device)
    if row.state is not DeviceState.REVOKED:
        journal.append(JournalKind.DEVICE_REVOKED, device, at)
        details = {"from": row.state, "reason": reason}
        row.state, row.revoked_at = DeviceState.REVOKED, at
        await session.execute(delete(DeviceTokenRow).where(DeviceTokenRow.device == device))
        wake_on_commit(session)  # its open streams find no token any more
        await audit.append(session, actor, "device_revoked", "device", device, details, at)
    return device_value(row)


async def find_by_thumbprint(session: Session, thumbprint: str) -> Device | None:
    """The device of this key, whatever its state."""
    row = await session.scalar(select(DeviceRow).where(DeviceRow.thumbprint == thumbprint))
    return None if row is None else device_value(row)


async def revoked_at(session: Session, device: str) -> datetime | None:
    """Since when the device is revoked; None where it is not."""
    return await session.scalar(select(DeviceRow.revoked_at).where(DeviceRow.id == device))


async def list_devices(session: Session) -> Sequence[DeviceRow]:
    """Every device, the newest first."""
    return (await session.scalars(select(DeviceRow).order_by(DeviceRow.enrolled_at.desc(), DeviceRow.id))).all()


async def _locked(session: Session, device: str) -> DeviceRow:
    row = await session.scalar(select(DeviceRow).where(DeviceRow.id == device).with_for_update())
    if row is None:
        raise ProblemError("not-found")
    return row


def _code_hash(secret: str) -> bytes:
    return hashlib.sha256(b"kazasu-enrolment-code:" + secret.encode("utf-8", "surrogatepass")).digest()
