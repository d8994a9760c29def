"""Breaking Japanese text into lines (禁則処理). Pure.

Japanese breaks between any two characters, except before closing marks and after opening ones; letters and digits
stay together.
"""

from collections.abc import Callable
from typing import Final

__all__ = ["lines_of"]

_NEVER_FIRST: Final = frozenset(
    "、。，．・：；？！）］｝〕〉》」』】ゝゞ々ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ)]}%,.:;!?％"
)
_NEVER_LAST: Final = frozenset("（［｛〔〈《「『【([{")


def lines_of(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines that fit into `width`, in the unit of `measure`; a word longer than a line is broken where it ends.

    An empty paragraph is an empty line.
    """
    return [line for paragraph in text.split("\n") for line in _paragraph(paragraph, width, measure)]


def _paragraph(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width, measure):
        if line and measure(line + piece) > width:
            lines.append(line.rstrip(" "))
            line = piece.lstrip(" ")
        else:
            line += piece
    return [*lines, line]


def _pieces(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """What is never broken apart."""
    pieces: list[str] = []
    for character in text:
        last = pieces[-1][-1] if pieces else ""
        is_one_word = character.isascii() and character != " " and last.isascii() and last not in ("", " ")
        is_joined = bool(last) and (character in _NEVER_FIRST or last in _NEVER_LAST or is_one_word)
        if is_joined and measure(pieces[-1] + character) <= width:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
