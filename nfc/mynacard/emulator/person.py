"""A synthetic person as their card knows them. Must never import a transport, and must never hold anyone real."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

CertificateUse = Literal["authentication", "signature"]
KeyType = Literal["rsa-2048", "p-384"]
Sex = Literal["1", "2", "9", "0"]

# First day of each era; a year of an era is counted from 1 in the calendar year of its first day.
ERAS: Final = (
    ("R", date(2019, 5, 1)),
    ("H", date(1989, 1, 8)),
    ("S", date(1926, 12, 25)),
    ("T", date(1912, 7, 30)),
    ("M", date(1868, 1, 25)),
)


def era_year(day: date) -> tuple[str, int]:
    """Era letter and year of the era, as a card's face prints it."""
    for letter, first in ERAS:
        if day >= first:
            return letter, day.year - first.year + 1
    raise ValueError(day)


def with_check_digit(first_eleven: str) -> str:
    """Eleven digits made a well-formed Individual Number (check digit by the ordinance's formula)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(first_eleven, weights, strict=True)) % 11
    return first_eleven + str(0 if remainder <= 1 else 11 - remainder)


@dataclass(frozen=True)
class Person:
    """Everything that is printed on, stored in or typed for one exercise card. No part of it belongs to anyone."""

    short_name: str
    note: str
    name: str
    address: str
    birth_date: date
    sex: Sex
    certificate_from: date
    certificate_until: date
    card_expires_on: date
    generation: int
    jpki_pin: str
    text_pin: str
    security_code: str
    individual_number: str = field(repr=False)
    municipality_code: str = "13101"
    # None where no signature certificate was issued (under 15, or a card without PIN).
    signature_password: str | None = "EXERCISE1"  # noqa: S105 - an exercise card's
    key_type: KeyType = "rsa-2048"
    # The birth date is printed by era for Japanese citizens and by the western year for others; 照合番号B follows the
    # face. Told by a municipality for the card's predecessor; not confirmed for this card.
    is_birth_date_printed_western: bool = False
    has_face_photo: bool = True
    # Exact length of the authentication certificate's DER where the person is there for that.
    certificate_length: int | None = None

    @property
    def birth_date_on_face(self) -> str:
        """Six digits YYMMDD as printed: the first part of 照合番号B, and the Visual AP's birth-date key."""
        year = self.birth_date.year % 100 if self.is_birth_date_printed_western else era_year(self.birth_date)[1]
        return f"{year:02d}{self.birth_date:%m%d}"

    @property
    def number_b(self) -> str:
        """照合番号B: birth date as printed, the card's expiry year, the security code; 14 digits."""
        return f"{self.birth_date_on_face}{self.card_expires_on:%Y}{self.security_code}"
