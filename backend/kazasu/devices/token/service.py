"""Device tokens, looked up at every request, so that a revoked device is out at once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from checksync import Assertion, StatementError, verify
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.device import Device, DeviceState
from kazasu.devices.models import DeviceRow, DeviceTokenRow, UsedNonceRow
from kazasu.devices.nonce import expiry_of
from kazasu.devices.service import device_value
from kazasu.problems import ProblemError


async def exchange_assertion(session: Session, context: Context, *, device: str, assertion: str) -> tuple[str, int]:
    """A token and its life in seconds, for a device that proves its key over a fresh nonce of ours.

    Problems `token-not-valid`, `nonce-not-valid`, `device-waiting`, `device-revoked`. The nonce is used up only when
    the caller commits.
    """
    now = context.clock.now()
    row = await session.get(DeviceRow, device)
    if row is None:
        raise ProblemError("token-not-valid")
    known = device_value(row)
    try:
        asserted = verify(assertion, Assertion, known.key)
    except StatementError:
        raise ProblemError("token-not-valid") from None
    if asserted.facility != context.facility.id:
        raise ProblemError("token-not-valid")
    # Only now: whether a device waits or is revoked is told to nobody but the device.
    refuse_unless_confirmed(known)
    await use_up_nonce(session, asserted.nonce, context, now)
    token = secrets.token_urlsafe(32)
    lifetime_s = context.settings.device_token_lifetime_s
    await session.execute(delete(DeviceTokenRow).where(DeviceTokenRow.expires_at < now))
    expires_at = now + timedelta(seconds=lifetime_s)
    session.add(DeviceTokenRow(token_hash=_token_hash(token), device=device, made_at=now, expires_at=expires_at))
    await session.flush()
    return token, lifetime_s


async def device_of_token(session: Session, token: str, *, at: datetime) -> Device:
    """The confirmed device that holds this token now; problems `token-not-valid`, `device-revoked`."""
    row = await session.scalar(
        select(DeviceRow)
        .join(DeviceTokenRow, DeviceTokenRow.device == DeviceRow.id)
        .where(DeviceTokenRow.token_hash == _token_hash(token), DeviceTokenRow.expires_at > at)
    )
    if row is None:
        raise ProblemError("token-not-valid")
    device = device_value(row)
    refuse_unless_confirmed(device)
    return device


def refuse_unless_confirmed(device: Device) -> None:
    """Problems `device-waiting`, `device-revoked`."""
    if device.state is DeviceState.WAITING:
        raise ProblemError("device-waiting", thumbprint=device.thumbprint)
    if device.state is DeviceState.REVOKED:
        raise ProblemError("device-revoked")


async def use_up_nonce(session: Session, nonce: str, context: Context, now: datetime) -> None:
    """A nonce of ours counts once, within its minute, when the caller commits; problem `nonce-not-valid`."""
    expires_at = expiry_of(nonce, context.keys.storage, context.facility.epoch, now)
    if expires_at is None:
        raise ProblemError("nonce-not-valid")
    await session.execute(delete(UsedNonceRow).where(UsedNonceRow.expires_at < now - timedelta(minutes=5)))
    try:
        async with session.begin_nested():
            session.add(UsedNonceRow(nonce_hash=_token_hash(nonce), expires_at=expires_at))
    except IntegrityError:
        raise ProblemError("nonce-not-valid") from None


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
