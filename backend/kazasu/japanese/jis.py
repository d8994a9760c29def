"""JIS X 0208 in Shift_JIS, the character set of claim records: facts/oqs.md section 4. Pure.

Not Windows' own code page: its additions (髙, 﨑, ①) are exactly what claim records refuse.
"""

from typing import Final

__all__ = [
    "NotInCharacterSetError",
    "is_full_width",
    "is_half_width",
    "octets",
    "outside_jis_x_0208",
]

# The same signs under other code points, as Windows and the web write them; the octets are those that both read.
_SAME_SIGN: Final = str.maketrans({"～": "〜", "－": "−", "∥": "‖", "￠": "¢", "￡": "£", "￢": "¬"})


class NotInCharacterSetError(ValueError):
    """The text has characters that no claim record can carry; `places` are their positions, never the characters."""

    def __init__(self, places: tuple[int, ...]) -> None:
        super().__init__(places)
        self.places = places


def outside_jis_x_0208(text: str) -> tuple[int, ...]:
    """The places of the characters that are neither JIS X 0208 nor half-width letters, digits and signs."""
    return tuple(place for place, character in enumerate(text) if _octets_of(character) is None)


def is_full_width(text: str) -> bool:
    """Whether every character is a two-octet one of JIS X 0208."""
    return all(len(_octets_of(character) or b"") == 2 for character in text)


def is_half_width(text: str) -> bool:
    """Whether every character is a printable one-octet letter, digit or sign; half-width kana is not."""
    return text.isascii() and text.isprintable()


def octets(text: str) -> bytes:
    """The text in Shift_JIS; raises `NotInCharacterSetError`."""
    outside = outside_jis_x_0208(text)
    if outside:
        raise NotInCharacterSetError(outside)
    return b"".join(_octets_of(character) or b"" for character in text)


def _octets_of(character: str) -> bytes | None:
    try:
        encoded = character.translate(_SAME_SIGN).encode("shift_jis")
    except UnicodeEncodeError:
        return None
    if len(encoded) == 2 or is_half_width(character):
        return encoded
    return None  # Half-width kana and control characters.
