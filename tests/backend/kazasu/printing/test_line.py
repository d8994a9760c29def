"""Where Japanese text may break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.printing.line import lines_of

LETTERS = st.text(alphabet="あ漢、。「」ab1 （）", max_size=60)


def width(text: str) -> float:
    return sum(1 if character.isascii() else 2 for character in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("あいう\n\nえ", ["あいう", "", "え"]),
        ("あいうえおか", ["あいうえお", "か"]),
        ("あいうえお。か", ["あいうえ", "お。か"]),
        ("あいうえ「お", ["あいうえ", "「お"]),
        ("あいうword", ["あいうword"]),
        ("あいうえword", ["あいうえ", "word"]),
        ("one two three", ["one two", "three"]),
        ("0123456789abc", ["0123456789", "abc"]),
    ],
)
def test_lines(text: str, expected: list[str]) -> None:
    assert lines_of(text, 10, width) == expected


@given(LETTERS)
def test_nothing_is_lost_but_spaces_at_the_ends_and_nothing_is_wider(text: str) -> None:
    lines = lines_of(text, 10, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= 10 for line in lines)
