"""The periods that a report may have. Pure."""

from datetime import date
from typing import Final

from kazasu.problems import ProblemError

__all__ = ["MONTH_PATTERN", "prove_period"]

MONTH_PATTERN: Final = "^20[0-9]{2}-(0[1-9]|1[0-2])$"
_LONGEST_DAYS: Final = 366


def prove_period(since: date, until: date) -> None:
    """Raises `request-not-valid` unless these days are a period that a report may have."""
    if not 0 <= (until - since).days < _LONGEST_DAYS or since.year < 2000:
        wrong = {"field": "until", "message": f"on or after since, at most {_LONGEST_DAYS} days"}
        raise ProblemError("request-not-valid", errors=[wrong])
