"""Japanese era dates as text, in and out: `昭和25年5月1日`, `S25.5.1`, `2024-11-28`. Pure.

The calendar is the card's, so that a birth date means the same on it, in a form and in an answer. japanera 2.1 was
tried instead: it brings a number-kanji library along and reads one way of writing at a time.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from mynacard.era import Era

__all__ = ["EraDateError", "era_text", "parse_date"]

_LETTERS: Final = {"M": Era.MEIJI, "T": Era.TAISHO, "S": Era.SHOWA, "H": Era.HEISEI, "R": Era.REIWA}
_ERAS: Final = {**{era.japanese: era for era in Era}, **_LETTERS}
_LETTER_OF: Final = {era: letter for letter, era in _LETTERS.items()}
_ERA_DATE: Final = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])\s*(?P<year>元|\d{1,2})\s*(?:年|[./-])\s*"
    r"(?P<month>\d{1,2})\s*(?:月|[./-])\s*(?P<day>\d{1,2})\s*日?",
    re.IGNORECASE,
)
_ERA_DIGITS: Final = re.compile(r"(?P<era>[MTSHR])(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})", re.IGNORECASE)
_GREGORIAN: Final = re.compile(
    r"(?P<year>\d{4})\s*(?:年|[./-])\s*(?P<month>\d{1,2})\s*(?:月|[./-])\s*(?P<day>\d{1,2})日?"
)
_DIGITS: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


class EraDateError(ValueError):
    """The text is no date; `why` is `form` (not written like one) or `no_such_day` (its era or month ends before)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parse_date(text: str) -> date:
    """The day that the text names, by era or Gregorian, in either width; raises `EraDateError`.

    A day beyond the end of an era is refused (`昭和64年1月8日`): on a form it is a slip that somebody should see.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for form in (_ERA_DATE, _ERA_DIGITS):
        if match := form.fullmatch(plain):
            era = _ERAS[match["era"].upper()]
            year = 1 if match["year"] == "元" else int(match["year"])
            found = era.day(year, int(match["month"]), int(match["day"]))
            if found is None:
                raise EraDateError("no_such_day")
            return found
    for form in (_GREGORIAN, _DIGITS):
        if match := form.fullmatch(plain):
            try:
                return date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                raise EraDateError("no_such_day") from None
    raise EraDateError("form")


def era_text(day: date, *, short: bool = False) -> str:
    """The day as a form writes it (`令和6年12月2日`, the first year `元年`), or short (`R6.12.2`).

    A day before Meiji is written Gregorian: no living person was born on it.
    """
    era = Era.of(day)
    if era is None:
        return f"{day.year}年{day.month}月{day.day}日"
    year = era.year_of(day)
    if short:
        return f"{_LETTER_OF[era]}{year}.{day.month}.{day.day}"
    return f"{era.japanese}{'元' if year == 1 else year}年{day.month}月{day.day}日"
