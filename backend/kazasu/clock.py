"""The only place of the server that reads a clock; everything else is handed one, or a time.

Never imports anything of ours: rules and pure functions take dates, services take a `Clock`.
"""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """What time it is, to those who may ask."""

    def now(self) -> datetime:
        """The present time, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start that no clock correction moves; for waiting and throttling."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


class SetClock:
    """A clock that stands where it is put, for tests and rehearsals."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock is set to an aware time")
        self._at = at.astimezone(UTC)
        self._start = self._at

    def now(self) -> datetime:
        return self._at

    def monotonic_s(self) -> float:
        return (self._at - self._start).total_seconds()

    def advance(self, by: timedelta) -> None:
        """Time passes."""
        self._at += by


JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has no summer time, and no zone database is needed for it."""


def day_in_japan(at: datetime) -> date:
    """The day that it is in Japan: visits, rules and day keys go by it, not by UTC's."""
    return at.astimezone(JAPAN).date()
