"""When a check was made, by the device's clock and the server's anchors. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["TOLERANCE", "JudgedTime", "judge_time"]

TOLERANCE = timedelta(minutes=5)
"""How far a device's clock may be off before it is not believed."""


@dataclass(frozen=True, slots=True)
class JudgedTime:
    """The time that the check goes by, and why the device's own was not believed (None where it was)."""

    at: datetime
    why_implausible: str | None
    recorded_after: datetime | None


def judge_time(
    device_time: datetime, *, anchor_at: datetime | None, elapsed: timedelta | None, received_at: datetime
) -> JudgedTime:
    """The device's time where it lies between the last anchor and the push, else the last anchor's.

    `elapsed` is monotonic time since that anchor (None after a restart); a device asleep may have counted too little
    of it, so that it bounds from below alone. A check is never later than its push.
    """
    if anchor_at is not None and anchor_at > received_at + TOLERANCE:
        # An anchor from the server's own future: of another life of this server, or its clock was set back.
        return JudgedTime(received_at, "anchor_in_the_future", None)
    earliest = None if anchor_at is None else anchor_at + (elapsed or timedelta())
    fallback = received_at if earliest is None else min(earliest, received_at)
    if device_time > received_at + TOLERANCE:
        return JudgedTime(fallback, "ahead", anchor_at)
    if earliest is not None and device_time < earliest - TOLERANCE:
        return JudgedTime(fallback, "behind", anchor_at)
    return JudgedTime(min(device_time, received_at), None, anchor_at)
