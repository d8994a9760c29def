"""The support money (支援金) of 2024 per check by card, as planned in 2024-01: facts/rules.md section 9 [000]. Pure.

What is compared is the rise of the half's average rate over the facility's rate of October 2023, in percentage points.
Whether "average" means the months' mean or all checks of the half together is not said; where the two readings come to
different bands both are given and neither is chosen.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from kazasu.rules.period import Nature, Row
from kazasu.rules.say import Say

__all__ = ["BASE_MONTH", "SUPPORT_ROWS", "Estimate", "Half", "MonthCount", "SupportRow", "estimate"]

BASE_MONTH: Final = (2023, 10)


class Half(StrEnum):
    """The halves of the measure."""

    FIRST = "first"
    SECOND = "second"


class SupportRow(Row, frozen=True, kw_only=True):
    """So many yen per check by card where the rate rose by at least so many points."""

    nature: ClassVar[Nature] = Nature.MONEY

    half: Half
    least_rise: int
    yen: int
    is_plan: bool = True


_PERIODS: Final = {
    Half.FIRST: (date(2024, 1, 1), date(2024, 5, 31)),
    Half.SECOND: (date(2024, 6, 1), date(2024, 11, 30)),
}
_BANDS: Final = ((5, 20), (10, 40), (20, 60), (30, 80), (40, 100), (50, 120))

SUPPORT_ROWS: Final[tuple[SupportRow, ...]] = tuple(
    SupportRow(
        key=f"{half}_{least_rise}",
        half=half,
        least_rise=least_rise,
        yen=yen,
        since=_PERIODS[half][0],
        until=_PERIODS[half][1],
        cites="rules.md 9 [000]",
        # The second half ends two days after the sources do: its rows were announced whole, and are asked by the half.
    )
    for half in Half
    for least_rise, yen in _BANDS
    if not (half is Half.SECOND and least_rise == 5)
)


@dataclass(frozen=True)
class MonthCount:
    """A month's checks by card and all checks."""

    month: tuple[int, int]
    card_checks: int
    all_checks: int


@dataclass(frozen=True)
class Estimate:
    """What the half comes to; `yen_pooled` and `yen_by_month` are the two readings of "average"."""

    half: Half
    card_checks: int
    missing_months: tuple[tuple[int, int], ...]
    yen_pooled: int
    yen_by_month: int
    say: Say
    cites: str

    @property
    def yen(self) -> int | None:
        """The amount, None where the readings differ or months are missing."""
        is_certain = self.yen_pooled == self.yen_by_month and not self.missing_months
        return self.yen_pooled if is_certain else None


def months_of(half: Half) -> tuple[tuple[int, int], ...]:
    """The months of a half."""
    since, until = _PERIODS[half]
    return tuple((2024, month) for month in range(since.month, until.month + 1))


def estimate(
    half: Half, base: MonthCount, months: tuple[MonthCount, ...], rows: tuple[SupportRow, ...] = SUPPORT_ROWS
) -> Estimate | None:
    """The estimate for a half from its months' counts; None where the base month or the half has no checks."""
    wanted = months_of(half)
    counted = [one for one in months if one.month in wanted and one.all_checks]
    if base.month != BASE_MONTH or not base.all_checks or not counted:
        return None
    card_checks = sum(one.card_checks for one in counted)
    base_rate = Fraction(base.card_checks, base.all_checks)
    pooled = Fraction(card_checks, sum(one.all_checks for one in counted)) - base_rate
    mean = sum((Fraction(one.card_checks, one.all_checks) for one in counted), Fraction(0)) / len(counted) - base_rate
    missing = tuple(month for month in wanted if month not in {one.month for one in counted})
    return Estimate(
        half,
        card_checks,
        missing,
        _yen(half, pooled, rows) * card_checks,
        _yen(half, mean, rows) * card_checks,
        Say(
            ja="2024年1月時点の計画による見込み額です。支払われた額とは異なることがあります。",
            en="An estimate by the plan of 2024-01; what was paid may differ.",
        ),
        "rules.md 9 [000]",
    )


def _yen(half: Half, rise: Fraction, rows: tuple[SupportRow, ...]) -> int:
    return max((row.yen for row in rows if row.half is half and rise * 100 >= row.least_rise), default=0)
