"""One patient of a roster, from texts to values, with every fault: the same whatever file the texts came from. Pure.

A row without a serious fault can be taken over.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from kazasu.importing import ImportFault, LineReading
from kazasu.japanese import EraDateError, full_width, half_width, hiragana_to_katakana, parse_date
from kazasu.rules.insured_number import InsuredNumber, InsuredNumberError

__all__ = ["ImportPreview", "ImportRow", "ImportedPatient", "read_row", "without_twins"]

_LONGEST: Final = {"chart_number": 40, "name": 200, "name_kana": 200}
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


def read_row(line: int, cells: Mapping[str, str], faults: Iterable[ImportFault] = ()) -> ImportRow:
    """One patient out of the texts of the fields, by the fields' names; `faults` are those already found."""
    reading = LineReading(cells, _LONGEST, faults)
    name = full_width(reading.text("name"))
    if not name:
        reading.fault("name", "missing")
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


def _date(reading: LineReading, name: str, *, is_needed: bool) -> date | None:
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


def _insured_number(reading: LineReading) -> InsuredNumber | None:
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


def without_twins(rows: Sequence[ImportRow]) -> tuple[ImportRow, ...]:
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
