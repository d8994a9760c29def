"""Checks as a CSV table for a receipt computer or a spreadsheet. Pure: rows in, octets out, the same for ever."""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from kazasu.japanese import outside_jis_x_0208

__all__ = ["COLUMNS", "EXERCISE", "CheckRow", "TableEncoding", "check_table", "spreadsheet_text"]


class TableEncoding(StrEnum):
    """How the octets are written."""

    UTF_8 = "utf_8"
    """With a byte order mark, by which spreadsheets know it."""
    SHIFT_JIS = "shift_jis"
    """Windows' Shift_JIS; a character it lacks becomes `●`."""


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One check as it leaves the house; all of it text as it stands, dates ISO 8601."""

    is_exercise: bool
    check: str
    visit_date: str
    chart_number: str = ""
    name: str = ""
    name_kana: str = ""
    birth_date: str = ""
    sex: str = ""
    result: str = ""
    insurer_number: str = ""
    insurer_name: str = ""
    symbol: str = ""
    number: str = ""
    branch: str = ""
    personal_family: str = ""
    valid_from: str = ""
    valid_until: str = ""
    share: str = ""
    limit_band: str = ""
    check_type: str = ""
    setting: str = ""
    identity: str = ""
    assurance: str = ""
    route: str = ""
    remarks: str = ""
    records: str = ""

    def __repr__(self) -> str:
        return f"<CheckRow {self.check}>"


COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("is_exercise", "区分"),
    ("check", "確認ID"),
    ("visit_date", "受診日"),
    ("chart_number", "カルテ番号"),
    ("name", "氏名"),
    ("name_kana", "カナ氏名"),
    ("birth_date", "生年月日"),
    ("sex", "性別"),
    ("result", "資格"),
    ("insurer_number", "保険者番号"),
    ("insurer_name", "保険者名"),
    ("symbol", "記号"),
    ("number", "番号"),
    ("branch", "枝番"),
    ("personal_family", "本人・家族"),
    ("valid_from", "有効開始日"),
    ("valid_until", "有効終了日"),
    ("share", "負担割合"),
    ("limit_band", "限度額区分"),
    ("check_type", "確認の種類"),
    ("setting", "場面"),
    ("identity", "本人確認"),
    ("assurance", "確かさ"),
    ("route", "請求の方法"),
    ("remarks", "摘要"),
    ("records", "レセプト記録"),
)
EXERCISE: Final = "訓練 / EXERCISE"
_FORMULA: Final = ("=", "+", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet; no field of ours does by right (a symbol may begin with `-`)."""


def check_table(rows: Iterable[CheckRow], encoding: TableEncoding = TableEncoding.UTF_8) -> bytes:
    """The table with its heading, every cell quoted, lines ended by CRLF, in the order given."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([heading for _, heading in COLUMNS])
    for row in rows:
        writer.writerow([_cell(row, name) for name, _ in COLUMNS])
    if encoding is TableEncoding.UTF_8:
        return text.getvalue().encode("utf-8-sig")
    return "".join(_in_cp932(character) for character in text.getvalue()).encode("cp932")


def _cell(row: CheckRow, name: str) -> str:
    if name == "is_exercise":
        return EXERCISE if row.is_exercise else ""
    return spreadsheet_text(str(getattr(row, name)))


def spreadsheet_text(text: str) -> str:
    """The text so that no spreadsheet runs it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _in_cp932(character: str) -> str:
    if not outside_jis_x_0208(character):
        return character
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return "●"
    return character
