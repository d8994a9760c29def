"""The support money's halves with what is known of their months. Pure."""

from dataclasses import dataclass

from kazasu.reports.figures.kind import Month
from kazasu.reports.history.month_rate import MonthFigures
from kazasu.rules.rulebook import Rulebook
from kazasu.rules.support_money import BASE_MONTH, Estimate, Half, MonthCount, SupportRow, estimate, months_of

__all__ = ["HalfMonth", "HalfStanding", "half_of", "months_of_support"]


@dataclass(frozen=True)
class HalfMonth:
    """A month's checks by card and all checks, None where they are not known."""

    month: Month
    counts: tuple[int, int] | None


@dataclass(frozen=True)
class HalfStanding:
    """One half; without the base month, or with none of its own, there is no estimate."""

    half: Half
    base: HalfMonth
    months: tuple[HalfMonth, ...]
    estimate: Estimate | None


def months_of_support() -> tuple[Month, ...]:
    """Every month that the estimate goes by."""
    return (BASE_MONTH, *(month for half in Half for month in months_of(half)))


def half_of(half: Half, figures: MonthFigures, book: Rulebook) -> HalfStanding:
    """The half as the figures have it."""
    base = HalfMonth(BASE_MONTH, figures.check_counts(BASE_MONTH))
    months = tuple(HalfMonth(month, figures.check_counts(month)) for month in months_of(half))
    found = None
    if base.counts is not None:
        counted = tuple(MonthCount(one.month, *one.counts) for one in months if one.counts is not None)
        rows = book.rows("support_money", SupportRow)
        found = estimate(half, MonthCount(BASE_MONTH, *base.counts), counted, rows)
    return HalfStanding(half, base, months, found)
