"""What the routes of the list of visits give. The repr of none shows a patient."""

from datetime import datetime

import msgspec

from kazasu.rules import Say, Setting
from kazasu.visits.import_table import ImportedVisit, VisitFault
from kazasu.visits.importing.plan import PlannedVisit, VisitAction, VisitPlan

__all__ = ["VisitPreviewView", "visit_preview_view"]


class VisitFaultView(msgspec.Struct, frozen=True):
    """What is wrong with a field; `serious`: the line is not taken over."""

    field: str
    why: str
    serious: bool
    say: Say


class ReadVisitView(msgspec.Struct, frozen=True):
    """What a line says."""

    chart_number: str
    at: datetime
    setting: Setting
    staff: str
    calendar_id: str

    def __repr__(self) -> str:
        return "<ReadVisitView>"


class VisitChangeView(msgspec.Struct, frozen=True):
    """A value on file that would be written over; `staff` by the ids of the staff."""

    field: str
    before: str
    after: str


class VisitRowView(msgspec.Struct, frozen=True):
    """One line of the file (the heading is line 1), and what taking it over would do."""

    line: int
    action: VisitAction
    visit: str | None
    patient: str | None
    read: ReadVisitView | None
    changes: list[VisitChangeView]
    faults: list[VisitFaultView]


class VisitPreviewView(msgspec.Struct, frozen=True):
    """What the list would do; `digest` is handed back to take exactly this over. Nothing has been written."""

    digest: str
    exercise: bool
    encoding: str
    columns: dict[str, str]
    ignored: list[str]
    faults: list[VisitFaultView]
    counts: dict[str, int]
    rows: list[VisitRowView]


def visit_preview_view(plan: VisitPlan, *, digest: str, is_exercise: bool) -> VisitPreviewView:
    """The plan as shown."""
    return VisitPreviewView(
        digest=digest,
        exercise=is_exercise,
        encoding=plan.table.encoding,
        columns=plan.table.columns,
        ignored=list(plan.table.ignored),
        faults=[_fault(fault) for fault in plan.table.faults],
        counts={action.value: plan.count(action) for action in VisitAction},
        rows=[_row(row) for row in plan.rows],
    )


def _row(row: PlannedVisit) -> VisitRowView:
    return VisitRowView(
        row.line,
        row.action,
        row.visit,
        row.patient,
        _read(row.read),
        [VisitChangeView(change.field, change.before, change.after) for change in row.changes],
        [_fault(fault) for fault in row.faults],
    )


def _read(visit: ImportedVisit | None) -> ReadVisitView | None:
    if visit is None:
        return None
    return ReadVisitView(visit.chart_number, visit.at, visit.setting, visit.staff, visit.calendar_id)


def _fault(fault: VisitFault) -> VisitFaultView:
    return VisitFaultView(fault.field, fault.why, fault.is_serious, fault.say)
