"""Rows out of the octets of a SQLite file that SQLite itself can read no more.

Every page that looks like a leaf of a table is read by itself (https://www.sqlite.org/fileformat2.html), so that a
damaged header, index, schema or inner page costs nothing. What comes out may be old, torn or nonsense: whoever takes
it has to prove it. Knows nothing of entries.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

PAGE: Final = 4096
"""SQLite's page size where nobody chose another; the outbox never does."""

_WAL_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_LONGEST: Final = 256 * 1024
_INTEGER_OCTETS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Value = None | int | bytes | str


class Row(NamedTuple):
    rowid: int
    values: list[Value]


class _NoRowError(Exception):
    """These octets are no row."""


def carved_rows(database: bytes, write_ahead: bytes = b"") -> Iterator[Row]:
    """Every row of every leaf page, of the file and of its write-ahead log; the same row may come more than once."""
    pages = {number: database[start : start + PAGE] for number, start in enumerate(range(0, len(database), PAGE), 1)}
    frames = list(_frames(write_ahead))
    newest = pages | dict(frames)
    for number, page in [*pages.items(), *frames]:
        found = _rows_on(page, newest, 100 if number == 1 else 0)
        yield from found
        if frames:
            yield from (row for row in _rows_on(page, pages, 100 if number == 1 else 0) if row not in found)


def _frames(write_ahead: bytes) -> Iterator[tuple[int, bytes]]:
    for start in range(_WAL_HEADER, len(write_ahead) - _FRAME_HEADER, _FRAME_HEADER + PAGE):
        number = int.from_bytes(write_ahead[start : start + 4], "big")
        yield number, write_ahead[start + _FRAME_HEADER : start + _FRAME_HEADER + PAGE]


def _rows_on(page: bytes, pages: dict[int, bytes], start: int) -> list[Row]:
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    rows = []
    for place in range(start + 8, min(start + 8 + 2 * count, len(page) - 1), 2):
        try:
            rows.append(_row(page, int.from_bytes(page[place : place + 2], "big"), pages))
        except (_NoRowError, UnicodeDecodeError):
            continue
    return rows


def _varint(octets: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        if place + count >= len(octets):
            raise _NoRowError
        octet = octets[place + count]
        if count == 8:
            return value << 8 | octet, place + 9
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            return value, place + count + 1
    raise _NoRowError


def _row(page: bytes, place: int, pages: dict[int, bytes]) -> Row:
    size, place = _varint(page, place)
    rowid, place = _varint(page, place)
    if not 2 <= size <= _LONGEST:
        raise _NoRowError
    return Row(rowid, _values(_payload(page, place, size, pages)))


def _payload(page: bytes, place: int, size: int, pages: dict[int, bytes]) -> bytes:
    longest_local = PAGE - 35
    if size <= longest_local:
        return page[place : place + size]
    least = (PAGE - 12) * 32 // 255 - 23
    local = least + (size - least) % (PAGE - 4)
    local = local if local <= longest_local else least
    payload = page[place : place + local]
    following = int.from_bytes(page[place + local : place + local + 4], "big")
    while len(payload) < size:
        more = pages.get(following)
        if more is None:
            raise _NoRowError
        payload += more[4 : 4 + size - len(payload)]
        following = int.from_bytes(more[:4], "big")
    return payload


def _values(payload: bytes) -> list[Value]:
    header, place = _varint(payload, 0)
    if header > len(payload):
        raise _NoRowError
    values: list[Value] = []
    at = header
    while place < header:
        kind, place = _varint(payload, place)
        if kind >= 12:
            octets = payload[at : at + (kind - 12) // 2]
            at += (kind - 12) // 2
            if at > len(payload):
                raise _NoRowError
            values.append(octets if kind % 2 == 0 else octets.decode())
        elif kind in _INTEGER_OCTETS:
            values.append(int.from_bytes(payload[at : at + _INTEGER_OCTETS[kind]], "big", signed=True))
            at += _INTEGER_OCTETS[kind]
        elif kind in {0, 8, 9}:
            values.append(None if kind == 0 else kind - 8)
        else:
            raise _NoRowError
    return values
