"""What the routes of the list of visits give. The repr of none shows a patient."""

from datetime import datetime

import msgspec

from kazasu.importing import Action
from kazasu.importing.views import ChangeView, FaultView, change_view, fault_view
from kazasu.rules import Setting
from kazasu.visits.import_table import ImportedVisit
from kazasu.visits.importing.plan import PlannedVisit, VisitPlan

__all__ = ["VisitPreviewView", "visit_preview_view"]


class ReadVisitView(msgspec.Struct, frozen=True):
    """What a line says."""

    chart_number: str
    at: datetime
    setting: Setting
    staff: str
    calendar_id: str

    def __repr__(self) -> str:
        return "<ReadVisitView>"


class VisitRowView(msgspec.Struct, frozen=True):
    """One line of the file (the heading is line 1), and what taking it over would do."""

    line: int
    action: Action
    visit: str | None
    patient: str | None
    read: ReadVisitView | None
    changes: list[ChangeView]
    faults: list[FaultView]


class VisitPreviewView(msgspec.Struct, frozen=True):
    """What the list would do; `digest` is handed back to take exactly this over. Nothing has been written."""

    digest: str
    exercise: bool
    encoding: str
    columns: dict[str, str]
    ignored: list[str]
    faults: list[FaultView]
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
        faults=[fault_view(fault) for fault in plan.table.faults],
        counts={action.value: plan.count(action) for action in Action},
        rows=[_row(row) for row in plan.rows],
    )


def _row(row: PlannedVisit) -> VisitRowView:
    return VisitRowView(
        row.line,
        row.action,
        row.visit,
        row.patient,
        _read(row.read),
        [change_view(change) for change in row.changes],
        [fault_view(fault) for fault in row.faults],
    )


def _read(visit: ImportedVisit | None) -> ReadVisitView | None:
    if visit is None:
        return None
    return ReadVisitView(visit.chart_number, visit.at, visit.setting, visit.staff, visit.calendar_id)
