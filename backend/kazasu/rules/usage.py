"""The usage rate and a month's counts: facts/rules.md sections 8 and 9. Exact arithmetic, nothing rounded inside.

usage rate = checks by My Number card ÷ all online checks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

import msgspec

__all__ = [
    "CheckCounted",
    "MonthlyUsage",
    "distribution",
    "month_before",
    "monthly_usage",
    "percent_text",
    "usage_rate",
]

LEAST_CHECKS: Final = 50
"""Facilities with fewer online checks are left out of the distribution of rates (rules.md 12 [002])."""


def usage_rate(card_checks: int, all_checks: int) -> Fraction | None:
    """The rate as an exact fraction, None where nothing was checked."""
    if not 0 <= card_checks <= all_checks:
        raise ValueError("card_checks")
    return Fraction(card_checks, all_checks) if all_checks else None


def percent_text(rate: Fraction, places: int = 2) -> str:
    """The rate in percent as the sources print it, halves rounded up: `13.87`."""
    hundredfold = rate * 100
    exact = Decimal(hundredfold.numerator) / Decimal(hundredfold.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def month_before(month: tuple[int, int], months: int) -> tuple[int, int]:
    """The year and month that many months earlier."""
    count = month[0] * 12 + month[1] - 1 - months
    return count // 12, count % 12 + 1


class CheckCounted(msgspec.Struct, frozen=True, kw_only=True):
    """One check as it counts; words as the check itself carries them, no person."""

    by_card: bool
    """By My Number card; else by an insurance card's or certificate's number, or by a document alone."""
    is_online: bool = True
    """Whether it is an online check: a document that was looked at, and nothing asked, is none."""
    method: str
    identity: str
    assurance: str
    check_type: str
    device: str
    staff: str
    setting: str


class MonthlyUsage(msgspec.Struct, frozen=True, kw_only=True):
    """A month's counts by everything that they are asked by."""

    card_checks: int
    online_checks: int
    all_checks: int
    by: Mapping[str, Mapping[str, int]]

    @property
    def rate(self) -> Fraction | None:
        """The usage rate, None in a month without checks."""
        return usage_rate(self.card_checks, self.online_checks)


COUNTED_BY: Final = ("method", "identity", "assurance", "check_type", "device", "staff", "setting")


def monthly_usage(checks: Iterable[CheckCounted]) -> MonthlyUsage:
    """The counts over these checks; each check counts once in each of `COUNTED_BY`."""
    counters: dict[str, Counter[str]] = {name: Counter() for name in COUNTED_BY}
    card_checks = online_checks = all_checks = 0
    for check in checks:
        all_checks += 1
        card_checks += check.by_card
        online_checks += check.is_online
        for name, counter in counters.items():
            counter[str(getattr(check, name))] += 1
    by = {name: dict(sorted(counter.items())) for name, counter in counters.items()}
    return MonthlyUsage(card_checks=card_checks, online_checks=online_checks, all_checks=all_checks, by=by)


def distribution(counts: Iterable[tuple[int, int]], edges: tuple[Fraction, ...]) -> tuple[int, ...]:
    """How many facilities lie below each edge, from edge to edge, and at or above the last.

    Each count is (card checks, all checks); facilities under `LEAST_CHECKS` are left out.
    """
    bins = [0] * (len(edges) + 1)
    for card_checks, all_checks in counts:
        if all_checks < LEAST_CHECKS:
            continue
        rate = Fraction(card_checks, all_checks)
        bins[sum(rate >= edge for edge in edges)] += 1
    return tuple(bins)
