"""Japanese eras, as far as birth dates on cards go. Pure; asks no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Era(Enum):
    """The five eras a living person can have been born in, with first and last day.

    A day on which one era ended and the next began belongs to both.
    """

    MEIJI = ("明治", date(1868, 1, 25), date(1912, 7, 30))
    TAISHO = ("大正", date(1912, 7, 30), date(1926, 12, 25))
    SHOWA = ("昭和", date(1926, 12, 25), date(1989, 1, 7))
    HEISEI = ("平成", date(1989, 1, 8), date(2019, 4, 30))
    REIWA = ("令和", date(2019, 5, 1), date.max)

    def __init__(self, japanese: str, first_day: date, last_day: date) -> None:
        self.japanese = japanese
        self.first_day = first_day
        self.last_day = last_day

    @classmethod
    def of(cls, day: date) -> Era | None:
        """The era a day is written in (the newer one where two share it); None before Meiji."""
        return next((era for era in reversed(cls) if era.first_day <= day <= era.last_day), None)

    def year_of(self, day: date) -> int:
        return day.year - self.first_day.year + 1

    def day(self, year: int, month: int, day: int) -> date | None:
        """The day in the Gregorian calendar, None if this era has no such day."""
        if year < 1:
            return None
        try:
            found = date(self.first_day.year + year - 1, month, day)
        except ValueError:
            return None
        return found if self.first_day <= found <= self.last_day else None


@dataclass(frozen=True, repr=False)
class EraDate:
    """A birth date as printed on the card's face. Its repr hides it."""

    era: Era
    year: int
    month: int
    day: int

    def __repr__(self) -> str:
        return "EraDate(****)"

    @classmethod
    def of(cls, day: date) -> EraDate | None:
        era = Era.of(day)
        return None if era is None else cls(era, era.year_of(day), day.month, day.day)

    @property
    def gregorian(self) -> date | None:
        return self.era.day(self.year, self.month, self.day)
