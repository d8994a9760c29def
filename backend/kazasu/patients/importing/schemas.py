"""What the import routes give. The repr of none shows a patient."""

from datetime import date

import msgspec

from kazasu.importing import Action
from kazasu.importing.views import ChangeView, FaultView, change_view, fault_view
from kazasu.patients.import_row import ImportedPatient
from kazasu.patients.importing.plan import PlannedRow, RosterPlan

__all__ = ["ImportPreviewView", "ImportedView", "preview_view"]


class ReadNumberView(msgspec.Struct, frozen=True):
    """The insured number of a line."""

    insurer_number: str
    symbol: str
    number: str
    branch: str

    def __repr__(self) -> str:
        return "<ReadNumberView>"


class ReadPatientView(msgspec.Struct, frozen=True):
    """What a line says."""

    chart_number: str
    name: str
    name_kana: str
    birth_date: date
    sex: str
    insured_number: ReadNumberView | None
    visit_date: date | None

    def __repr__(self) -> str:
        return "<ReadPatientView>"


class ImportRowView(msgspec.Struct, frozen=True):
    """One line of the file (the heading is line 1), and what taking it over would do."""

    line: int
    action: Action
    patient: str | None
    """Whom it changes, or who on file looks like the one that it adds."""
    read: ReadPatientView | None
    changes: list[ChangeView]
    faults: list[FaultView]


class ImportPreviewView(msgspec.Struct, frozen=True):
    """What the file would do; `digest` is handed back to take exactly this over. Nothing has been written."""

    digest: str
    exercise: bool
    encoding: str
    columns: dict[str, str]
    ignored: list[str]
    faults: list[FaultView]
    counts: dict[str, int]
    rows: list[ImportRowView]


class ImportedView(msgspec.Struct, frozen=True):
    """What was done."""

    added: int
    changed: int
    same: int
    left_out: int
    refused: int


def preview_view(plan: RosterPlan, *, digest: str, is_exercise: bool) -> ImportPreviewView:
    """The plan as shown."""
    return ImportPreviewView(
        digest=digest,
        exercise=is_exercise,
        encoding=plan.table.encoding,
        columns=plan.table.columns,
        ignored=list(plan.table.ignored),
        faults=[fault_view(fault) for fault in plan.table.faults],
        counts={action.value: plan.count(action) for action in Action},
        rows=[_row(row) for row in plan.rows],
    )


def _row(row: PlannedRow) -> ImportRowView:
    return ImportRowView(
        line=row.line,
        action=row.action,
        patient=row.patient,
        read=_read(row.read),
        changes=[change_view(change) for change in row.changes],
        faults=[fault_view(fault) for fault in row.faults],
    )


def _read(patient: ImportedPatient | None) -> ReadPatientView | None:
    if patient is None:
        return None
    number = patient.insured_number
    return ReadPatientView(
        chart_number=patient.chart_number,
        name=patient.name,
        name_kana=patient.name_kana,
        birth_date=patient.birth_date,
        sex=patient.sex,
        insured_number=None
        if number is None
        else ReadNumberView(number.insurer_number, number.symbol, number.number, number.branch),
        visit_date=patient.visit_date,
    )
