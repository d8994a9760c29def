"""A month's usage rate by what is known of it: told by the payer, or counted here and at the terminal. Pure.

Our own count alone is never taken for a rate: devices away from the desk check by card, so that it would come to
nearly 100 % wherever the clinic also has a terminal. It counts once the terminal's checks of the month were entered,
be it that there were none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kazasu.reports.figures.kind import Figure, FigureKind, Month
from kazasu.rules.usage_level import RateKind

__all__ = ["MonthFigures", "MonthRate", "RateSource"]


class RateSource(StrEnum):
    """Where a month's rate comes from."""

    TOLD = "told"
    COUNTED = "counted"


@dataclass(frozen=True)
class MonthRate:
    """A rate with its counts, where it has counts."""

    rate: Fraction
    source: RateSource
    card_checks: int | None
    all_checks: int | None


@dataclass(frozen=True)
class MonthFigures:
    """What was entered, and what was counted here (checks by card, all online checks) by month."""

    entered: Mapping[tuple[Month, FigureKind], Figure]
    counted: Mapping[Month, tuple[int, int]]

    def rate(self, kind: RateKind, month: Month) -> MonthRate | None:
        """The month's rate, None where it is not known."""
        told = self.entered.get((month, FigureKind(kind.value)))
        if told is not None and told.rate is not None:
            counts = (None, None) if told.is_rate else (told.part, told.whole)
            return MonthRate(told.rate, RateSource.TOLD, *counts)
        return self._counted(month) if kind is RateKind.CHECK_COUNT else None

    def check_counts(self, month: Month) -> tuple[int, int] | None:
        """The month's checks by card and all checks, where both are known as counts."""
        found = self.rate(RateKind.CHECK_COUNT, month)
        if found is None or found.card_checks is None or found.all_checks is None:
            found = self._counted(month)
        if found is None or found.card_checks is None or found.all_checks is None:
            return None
        return found.card_checks, found.all_checks

    def _counted(self, month: Month) -> MonthRate | None:
        elsewhere = self.entered.get((month, FigureKind.ELSEWHERE))
        if elsewhere is None:
            return None
        card, every = self.counted.get(month, (0, 0))
        card, every = card + elsewhere.part, every + elsewhere.whole
        return MonthRate(Fraction(card, every), RateSource.COUNTED, card, every) if every else None
