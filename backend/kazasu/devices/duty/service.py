"""A staff member takes a device on duty: the pass that entries will name, and the key for what the device receives."""

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from checksync import DutyPass, sign
from kazasu import audit
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, new_id
from kazasu.devices.device import Device
from kazasu.devices.models import DayKeyRow, DutyPassRow
from kazasu.journal import JournalKind
from kazasu.staff import StaffMember

_PURPOSE = "day-key"
# A day key is of use while a pass of its day runs; a week leaves room for a device that was out of reach.
_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """What the device gets at sign-in."""

    statement: str
    day_key: bytes = field(repr=False)


async def take_on_duty(session: Session, context: Context, member: StaffMember, device: Device) -> OnDuty:
    """Signs and keeps a duty pass, and gives the device's key of the day."""
    now = context.clock.now()
    # The statement has milliseconds; what we keep must be the same window.
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    until = now + timedelta(seconds=context.settings.duty_lifetime_s)
    roles = sorted(role.value for role in member.roles)
    duty_pass = DutyPass(
        id=new_id(),
        staff=member.id,
        roles=roles,
        facility=context.facility.id,
        device=device.thumbprint,
        from_at=now,
        until_at=until,
    )
    statement = sign(duty_pass, context.keys.server)
    # Entries name the pass by its id: a restored server that did not know it would hold them all.
    context.journal.append(
        JournalKind.DUTY_BEGUN,
        duty_pass.id,
        now,
        staff=member.id,
        device=device.id,
        roles=roles,
        until=until.isoformat(),
    )
    session.add(
        DutyPassRow(
            id=duty_pass.id,
            staff=member.id,
            device=device.id,
            roles=roles,
            from_at=now,
            until_at=until,
            statement=statement,
        )
    )
    await session.flush()
    day_key = await _day_key(session, context, device.id, day_in_japan(now))
    details = {"device": device.id, "duty_pass": duty_pass.id, "until": until.isoformat()}
    await audit.append(session, audit.staff_actor(member.id), "duty_begun", "staff", member.id, details, now)
    return OnDuty(statement, day_key)


async def find_duty_pass(session: Session, duty_pass: str) -> DutyPassRow | None:
    """The pass of this id, if this server gave it."""
    return await session.get(DutyPassRow, duty_pass)


async def day_key_of(session: Session, context: Context, duty_pass: DutyPassRow) -> bytes | None:
    """The day key that came with this pass; None where it is kept no more."""
    day = day_in_japan(duty_pass.from_at)
    row = await session.scalar(select(DayKeyRow).where(DayKeyRow.device == duty_pass.device, DayKeyRow.day == day))
    if row is None:
        return None
    subject = f"{duty_pass.device}:{day.isoformat()}"
    return context.keys.storage.decrypt(row.key, purpose=_PURPOSE, subject=subject)


def covers(duty_pass: DutyPassRow, *, device: str, at: datetime) -> bool:
    """Whether this pass was valid on this device at this time."""
    return duty_pass.device == device and duty_pass.from_at <= at < duty_pass.until_at


async def _day_key(session: Session, context: Context, device: str, day: date) -> bytes:
    await session.execute(delete(DayKeyRow).where(DayKeyRow.device == device, DayKeyRow.day < day - _KEPT))
    subject = f"{device}:{day.isoformat()}"
    wanted = select(DayKeyRow).where(DayKeyRow.device == device, DayKeyRow.day == day)
    row = await session.scalar(wanted)
    if row is None:
        sealed = context.keys.storage.encrypt(os.urandom(32), purpose=_PURPOSE, subject=subject)
        try:
            async with session.begin_nested():
                row = DayKeyRow(device=device, day=day, key=sealed)
                session.add(row)
        except IntegrityError:  # two people signed in on it at once
            row = (await session.scalars(wanted)).one()
    return context.keys.storage.decrypt(row.key, purpose=_PURPOSE, subject=subject)
