"""Which characters can be printed: those that the font has. A name's rare character must not vanish from a form.

The font is Noto Sans JP (SIL Open Font License), which comes as a package and is read from there.
"""

from functools import cache
from pathlib import Path
from typing import Final

import pylopdf_fonts_jp
from fontTools.ttLib import TTFont

__all__ = ["GETA", "font_file", "printable", "unprintable"]

GETA: Final = "〓"
"""What a printer sets where the type is missing (下駄)."""

_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def font_file() -> Path:
    """The font that everything is printed in."""
    return Path(pylopdf_fonts_jp.sans_path())


def printable(text: str) -> str:
    """The text with `GETA` for every character that the font has not; variation selectors and controls left out.

    A library that met such a character would leave a blank and write the character, which may be of a patient's name,
    to the log.
    """
    known = _known()
    return "".join(
        character if character == "\n" or ord(character) in known else GETA
        for character in text
        if character == "\n" or not _is_invisible(character)
    )


def unprintable(text: str) -> tuple[str, ...]:
    """The characters that `printable` replaces, as code points (`U+32000`), each once, in their order."""
    known = _known()
    missing = [one for one in text if one != "\n" and not _is_invisible(one) and ord(one) not in known]
    return tuple(dict.fromkeys(f"U+{ord(character):04X}" for character in missing))


def _is_invisible(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or code == 0x7F or any(code in selectors for selectors in _SELECTORS)


@cache
def _known() -> frozenset[int]:
    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())
