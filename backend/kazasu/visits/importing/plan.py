"""What a list of visits would do to those on file, line by line. Pure: values in, a plan out; imports no storage.

A visit is known by its booking's number where the file has one, else by patient and time. What is on file and not in
the list stays; what the list leaves empty takes nothing away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from kazasu.clock import JAPAN, day_in_japan
from kazasu.importing import Action, Change, ImportFault
from kazasu.japanese import full_width, without_spaces
from kazasu.rules import Setting
from kazasu.visits.import_table import ImportedVisit, VisitPreview

__all__ = ["OnFileVisit", "PlannedVisit", "VisitPlan", "plan_visits", "staff_key"]


class OnFileVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as on file."""

    id: str
    patient: str
    at: datetime
    setting: Setting
    staff: str | None
    device: str | None
    calendar_id: str | None
    is_cancelled: bool


@dataclass(frozen=True)
class PlannedVisit:
    """One line of the file, and what it would do. `after` is the visit as it would then be on file."""

    line: int
    action: Action
    read: ImportedVisit | None
    faults: tuple[ImportFault, ...]
    visit: str | None = None
    patient: str | None = None
    changes: tuple[Change, ...] = ()
    after: OnFileVisit | None = None

    def __repr__(self) -> str:
        return f"<PlannedVisit {self.line} {self.action}>"


@dataclass(frozen=True)
class VisitPlan:
    """The whole file's plan."""

    table: VisitPreview
    rows: tuple[PlannedVisit, ...]

    def count(self, action: Action) -> int:
        """How many lines come to that."""
        return sum(row.action is action for row in self.rows)

    def content(self) -> bytes:
        """Everything that the person is shown, as octets: two plans with the same are the same plan."""
        rows = [
            (
                row.line,
                row.action.value,
                row.visit,
                row.patient,
                [(change.field, change.before, change.after) for change in row.changes],
                None if row.after is None else msgspec.json.encode(row.after).decode(),
                [(fault.field, fault.why, fault.is_serious) for fault in row.faults],
            )
            for row in self.rows
        ]
        return msgspec.json.encode(rows)


def staff_key(text: str) -> str:
    """By what a person on the staff is recognised: name or login, without width and spaces."""
    return without_spaces(full_width(text)).casefold()


def plan_visits(
    table: VisitPreview,
    patients: Mapping[str, str],
    staff: Mapping[str, Sequence[str]],
    on_file: Sequence[OnFileVisit],
) -> VisitPlan:
    """The plan for a list that was read: `patients` by chart number, `staff` by `staff_key`, and the visits on file
    that it may be about."""
    known = _Known(on_file)
    rows: list[PlannedVisit] = []
    places: dict[tuple[str, str], int] = {}
    for row in table.rows:
        planned = _planned(row.line, row.visit, row.faults, patients, staff, known)
        place = places.setdefault(_mark(planned), len(rows)) if planned.action is not Action.REFUSED else len(rows)
        if place == len(rows):
            rows.append(planned)
            continue
        before = rows[place]
        if before.read == planned.read:
            rows.append(PlannedVisit(planned.line, Action.REPEATED, planned.read, planned.faults))
            continue
        # Nobody here knows which of the two is right.
        rows.append(_refused(planned.line, planned.read, planned.faults, "row", "contradicts_line"))
        if before.action is not Action.REFUSED:
            rows[place] = _refused(before.line, before.read, before.faults, "row", "contradicts_line")
    return VisitPlan(table, tuple(rows))


class _Known:
    """The visits on file, by booking and by patient."""

    def __init__(self, visits: Sequence[OnFileVisit]) -> None:
        self.by_booking = {visit.calendar_id: visit for visit in visits if visit.calendar_id}
        self.by_patient: dict[str, list[OnFileVisit]] = {}
        for visit in visits:
            self.by_patient.setdefault(visit.patient, []).append(visit)

    def at(self, patient: str, at: datetime, *, without_booking: bool) -> OnFileVisit | None:
        """The patient's visit at this time, one that stands before one that is cancelled."""
        found = [
            visit
            for visit in self.by_patient.get(patient, [])
            if visit.at == at and not (without_booking and visit.calendar_id)
        ]
        return min(found, key=lambda visit: (visit.is_cancelled, visit.id), default=None)

    def has_other_that_day(self, patient: str, at: datetime) -> bool:
        """Whether the patient is to be met at another time of that day."""
        return any(
            day_in_japan(visit.at) == day_in_japan(at) and visit.at != at and not visit.is_cancelled
            for visit in self.by_patient.get(patient, [])
        )


def _mark(planned: PlannedVisit) -> tuple[str, str]:
    """Which visit the line is about: one on file, a booking, or a patient at a time."""
    if planned.visit is not None:
        return "visit", planned.visit
    if planned.read is None:
        raise AssertionError(planned)
    if planned.read.calendar_id:
        return "booking", planned.read.calendar_id
    return planned.patient or "", planned.read.at.isoformat()


def _planned(
    line: int,
    read: ImportedVisit | None,
    faults: tuple[ImportFault, ...],
    patients: Mapping[str, str],
    staff: Mapping[str, Sequence[str]],
    known: _Known,
) -> PlannedVisit:
    if read is None or any(fault.is_serious for fault in faults):
        return PlannedVisit(line, Action.REFUSED, read, faults)
    patient = patients.get(read.chart_number)
    if patient is None:
        return _refused(line, read, faults, "chart_number", "no_such_patient")
    who = staff.get(staff_key(read.staff), ()) if read.staff else ()
    if read.staff and len(who) != 1:
        faults = (*faults, ImportFault("staff", "staff_unknown", False))
    member = who[0] if len(who) == 1 else None
    present = known.by_booking.get(read.calendar_id) if read.calendar_id else None
    if present is not None and present.patient != patient:
        return _refused(line, read, faults, "calendar_id", "another_patients")
    present = present or known.at(patient, read.at, without_booking=bool(read.calendar_id))
    if present is None:
        if known.has_other_that_day(patient, read.at):
            faults = (*faults, ImportFault("time", "other_visit_that_day", False))
        after = OnFileVisit(
            id="",
            patient=patient,
            at=read.at,
            setting=read.setting,
            staff=member,
            device=None,
            calendar_id=read.calendar_id or None,
            is_cancelled=False,
        )
        return PlannedVisit(line, Action.ADD, read, faults, patient=patient, after=after)
    after = msgspec.structs.replace(
        present,
        at=read.at,
        setting=read.setting,
        staff=member or present.staff,
        calendar_id=read.calendar_id or present.calendar_id,
        is_cancelled=False,
    )
    changes = _changes(present, after)
    action = Action.CHANGE if changes else Action.SAME
    return PlannedVisit(line, action, read, faults, present.id, patient, changes, after)


def _refused(
    line: int, read: ImportedVisit | None, faults: tuple[ImportFault, ...], field: str, why: str
) -> PlannedVisit:
    return PlannedVisit(line, Action.REFUSED, read, (*faults, ImportFault(field, why, True)))


def _changes(present: OnFileVisit, after: OnFileVisit) -> tuple[Change, ...]:
    pairs = (
        ("at", _moment(present.at), _moment(after.at)),
        ("setting", present.setting.value, after.setting.value),
        ("staff", present.staff or "", after.staff or ""),
        ("calendar_id", present.calendar_id or "", after.calendar_id or ""),
        ("cancelled", "yes" if present.is_cancelled else "no", "no"),
    )
    return tuple(Change(field, before, then) for field, before, then in pairs if before != then)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M}"
