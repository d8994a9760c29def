"""The insured number (insurer number, symbol, number, branch): facts/oqs.md section 5. Pure.

Everything stays text: a leading zero is part of a number.
"""

import unicodedata
from dataclasses import dataclass

__all__ = ["InsuredNumber", "InsuredNumberError", "luhn_check_digit", "proven_insurer_number"]

_LONGEST = 20
"""Symbol and number are 20 characters at most at the national system."""


class InsuredNumberError(ValueError):
    """A part cannot be right: `field` is the part, `why` is `empty`, `not_digits`, `length` or `check_digit`."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(field, why)
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class InsuredNumber:
    """By what an insurer knows a person; `repr` shows none of it."""

    insurer_number: str
    symbol: str
    number: str
    branch: str

    def __repr__(self) -> str:
        return "InsuredNumber(…)"

    @classmethod
    def proven(cls, insurer_number: str, symbol: str, number: str, branch: str = "") -> "InsuredNumber":
        """The number as typed or read, folded to half width and checked; raises `InsuredNumberError`.

        An insurer number of eight places with two leading spaces, as the national system writes six digits, is taken.
        """
        insurer = proven_insurer_number(insurer_number)
        symbol, number, branch = (_folded(part) for part in (symbol, number, branch))
        if not number:
            raise InsuredNumberError("number", "empty")
        for field, value in (("symbol", symbol), ("number", number)):
            if len(value) > _LONGEST:
                raise InsuredNumberError(field, "length")
        if branch and not _is_digits(branch):
            raise InsuredNumberError("branch", "not_digits")
        if len(branch) not in (0, 2):
            raise InsuredNumberError("branch", "length")
        return cls(insurer, symbol, number, branch)

    @property
    def padded_insurer_number(self) -> str:
        """Eight places, short numbers with leading spaces, as the national system and claims write it."""
        return self.insurer_number.rjust(8)

    def comparable(self) -> tuple[str, str, str]:
        """Insurer, symbol and number as they are compared: half width, leading zeros of the last two dropped.

        The branch is left out: an old card without one finds the person all the same, and the answer brings it.
        """
        return self.insurer_number, _folded(self.symbol).lstrip("0"), _folded(self.number).lstrip("0")


def proven_insurer_number(text: str) -> str:
    """The insurer number as 6 or 8 digits with a right check digit; raises `InsuredNumberError`."""
    digits = _folded(text)
    if not digits:
        raise InsuredNumberError("insurer_number", "empty")
    if not _is_digits(digits):
        raise InsuredNumberError("insurer_number", "not_digits")
    if len(digits) not in (6, 8):
        raise InsuredNumberError("insurer_number", "length")
    if luhn_check_digit(digits[:-1]) != digits[-1]:
        raise InsuredNumberError("insurer_number", "check_digit")
    return digits


def luhn_check_digit(digits: str) -> str:
    """The digit that follows these: times 2, 1, 2, … from the right, digits of products added, up to the next ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str(-total % 10)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
