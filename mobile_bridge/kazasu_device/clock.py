"""The device's clocks, and the only place that reads them. Imports nothing of ours."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

Now = Callable[[], datetime]
"""What the device believes the time is; aware, in UTC."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


_JAPAN: Final = timezone(timedelta(hours=9), "JST")
"""Japan has no summer time, and no zone database is needed for it."""


def device_time() -> datetime:
    return datetime.now(UTC)


def day_in_japan(at: datetime) -> date:
    """The day that it is in Japan: visits and rules go by it."""
    return at.astimezone(_JAPAN).date()


@dataclass(frozen=True)
class Mark:
    """A moment on a clock that nobody can set; two marks compare only within one boot."""

    boot: str
    nanoseconds: int

    def milliseconds_until(self, later: "Mark") -> int | None:
        """None where the two are not of one boot, or the later is the earlier."""
        if self.boot != later.boot or later.nanoseconds < self.nanoseconds:
            return None
        return (later.nanoseconds - self.nanoseconds) // 1_000_000


TakeMark = Callable[[], Mark]


def boot_mark() -> Mark:
    """The time since the machine started, sleep included, and which start that was.

    Where the system does not say which start it is (other than Linux), marks compare within this process only.
    """
    if sys.platform == "linux":
        try:
            return Mark(_BOOT_ID.read_text("ascii").strip(), time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        except OSError:
            pass
    return Mark(_PROCESS, time.monotonic_ns())


def _this_process() -> str:
    import secrets

    return f"process-{secrets.token_hex(16)}"


_PROCESS: Final = _this_process()
