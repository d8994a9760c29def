"""What a person types for the card: three secrets that cannot be taken for one another.

Each type knows the one reference it may be presented to. The digits stand in memory that can be overwritten, show
themselves in no repr, and can be neither copied nor pickled. Sends nothing; must never log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import ClassVar, Final, NoReturn, Self

from mynacard.application import Application, JpkiFile, TextFile
from mynacard.era import EraDate
from mynacard.errors import SecretFormatError
from mynacard.number_b import LENGTH, SECURITY_CODE_LENGTH, problem_of


@dataclass(frozen=True)
class SecretReference:
    """Where in the card a secret is compared."""

    name: str
    application: Application
    file: int
    initial_tries: int | None
    """What the counter stands at after a right entry, where that is known from more than one source."""


class Secret:
    """The digits of one secret. Use it as a context manager, or call `wipe`, to overwrite them."""

    __slots__ = ("_digits",)

    reference: ClassVar[SecretReference]
    length: ClassVar[int]

    def __init__(self, digits: str | bytes | bytearray) -> None:
        """Raises SecretFormatError, without the digits, if they cannot be this secret."""
        self._digits = bytearray()
        problem = self._take(digits)
        # Gone from this frame before anything is raised: a traceback may print local variables.
        del digits
        if problem is not None:
            self.wipe()
            raise SecretFormatError(self.reference.name, problem)

    def _take(self, digits: str | bytes | bytearray) -> str | None:
        octets = digits.encode("utf-8", "replace") if isinstance(digits, str) else digits
        problem = self._problem_of(octets)
        if problem is None:
            self._digits += octets
        return problem

    def _problem_of(self, octets: bytes | bytearray) -> str | None:
        if len(octets) == 0:
            return "empty"
        if not all(0x30 <= octet <= 0x39 for octet in octets):
            return "not_digits"
        return None if len(octets) == self.length else "length"

    @property
    def is_wiped(self) -> bool:
        return not any(self._digits)

    def octets(self) -> bytes:
        """A copy for the wire; only `mynacard.guard` has a use for it."""
        if self.is_wiped:
            raise SecretFormatError(self.reference.name, "wiped")
        return bytes(self._digits)

    def wipe(self) -> None:
        """Overwrites the digits; the secret is of no use afterwards."""
        for index in range(len(self._digits)):
            self._digits[index] = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(****)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is neither copied nor pickled")


class JpkiPin(Secret):
    """The 4 digits of the user-authentication certificate (利用者証明用電子証明書の暗証番号)."""

    __slots__ = ()
    reference = SecretReference("jpki_pin", Application.JPKI, JpkiFile.PIN, 3)
    length = 4


class TextPin(Secret):
    """The 4 digits of card-face input support (券面事項入力補助用の暗証番号)."""

    __slots__ = ()
    reference = SecretReference("text_pin", Application.TEXT, TextFile.PIN, 3)
    length = 4


class NumberB(Secret):
    """照合番号B: 14 digits made of what is printed on the card's face. Text, because zeros in front count."""

    __slots__ = ("_as_of", "_is_western")
    # Ten tries according to second-hand texts only: the card is asked, nothing here relies on it.
    reference = SecretReference("number_b", Application.TEXT, TextFile.NUMBER_B, None)
    length = LENGTH

    def __init__(self, digits: str | bytes | bytearray, as_of: date | None = None, *, is_western: bool = False) -> None:
        """`as_of` refuses days and years that cannot be by then; `is_western` as in `mynacard.number_b`."""
        self._as_of, self._is_western = as_of, is_western
        try:
            super().__init__(digits)
        finally:
            # As in the frames above: a traceback may print local variables.
            del digits

    def _problem_of(self, octets: bytes | bytearray) -> str | None:
        return problem_of(octets, self._as_of, is_western=self._is_western)

    @classmethod
    def parse(cls, digits: str | bytes | bytearray, as_of: date | None = None, *, is_western: bool = False) -> NumberB:
        """From the 14 digits. Raises SecretFormatError whose `problem` names the confusion."""
        try:
            return cls(digits, as_of, is_western=is_western)
        finally:
            del digits

    @classmethod
    def compose(
        cls,
        birth_date: date | EraDate,
        expiry_year: int,
        security_code: str,
        as_of: date | None = None,
        *,
        is_western: bool = False,
    ) -> NumberB:
        """From the face: the birth date, the year the card expires (Western, four digits) and the security code."""
        digits, problem = _compose(birth_date, expiry_year, security_code, is_western=is_western)
        del birth_date, expiry_year, security_code
        try:
            if problem is not None:
                raise SecretFormatError(cls.reference.name, problem)
            return cls(digits, as_of, is_western=is_western)
        finally:
            del digits


def _compose(
    birth_date: date | EraDate, expiry_year: int, security_code: str, *, is_western: bool
) -> tuple[str, str | None]:
    """The digits, or what is wrong with the parts."""
    day = birth_date.gregorian if isinstance(birth_date, EraDate) else birth_date
    era_date = birth_date if isinstance(birth_date, EraDate) else EraDate.of(birth_date)
    if day is None or era_date is None:
        return "", "birth_date"
    if not 1000 <= expiry_year <= 9999:
        return "", "expiry_year"
    if len(security_code) != SECURITY_CODE_LENGTH:
        return "", "security_code"
    if day.year > expiry_year:
        return "", "birth_after_expiry"
    year = day.year % 100 if is_western else era_date.year
    return f"{year:02d}{day.month:02d}{day.day:02d}{expiry_year:04d}{security_code}", None


_REFERENCES: Final = MappingProxyType(
    {JpkiPin: JpkiPin.reference, TextPin: TextPin.reference, NumberB: NumberB.reference}
)


def reference_of(secret: type[Secret]) -> SecretReference:
    """The one reference of a secret type; a type of somebody else's making has none (TypeError)."""
    found = _REFERENCES.get(secret)
    if found is None:
        raise TypeError("not one of the three secrets")
    return found
