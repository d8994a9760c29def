"""Who was on duty, and when: the duty pass and the anchors of an entry, judged. Imports no SQL."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from checksync import Anchor, AnchorSeen, StatementError, VerifyingKey, verify
from kazasu.checks.timing import JudgedTime, judge_time
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.duty.service import covers, find_duty_pass
from kazasu.devices.models import DeviceRow, DutyPassRow

__all__ = ["OnDutyFound", "find_on_duty", "on_duty", "revoked_at", "time_of"]


@dataclass(frozen=True, slots=True)
class OnDutyFound:
    """Whom the pass names, and whether it was valid on this device at this time."""

    staff: str | None
    is_on_duty: bool


async def find_on_duty(session: Session, duty_pass: str, *, device: str, at: datetime) -> OnDutyFound:
    """Looks the pass up among those that this server gave."""
    return on_duty(await find_duty_pass(session, duty_pass), device=device, at=at)


def on_duty(duty_pass: DutyPassRow | None, *, device: str, at: datetime) -> OnDutyFound:
    """Judges a pass of this server; None is one that it never gave."""
    if duty_pass is None:
        return OnDutyFound(None, False)
    return OnDutyFound(duty_pass.staff, covers(duty_pass, device=device, at=at))


async def revoked_at(session: Session, device: str) -> datetime | None:
    """Since when the device is revoked; None where it is not."""
    row = await session.get(DeviceRow, device)
    return row.revoked_at if row is not None else None


def time_of(context: Context, device_time: datetime, anchor: AnchorSeen | None, *, received_at: datetime) -> JudgedTime:
    """When it was, by the device's time and the anchor that it last had."""
    if anchor is None:
        return judge_time(device_time, anchor_at=None, elapsed=None, received_at=received_at)
    try:
        statement = _anchor(anchor.statement, context.keys.server.verifying_key)
    except StatementError as error:
        judged = judge_time(device_time, anchor_at=None, elapsed=None, received_at=received_at)
        return JudgedTime(judged.at, f"anchor_{error.fault}", None)
    if statement.facility != context.facility.id:
        judged = judge_time(device_time, anchor_at=None, elapsed=None, received_at=received_at)
        return JudgedTime(judged.at, "anchor_of_another_facility", None)
    elapsed = None if anchor.elapsed_ms is None else timedelta(milliseconds=anchor.elapsed_ms)
    return judge_time(device_time, anchor_at=statement.time, elapsed=elapsed, received_at=received_at)


@lru_cache(maxsize=1024)
def _anchor(statement: str, key: VerifyingKey) -> Anchor:
    # A device names the same anchor in all checks of a time without a connection.
    return verify(statement, Anchor, key)
