"""BER-TLV as the cards write it: one- or two-byte tags, lengths in the short form or 81 / 82. Pure.

Everything else (indefinite and longer lengths, longer tags) is damage here: no file of these cards has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mynacard.errors import DamagedDataError


@dataclass(frozen=True)
class Tlv:
    """One object; `start` and `end` are its place in the data it was read from."""

    tag: int
    value: bytes = field(repr=False)
    start: int
    end: int


def _header(data: bytes, offset: int, what: str) -> tuple[int, int, int] | None:
    """Tag, length, and where the value starts; None if the data ends before that is known."""
    rest = data[offset : offset + 6]
    if not rest:
        return None
    tag, used = rest[0], 1
    if tag & 0x1F == 0x1F:
        if len(rest) < 2:
            return None
        if rest[1] & 0x80:
            raise DamagedDataError(what, "tag")
        tag, used = tag << 8 | rest[1], 2
    if len(rest) <= used:
        return None
    first = rest[used]
    if first < 0x80:
        return tag, first, offset + used + 1
    if first not in (0x81, 0x82):
        raise DamagedDataError(what, "length")
    width = first & 0x7F
    if len(rest) < used + 1 + width:
        return None
    return tag, int.from_bytes(rest[used + 1 : used + 1 + width]), offset + used + 1 + width


def end_of_object(data: bytes, what: str, offset: int = 0, tag: int | None = None) -> int | None:
    """Where the object at `offset` ends, from its first bytes alone; None if more of them are needed.

    Raises DamagedDataError for a header that cannot be, or another tag than the one expected.
    """
    header = _header(data, offset, what)
    if header is None:
        return None
    if tag is not None and header[0] != tag:
        raise DamagedDataError(what, "tag")
    return header[2] + header[1]


def read_object(data: bytes, what: str, offset: int = 0) -> Tlv:
    """The object at `offset`, whole. Raises DamagedDataError if it is not."""
    header = _header(data, offset, what)
    if header is None:
        raise DamagedDataError(what, "truncated")
    tag, length, start = header
    if start + length > len(data):
        raise DamagedDataError(what, "truncated")
    return Tlv(tag, bytes(data[start : start + length]), offset, start + length)


def read_objects(data: bytes, what: str) -> Iterator[Tlv]:
    """The objects that follow one another in `data`, which they must fill exactly."""
    offset = 0
    while offset < len(data):
        found = read_object(data, what, offset)
        yield found
        offset = found.end
