"""A signature made on glass, as text within an entry's fields: strokes, or a small picture. Pure.

`strokes:<width>x<height>:<x>,<y> <x>,<y>;<x>,<y> …` (whole numbers, a stroke after each `;`), `png:<base64>`, or
`on_paper` where the paper that was signed is kept instead (docs/protocol/sync-v1.md section 3). It is as much of a
patient as the rest of the entry: no error and no repr holds any of it.
"""

import base64
import binascii
import re
import struct
from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = ["ON_PAPER", "Ink", "InkError", "OnPaper", "Picture", "Strokes", "parse_ink"]

ON_PAPER: Final = "on_paper"
LARGEST_SIDE: Final = 4000
MOST_POINTS: Final = 8000
_SIZE: Final = re.compile(r"(\d{1,4})x(\d{1,4})")
_STROKE: Final = re.compile(r"\d{1,4},\d{1,4}(?: \d{1,4},\d{1,4})*")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class InkError(ValueError):
    """It is no signature; `why` is `form`, `empty`, `too_large` or `outside`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Strokes:
    """Lines on a field of `width` by `height`, from the top left."""

    width: int
    height: int
    lines: tuple[tuple[tuple[int, int], ...], ...] = field(repr=False)


@dataclass(frozen=True)
class Picture:
    """A PNG."""

    width: int
    height: int
    octets: bytes = field(repr=False)


@dataclass(frozen=True)
class OnPaper:
    """The form was signed on paper, which the facility keeps; what is recorded was typed from it."""


Ink: TypeAlias = Strokes | Picture | OnPaper


def parse_ink(text: str) -> Ink:
    """The signature that the text is; `InkError`."""
    if text == ON_PAPER:
        return OnPaper()
    form, _, rest = text.partition(":")
    if form == "strokes":
        return _strokes(rest)
    if form == "png":
        return _picture(rest)
    raise InkError("form")


def _strokes(text: str) -> Strokes:
    size, _, rest = text.partition(":")
    match = _SIZE.fullmatch(size)
    if match is None:
        raise InkError("form")
    width, height = int(match[1]), int(match[2])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise InkError("too_large")
    lines = []
    for stroke in rest.split(";") if rest else []:
        if not _STROKE.fullmatch(stroke):
            raise InkError("form")
        lines.append(tuple((int(x), int(y)) for x, y in (point.split(",") for point in stroke.split(" "))))
    points = [point for line in lines for point in line]
    # A tap by accident is no signature.
    if len(points) < 2:
        raise InkError("empty")
    if len(points) > MOST_POINTS:
        raise InkError("too_large")
    if any(x > width or y > height for x, y in points):
        raise InkError("outside")
    return Strokes(width, height, tuple(lines))


def _picture(text: str) -> Picture:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InkError("form") from None
    if not octets.startswith(_PNG) or octets[12:16] != b"IHDR" or len(octets) < 33:
        raise InkError("form")
    width, height = struct.unpack(">II", octets[16:24])
    # Before anybody unpacks it: a few octets can claim to be a picture as large as a wall.
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or width * height > 4_000_000:
        raise InkError("too_large")
    return Picture(width, height, octets)
