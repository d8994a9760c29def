"""A roster out of a receipt computer's export: octets in, preview rows out. Pure; nothing is stored here.

CSV or tab-separated, UTF-8 or Windows' Shift_JIS, half-width kana, dates by era, insurer numbers of 6 and 8 digits.
Every row comes back with what was read and every fault of it.
"""

import re
from typing import Final

from kazasu.importing import ImportFault
from kazasu.patients.import_row import ImportPreview, ImportRow, read_row, without_twins
from kazasu.tabular import places_of, read_table

__all__ = ["read_roster"]

_HEADINGS: Final = {
    "chart_number": ("カルテ番号", "患者番号", "患者ID", "患者コード", "診察券番号", "chart_number"),
    "name": ("氏名", "患者氏名", "漢字氏名", "名前", "name"),
    "name_kana": ("カナ氏名", "氏名カナ", "フリガナ", "患者カナ氏名", "カナ", "name_kana"),
    "birth_date": ("生年月日", "birth_date"),
    "sex": ("性別", "sex"),
    "insurer_number": ("保険者番号", "insurer_number"),
    "symbol": ("記号", "被保険者証記号", "保険証記号", "symbol"),
    "number": ("番号", "被保険者証番号", "保険証番号", "number"),
    "branch": ("枝番", "branch"),
    "visit_date": ("受診日", "予約日", "訪問日", "来院日", "visit_date"),
}
_NEEDED: Final = ("name", "birth_date")
_INDIVIDUAL_NUMBER: Final = re.compile(r"個人番号|マイナンバー|individual.?number", re.IGNORECASE)


def read_roster(octets: bytes) -> ImportPreview:
    """The preview of a file. Raises nothing: a file that cannot be read comes back with its fault."""
    table = read_table(octets)
    if table.fault is not None:
        return ImportPreview((), table.encoding, {}, faults=(ImportFault("file", table.fault, True),))
    places = places_of(table.headings, _HEADINGS)
    file_faults = [ImportFault(name, "no_column", True) for name in _NEEDED if name not in places]
    # The Individual Number is never read (invariant 3): such a column is dropped unseen, and the person is told.
    file_faults += [
        ImportFault("individual_number", "individual_number", False)
        for heading in table.headings
        if _INDIVIDUAL_NUMBER.search(heading)
    ]
    taken = set(places.values())
    ignored = tuple(heading for place, heading in enumerate(table.headings) if place not in taken and heading)
    columns = {name: table.headings[place] for name, place in places.items()}
    if any(fault.is_serious for fault in file_faults):
        return ImportPreview((), table.encoding, columns, ignored, tuple(file_faults))
    rows = [_row(line, cells, places, len(table.headings)) for line, cells in table.lines]
    return ImportPreview(without_twins(rows), table.encoding, columns, ignored, tuple(file_faults))


def _row(line: int, cells: tuple[str, ...], places: dict[str, int], width: int) -> ImportRow:
    faults = [ImportFault("row", "columns", True)] if len(cells) != width else []
    return read_row(line, {name: cells[place] for name, place in places.items() if place < len(cells)}, faults)
