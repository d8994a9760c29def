"""What a figure is, and months as the reports write them. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

__all__ = ["Figure", "FigureKind", "Month", "month_of", "month_text", "months_between"]

Month = tuple[int, int]


class FigureKind(StrEnum):
    """Which figure of a month."""

    CLAIM_COUNT = "claim_count"
    """レセプト件数ベース利用率, as the payers tell it."""
    CHECK_COUNT = "check_count"
    """オンライン資格確認件数ベース利用率, as the payers tell it."""
    ELSEWHERE = "elsewhere"
    """Online checks that this server does not see: by card, and all, as the clinic's terminal counts them."""


@dataclass(frozen=True)
class Figure:
    """One figure; `part` of `whole`. `is_rate`: told as a rate alone, so that neither is a count."""

    month: Month
    kind: FigureKind
    part: int
    whole: int
    is_rate: bool
    source: str

    @property
    def rate(self) -> Fraction | None:
        """The rate, exact; None where nothing was checked."""
        return Fraction(self.part, self.whole) if self.whole else None


def month_of(text: str) -> Month:
    """`2024-10` as year and month."""
    year, _, month = text.partition("-")
    return int(year), int(month)


def month_text(month: Month) -> str:
    """Year and month as `2024-10`."""
    return f"{month[0]}-{month[1]:02d}"


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from the first to the last, both included."""
    counts = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return tuple((count // 12, count % 12 + 1) for count in counts)
