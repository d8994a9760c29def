"""照合番号B, checked before a card sees it: era birth date (6 digits), the card's expiry year (4), security code (4).

Ten wrong entries lock it and only the municipal office unlocks it, so whatever cannot be right is found here. The
expiry is the card's, not the certificate's. Pure; asks no clock: a caller that knows the date may give it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from mynacard.era import Era

LENGTH: Final = 14
SECURITY_CODE_LENGTH: Final = 4
# Cards are issued from January 2016 on; the face shows four digits of a Western year.
FIRST_EXPIRY_YEAR: Final = 2016
LAST_EXPIRY_YEAR: Final = 2099
# A card lasts to the tenth birthday after its issue, which can be ten years and some months away.
LONGEST_LIFE_YEARS: Final = 11


def problem_of(octets: bytes | bytearray, as_of: date | None = None, *, is_western: bool = False) -> str | None:
    """The first thing that is wrong, as a word, or None.

    `is_western`: the face prints the birth date by a Western year, as it does for foreign residents (told by a
    municipality for the card's predecessor; not confirmed for this card), so its last two digits are meant.

    `empty`, `not_digits`, `length`, `western_birth_date` (eight digits instead of six: 16 in all), `western_year` (the
    first two digits fit no era year: most likely the end of a Western year), `birth_date` (no era has that day, or only
    after the card's expiry), `expiry_year`, `birth_in_future`. A security code mistaken for a PIN cannot be seen.
    """
    if len(octets) == 0:
        return "empty"
    if not all(0x30 <= octet <= 0x39 for octet in octets):
        return "not_digits"
    if len(octets) == LENGTH + 2 and octets[:2] in (b"18", b"19", b"20"):
        return "western_birth_date"
    if len(octets) != LENGTH:
        return "length"
    expiry_year = int(octets[6:10])
    if not _is_expiry_year(expiry_year, as_of):
        return "expiry_year"
    year, month, day = int(octets[:2]), int(octets[2:4]), int(octets[4:6])
    found = _western_days(year, month, day) if is_western else _era_days(year, month, day)
    days = [birth for birth in found if birth.year <= expiry_year]
    if not days:
        # Shōwa 64 is the highest era year that anyone born before this century's middle can show.
        is_too_high = not is_western and year > Era.SHOWA.year_of(Era.SHOWA.last_day)
        return "western_year" if is_too_high else "birth_date"
    return None if as_of is None or any(birth <= as_of for birth in days) else "birth_in_future"


def _is_expiry_year(year: int, as_of: date | None) -> bool:
    latest = LAST_EXPIRY_YEAR if as_of is None else as_of.year + LONGEST_LIFE_YEARS
    return FIRST_EXPIRY_YEAR <= year <= latest


def _era_days(year: int, month: int, day: int) -> list[date]:
    return [found for era in Era if (found := era.day(year, month, day)) is not None]


def _western_days(year: int, month: int, day: int) -> list[date]:
    days = []
    for century in (1900, 2000):
        try:
            days.append(date(century + year, month, day))
        except ValueError:
            continue
    return days
