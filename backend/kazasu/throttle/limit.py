"""How long somebody must wait who tried in vain too often. Pure: times in, times out."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures, then a wait; a quiet wait's length forgives the old ones."""

    failures: int
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of one login or address."""

    failures: int
    last_at: datetime
    blocked_until: datetime | None

    def wait_s(self, now: datetime) -> int:
        """Whole seconds to wait; 0 where one may try."""
        if self.blocked_until is None or self.blocked_until <= now:
            return 0
        return int((self.blocked_until - now).total_seconds()) + 1


def after_failure(before: Attempts | None, limit: Limit, now: datetime) -> Attempts:
    """One more failure. Every failure beyond the limit starts the wait again."""
    is_forgiven = before is None or now - before.last_at > limit.wait
    failures = 1 if is_forgiven or before is None else before.failures + 1
    blocked_until = now + limit.wait if failures >= limit.failures else None
    return Attempts(failures, now, blocked_until)
