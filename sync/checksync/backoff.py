"""When to try again. Pure: the moment and the chance come from outside."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_DELAY_S: Final = 2.0
LONGEST_DELAY_S: Final = 300.0
REFUSED_DELAY_S: Final = 900.0
"""After a refusal of what is sent: the same octets will hardly fare better soon."""

LONGEST_RETRY_AFTER_S: Final = 3600.0
"""More than this a server may not ask for: a wrong header must not silence a device for a day."""


def retry_delay_s(
    failures: int, chance: float, *, retry_after_s: float | None = None, is_refused: bool = False
) -> float:
    """Seconds until the next attempt after `failures` in a row, doubled each time up to five minutes.

    `chance` in [0, 1) spreads devices over the second half of the delay, so that they do not come back at one moment.
    A server's own wish is never undercut.
    """
    if failures <= 0:
        return 0.0
    longest = REFUSED_DELAY_S if is_refused else min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 1, 16))
    delay = longest * (0.5 + 0.5 * chance)
    if retry_after_s is None:
        return delay
    return max(delay, retry_after_s * (1.0 + 0.1 * chance))


def parse_retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds, from either form of RFC 9110 section 10.2.3; None where there is none or it is nonsense."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)
