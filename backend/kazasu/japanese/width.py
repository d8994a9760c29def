"""Full and half width, hiragana and katakana, small and large kana. Pure.

Unicode's own compatibility folding (NFKC) joins half-width kana with its voice marks; what it lacks is two ranges moved
by a constant. A library for that alone (jaconv was tried and gives the same) would be one more dependency to trust.
"""

import unicodedata
from typing import Final

__all__ = ["full_width", "half_width", "hiragana_to_katakana", "large_kana", "without_spaces"]

_TO_FULL: Final = {**{code: code + 0xFEE0 for code in range(0x21, 0x7F)}, 0x20: 0x3000}
_TO_HALF: Final = {**{code + 0xFEE0: code for code in range(0x21, 0x7F)}, 0x3000: 0x20}
_TO_KATAKANA: Final = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_HALF_KANA: Final = frozenset(range(0xFF61, 0xFFA0))
_TO_LARGE: Final = str.maketrans(
    "ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ", "アイウエオツヤユヨワカケあいうえおつやゆよわ"
)


def full_width(text: str) -> str:
    """Letters, digits, signs, spaces and half-width kana in full width; nothing else is touched.

    Only half-width kana is normalised: NFKC over a whole name would turn `㈱` into three characters and one form of a
    kanji into another, which is a change of the name.
    """
    return _joined_kana(text).translate(_TO_FULL)


def half_width(text: str) -> str:
    """Letters, digits, signs and spaces in half width; kana and kanji stay."""
    return _joined_kana(text).translate(_TO_HALF)


def hiragana_to_katakana(text: str) -> str:
    """The same reading in katakana."""
    return text.translate(_TO_KATAKANA)


def large_kana(text: str) -> str:
    """Small kana as their large forms: older systems knew no small ones (`シヨウ` for `ショウ`)."""
    return text.translate(_TO_LARGE)


def without_spaces(text: str) -> str:
    """The text without spaces of either width."""
    return "".join(text.split())


def _joined_kana(text: str) -> str:
    parts: list[str] = []
    run = ""
    for character in text:
        if ord(character) in _HALF_KANA:
            run += character
            continue
        if run:
            parts.append(unicodedata.normalize("NFKC", run))
            run = ""
        parts.append(character)
    parts.append(unicodedata.normalize("NFKC", run))
    return "".join(parts)
