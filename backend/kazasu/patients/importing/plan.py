"""What a roster file would do to the patients on file, row by row. Pure: values in, a plan out; imports no storage.

Rows are merged on the chart number. What the file leaves empty takes nothing away from what is on file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from kazasu.importing import Action, Change, ImportFault
from kazasu.japanese import full_width, hiragana_to_katakana
from kazasu.patients.import_row import ImportedPatient, ImportPreview, ImportRow
from kazasu.rules import InsuredNumber

__all__ = ["OnFile", "PlannedRow", "RosterPlan", "person_key", "plan_import"]


class OnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A patient as on file."""

    id: str
    chart_number: str | None
    name: str
    name_kana: str
    birth_date: date
    sex: str
    insured_number: InsuredNumber | None

    def __repr__(self) -> str:
        return f"<OnFile {self.id}>"


@dataclass(frozen=True)
class PlannedRow:
    """One line of the file, and what it would do. `after` is the patient as it would then be on file."""

    line: int
    action: Action
    read: ImportedPatient | None
    faults: tuple[ImportFault, ...]
    patient: str | None = None
    """Whom it changes, or who looks like the one it would add."""
    changes: tuple[Change, ...] = ()
    after: ImportedPatient | None = None

    def __repr__(self) -> str:
        return f"<PlannedRow {self.line} {self.action}>"


@dataclass(frozen=True)
class RosterPlan:
    """The whole file's plan."""

    table: ImportPreview
    rows: tuple[PlannedRow, ...]

    def count(self, action: Action) -> int:
        """How many rows come to that."""
        return sum(row.action is action for row in self.rows)

    def content(self) -> bytes:
        """Everything that the person is shown, as octets: two plans with the same are the same plan."""
        rows = [
            (
                row.line,
                row.action.value,
                row.patient,
                [(change.field, change.before, change.after) for change in row.changes],
                None if row.after is None else msgspec.json.encode(row.after).decode(),
                [(fault.field, fault.why, fault.is_serious) for fault in row.faults],
            )
            for row in self.rows
        ]
        return msgspec.json.encode(rows)


_Key = tuple[str, date]


def person_key(name: str, birth_date: date) -> _Key:
    """By what a person without a chart number is taken for the same: name without width and spaces, birth date."""
    return full_width(name).replace("　", ""), birth_date


def plan_import(
    table: ImportPreview,
    by_chart: Mapping[str, OnFile],
    by_person: Mapping[_Key, Sequence[OnFile]],
) -> RosterPlan:
    """The plan for a file that was read, against what is on file under its chart numbers, names and birth dates."""
    contradicted = _contradictions(table.rows)
    seen: dict[tuple[str, _Key | None], int] = {}
    rows: list[PlannedRow] = []
    for row in table.rows:
        if row.patient is None or not row.can_be_taken:
            rows.append(PlannedRow(row.line, Action.REFUSED, row.patient, row.faults))
            continue
        if row.line in contradicted:
            rows.append(_refused(row, "contradicts_line"))
            continue
        mark = _mark(row.patient)
        if mark in seen:
            rows.append(PlannedRow(row.line, Action.REPEATED, row.patient, row.faults))
            continue
        seen[mark] = row.line
        rows.append(_planned(row, row.patient, by_chart, by_person))
    return RosterPlan(table, tuple(rows))


def _mark(patient: ImportedPatient) -> tuple[str, _Key | None]:
    """Whose row it is within the file."""
    if patient.chart_number:
        return patient.chart_number, None
    return "", person_key(patient.name, patient.birth_date)


def _contradictions(rows: Sequence[ImportRow]) -> set[int]:
    """Lines about one person that do not say the same (a visit a line is usual): nobody here knows which is right."""
    first: dict[tuple[str, _Key | None], ImportRow] = {}
    found: set[int] = set()
    for row in rows:
        if row.patient is None or not row.can_be_taken:
            continue
        before = first.setdefault(_mark(row.patient), row)
        if before.patient is not None and not _says_the_same(before.patient, row.patient):
            found |= {before.line, row.line}
    return found


def _says_the_same(one: ImportedPatient, other: ImportedPatient) -> bool:
    return msgspec.structs.replace(one, visit_date=None) == msgspec.structs.replace(other, visit_date=None)


def _planned(
    row: ImportRow,
    read: ImportedPatient,
    by_chart: Mapping[str, OnFile],
    by_person: Mapping[_Key, Sequence[OnFile]],
) -> PlannedRow:
    alike = by_person.get(person_key(read.name, read.birth_date), ())
    if not read.chart_number:
        if alike:
            # Without a chart number there is nothing to merge on; adding would make the same person a second time.
            return _refused(row, "no_chart_number", patient=alike[0].id)
        return PlannedRow(row.line, Action.ADD, read, row.faults, after=read)
    present = by_chart.get(read.chart_number)
    if present is None:
        faults = row.faults
        if alike:
            faults = (*faults, ImportFault("chart_number", "looks_like", False))
        return PlannedRow(row.line, Action.ADD, read, faults, patient=alike[0].id if alike else None, after=read)
    if present.birth_date != read.birth_date and not _same_name(present, read):
        return _refused(row, "other_person", patient=present.id)
    after = _merged(present, read)
    changes = _changes(present, after)
    action = Action.CHANGE if changes else Action.SAME
    return PlannedRow(row.line, action, read, row.faults, patient=present.id, changes=changes, after=after)


def _refused(row: ImportRow, why: str, *, patient: str | None = None) -> PlannedRow:
    fault = ImportFault("row" if why == "contradicts_line" else "chart_number", why, True)
    return PlannedRow(row.line, Action.REFUSED, row.patient, (*row.faults, fault), patient=patient)


def _same_name(present: OnFile, read: ImportedPatient) -> bool:
    by_kana = bool(read.name_kana) and _folded_kana(present.name_kana) == _folded_kana(read.name_kana)
    return by_kana or person_key(present.name, date.min) == person_key(read.name, date.min)


def _folded_kana(kana: str) -> str:
    return hiragana_to_katakana(full_width(kana)).replace("　", "")


def _merged(present: OnFile, read: ImportedPatient) -> ImportedPatient:
    """What would be on file then: the file's values, where it has any that say something else."""
    number = read.insured_number
    held = present.insured_number
    # A file without branches, or whose spreadsheet dropped zeros, says nothing new.
    if number is None or (
        held is not None and held.comparable() == number.comparable() and number.branch in ("", held.branch)
    ):
        number = held
    same_kana = not read.name_kana or full_width(present.name_kana) == read.name_kana
    return ImportedPatient(
        chart_number=read.chart_number,
        name=present.name if full_width(present.name) == read.name else read.name,
        name_kana=present.name_kana if same_kana else read.name_kana,
        birth_date=read.birth_date,
        sex=present.sex if read.sex == "3" else read.sex,
        insured_number=number,
        visit_date=read.visit_date,
    )


def _changes(present: OnFile, after: ImportedPatient) -> tuple[Change, ...]:
    pairs = (
        ("name", present.name, after.name),
        ("name_kana", present.name_kana, after.name_kana),
        ("birth_date", present.birth_date.isoformat(), after.birth_date.isoformat()),
        ("sex", present.sex, after.sex),
        ("insured_number", _number_text(present.insured_number), _number_text(after.insured_number)),
    )
    return tuple(Change(field, before, then) for field, before, then in pairs if before != then)


def _number_text(number: InsuredNumber | None) -> str:
    if number is None:
        return ""
    return "・".join(part for part in (number.insurer_number, number.symbol, number.number, number.branch) if part)
