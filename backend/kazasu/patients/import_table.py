"""A roster out of a receipt computer's export: octets in, preview rows out. Pure; nothing is stored here.

CSV or tab-separated, UTF-8 or Windows' Shift_JIS, half-width kana, dates by era, insurer numbers of 6 and 8 digits.
Every row comes back with what was read and every fault of it; a row without a serious fault can be taken over.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec

from kazasu.japanese import EraDateError, full_width, half_width, hiragana_to_katakana, parse_date
from kazasu.rules.insured_number import InsuredNumber, InsuredNumberError
from kazasu.rules.say import Say

__all__ = ["ImportFault", "ImportPreview", "ImportRow", "ImportedPatient", "read_roster"]

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
_LONGEST: Final = {"chart_number": 40, "name": 200, "name_kana": 200}
_INDIVIDUAL_NUMBER: Final = re.compile(r"個人番号|マイナンバー|individual.?number", re.IGNORECASE)
_SEXES: Final = {
    **dict.fromkeys(("男", "男性", "1", "M", "MALE"), "1"),
    **dict.fromkeys(("女", "女性", "2", "F", "FEMALE"), "2"),
    **dict.fromkeys(("", "3", "不明"), "3"),
}


class ImportedPatient(msgspec.Struct, frozen=True, kw_only=True):
    """One patient as read. Sex is 1 male, 2 female, 3 not set."""

    chart_number: str
    name: str
    name_kana: str
    birth_date: date
    sex: str
    insured_number: InsuredNumber | None
    visit_date: date | None

    def __repr__(self) -> str:
        return "<ImportedPatient>"


@dataclass(frozen=True)
class ImportFault:
    """What is wrong with a field, without its content. `is_serious`: the row cannot be taken over as it is."""

    field: str
    why: str
    is_serious: bool

    @property
    def say(self) -> Say:
        """For the person who imports."""
        ja, en = _WHY[self.why]
        return Say(ja=f"{self.field}：{ja}", en=f"{self.field}: {en}")


@dataclass(frozen=True)
class ImportRow:
    """One line of the file (the heading is line 1): what was read, and its faults."""

    line: int
    patient: ImportedPatient | None
    faults: tuple[ImportFault, ...]

    @property
    def can_be_taken(self) -> bool:
        """Whether it can be taken over."""
        return self.patient is not None and not any(fault.is_serious for fault in self.faults)


@dataclass(frozen=True)
class ImportPreview:
    """The whole file: its rows, and what is wrong with the file itself."""

    rows: tuple[ImportRow, ...]
    encoding: str
    columns: dict[str, str]
    """Which heading was taken for which field."""
    ignored: tuple[str, ...] = ()
    faults: tuple[ImportFault, ...] = ()


@dataclass
class _Reading:
    """One line while it is read."""

    cells: dict[str, str]
    faults: list[ImportFault] = field(default_factory=list)

    def fault(self, name: str, why: str, *, is_serious: bool = True) -> None:
        self.faults.append(ImportFault(name, why, is_serious))

    def text(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def read_roster(octets: bytes) -> ImportPreview:
    """The preview of a file. Raises nothing: a file that cannot be read comes back with its fault."""
    text, encoding = _decoded(octets)
    if text is None:
        return ImportPreview((), encoding, {}, faults=(ImportFault("file", "encoding", True),))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error:
        return ImportPreview((), encoding, {}, faults=(ImportFault("file", "not_csv", True),))
    if not lines:
        return ImportPreview((), encoding, {}, faults=(ImportFault("file", "empty", True),))
    headings = [half_width(heading).strip() for heading in lines[0]]
    places = _places(headings)
    file_faults = [ImportFault(name, "no_column", True) for name in _NEEDED if name not in places]
    # The Individual Number is never read (invariant 3): such a column is dropped unseen, and the person is told.
    file_faults += [
        ImportFault("individual_number", "individual_number", False)
        for heading in headings
        if _INDIVIDUAL_NUMBER.search(heading)
    ]
    taken = set(places.values())
    ignored = tuple(heading for place, heading in enumerate(headings) if place not in taken and heading)
    columns = {name: headings[place] for name, place in places.items()}
    if any(fault.is_serious for fault in file_faults):
        return ImportPreview((), encoding, columns, ignored, tuple(file_faults))
    rows = [
        _row(line, cells, places, len(headings))
        for line, cells in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]
    return ImportPreview(_without_twins(rows), encoding, columns, ignored, tuple(file_faults))


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


def _places(headings: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, known in _HEADINGS.items():
        for heading in known:
            if heading in headings:
                places[name] = headings.index(heading)
                break
    return places


def _row(line: int, cells: list[str], places: dict[str, int], width: int) -> ImportRow:
    reading = _Reading({name: cells[place] for name, place in places.items() if place < len(cells)})
    if len(cells) != width:
        reading.fault("row", "columns")
    name = full_width(reading.text("name"))
    if not name:
        reading.fault("name", "missing")
    if any(unicodedata.category(character) == "Cc" for text in reading.cells.values() for character in text.strip()):
        # Nobody typed it, no screen shows it, and PostgreSQL keeps no NUL.
        reading.fault("row", "control_character")
    for column, longest in _LONGEST.items():
        if len(reading.text(column)) > longest:
            reading.fault(column, "too_long")
    birth_date = _date(reading, "birth_date", is_needed=True)
    sex = _SEXES.get(half_width(reading.text("sex")).upper())
    if sex is None:
        reading.fault("sex", "sex", is_serious=False)
    number = _insured_number(reading)
    visit_date = _date(reading, "visit_date", is_needed=False)
    patient = None
    if name and birth_date is not None:
        patient = ImportedPatient(
            chart_number=half_width(reading.text("chart_number")),
            name=name,
            name_kana=hiragana_to_katakana(full_width(reading.text("name_kana"))),
            birth_date=birth_date,
            sex=sex or "3",
            insured_number=number,
            visit_date=visit_date,
        )
        if not patient.name_kana:
            reading.fault("name_kana", "missing", is_serious=False)
    return ImportRow(line, patient, tuple(reading.faults))


def _date(reading: _Reading, name: str, *, is_needed: bool) -> date | None:
    text = reading.text(name)
    if not text:
        if is_needed:
            reading.fault(name, "missing")
        return None
    try:
        return parse_date(text)
    except EraDateError as error:
        reading.fault(name, error.why, is_serious=is_needed)
        return None


def _insured_number(reading: _Reading) -> InsuredNumber | None:
    """The number, None where the row has none or it cannot be right: the patient can be taken over without."""
    if not reading.text("insurer_number") and not reading.text("number"):
        return None
    insurer = half_width(reading.text("insurer_number")).strip()
    branch = half_width(reading.text("branch")).strip()
    if insurer.isascii() and insurer.isdigit() and len(insurer) in (5, 7):
        # A spreadsheet drops the zero of prefectures 01 to 09; the check digit below tells whether that was it.
        insurer = f"0{insurer}"
        reading.fault("insurer_number", "zero_restored", is_serious=False)
    if len(branch) == 1 and branch.isdigit():
        branch = f"0{branch}"
        reading.fault("branch", "zero_restored", is_serious=False)
    try:
        return InsuredNumber.proven(insurer, reading.text("symbol"), reading.text("number"), branch)
    except InsuredNumberError as error:
        reading.fault(error.field, error.why, is_serious=False)
        return None


def _without_twins(rows: list[ImportRow]) -> tuple[ImportRow, ...]:
    """The same chart number twice with another name or birth date: neither is taken over unseen."""
    people: dict[str, set[tuple[str, date]]] = {}
    for row in rows:
        if row.patient is not None and row.patient.chart_number:
            people.setdefault(row.patient.chart_number, set()).add((row.patient.name, row.patient.birth_date))
    contested = Counter({chart: len(persons) for chart, persons in people.items()})
    return tuple(
        ImportRow(row.line, row.patient, (*row.faults, ImportFault("chart_number", "two_people", True)))
        if row.patient is not None and contested[row.patient.chart_number] > 1
        else row
        for row in rows
    )


_WHY: Final = {
    "encoding": ("文字コードがUTF-8でもShift_JISでもありません。", "neither UTF-8 nor Shift_JIS."),
    "not_csv": ("CSVとして読めません。引用符を確かめてください。", "not readable as CSV; check the quotes."),
    "empty": ("空です。", "empty."),
    "no_column": ("必要な列がありません。見出しを確かめてください。", "the column is missing; check the headings."),
    "individual_number": ("個人番号の列は読みません。ファイルから消してください。", "never read; delete the column."),
    "columns": ("列の数が見出しと違います。", "has another number of columns than the heading."),
    "control_character": ("見えない制御文字があります。", "has invisible control characters; remove them."),
    "missing": ("空です。記入してください。", "empty; fill it in."),
    "form": ("日付として読めません。", "not a date."),
    "no_such_day": ("その日はありません。", "there is no such day."),
    "sex": ("性別として読めません。不明として扱います。", "not a sex; taken as not set."),
    "zero_restored": ("先頭の0を補いました。確かめてください。", "a leading zero was put back; check it."),
    "not_digits": ("数字ではありません。番号なしで取り込みます。", "not digits; taken over without the number."),
    "length": ("桁数が合いません。番号なしで取り込みます。", "wrong length; taken over without the number."),
    "check_digit": ("検証番号が合いません。番号なしで取り込みます。", "wrong check digit; taken over without it."),
    "too_long": ("長すぎます。直してください。", "too long; correct it."),
    "two_people": ("同じ番号に別の人がいます。直してください。", "the same number for two people; correct it."),
}
