"""A table out of another program's export: octets in, headings and lines out. Pure.

CSV or tab-separated, UTF-8 or Windows' Shift_JIS, found out from the octets.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kazasu.japanese import half_width

__all__ = ["Table", "places_of", "read_table"]


@dataclass(frozen=True)
class Table:
    """The headings, and each line with its number in the file (the heading is line 1). `fault`: why it is none."""

    headings: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    fault: str | None = None

    def __repr__(self) -> str:
        return f"<Table of {len(self.lines)} lines>"


def read_table(octets: bytes) -> Table:
    """The table; raises nothing. `fault` is `encoding`, `not_csv` or `empty`. Empty lines are left out."""
    text, encoding = _decoded(octets)
    if text is None:
        return Table((), (), encoding, "encoding")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error:
        return Table((), (), encoding, "not_csv")
    if not lines:
        return Table((), (), encoding, "empty")
    return Table(
        tuple(half_width(heading).strip() for heading in lines[0]),
        tuple(
            (number, tuple(cells))
            for number, cells in enumerate(lines[1:], start=2)
            if any(cell.strip() for cell in cells)
        ),
        encoding,
    )


def places_of(headings: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """In which column each field stands, by the headings that are known for it, the first known one first."""
    places: dict[str, int] = {}
    for name, words in known.items():
        for word in words:
            if word in headings:
                places[name] = list(headings).index(word)
                break
    return places


def _decoded(octets: bytes) -> tuple[str | None, str]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return octets.decode(encoding), "utf-8" if encoding == "utf-8-sig" else "shift_jis"
        except UnicodeDecodeError:
            continue
    return None, "unknown"


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return "\t" if heading.count("\t") > heading.count(",") else ","
