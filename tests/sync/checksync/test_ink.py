"""Signatures as text: strokes, pictures, and what is none."""

import base64
import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checksync.ink import InkError, OnPaper, Picture, Strokes, parse_ink


def png(width: int = 300, height: int = 100) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 0, 0, 0, 0, 0)


def test_strokes_are_lines_of_points() -> None:
    ink = parse_ink("strokes:300x100:10,50 60,20;120,40 150,60 150,61")
    assert ink == Strokes(300, 100, (((10, 50), (60, 20)), ((120, 40), (150, 60), (150, 61))))
    assert "60" not in repr(ink)


def test_a_picture_is_a_png_and_paper_is_paper() -> None:
    ink = parse_ink(f"png:{base64.b64encode(png()).decode()}")
    assert isinstance(ink, Picture)
    assert (ink.width, ink.height, ink.octets) == (300, 100, png())
    assert parse_ink("on_paper") == OnPaper()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "form"),
        ("signed", "form"),
        ("strokes:", "form"),
        ("strokes:300x100:", "empty"),
        ("strokes:300x100:10,50", "empty"),
        ("strokes:300x100:10,50 301,1", "outside"),
        ("strokes:0x100:1,1 2,2", "too_large"),
        ("strokes:9999x100:1,1 2,2", "too_large"),
        ("strokes:300x100:1,1 2", "form"),
        ("strokes:300x100:" + ";".join(["1,1 2,2"] * 4001), "too_large"),
        ("png:!", "form"),
        ("png:" + base64.b64encode(b"GIF89a" * 20).decode(), "form"),
        ("png:" + base64.b64encode(png(width=100_000)).decode(), "too_large"),
        ("png:" + base64.b64encode(png(4000, 4000)).decode(), "too_large"),
    ],
)
def test_what_is_no_signature(text: str, why: str) -> None:
    with pytest.raises(InkError) as raised:
        parse_ink(text)
    assert raised.value.why == why


@given(st.text(max_size=80) | st.text(alphabet="strokespng:0123456789x, ;", max_size=60))
def test_whatever_comes_is_a_signature_or_is_not(text: str) -> None:
    with contextlib.suppress(InkError):
        assert isinstance(parse_ink(text), Strokes | Picture | OnPaper)
