"""What the bulk inquiry's routes take and give. The repr of none shows a patient."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from kazasu.gateway import Answer, BulkKind, Result, without_medical
from kazasu.inquiries.bulk.models import BulkJobRow, PatientAnswerRow, PatientInquiryRow
from kazasu.inquiries.bulk.planning import Planned
from kazasu.inquiries.bulk.service import ahead
from kazasu.inquiries.bulk.state import BulkState
from kazasu.visits.schemas import EligibilityView, eligibility_view

__all__ = [
    "AskAhead",
    "BulkJobPage",
    "PatientInquiryDetail",
    "PatientInquiryPage",
    "PlannedView",
    "job_view",
    "patient_inquiry_detail",
    "patient_inquiry_view",
    "planned_view",
]


class AskAhead(msgspec.Struct, frozen=True):
    """The day whose visits are asked about, in Japan: from today to 31 days ahead."""

    visits_on: date


class PlannedView(msgspec.Struct, frozen=True):
    """What it came to. `waits_because`: why nothing goes out by itself (`no_gateway`, `no_bulk`), null else."""

    day: date
    asked: int
    re_inquiries: int
    already: int
    without_number: int
    cancelled: int
    waits_because: str | None


class BulkJobView(msgspec.Struct, frozen=True):
    """One request to the bulk interface; the counts are the national system's own."""

    id: str
    kind: BulkKind
    day: date
    state: BulkState
    reception_number: str | None
    attempts: int
    next_at: datetime
    last_error: str | None
    made_at: datetime
    finished_at: datetime | None
    processed: int | None
    normal: int | None
    errors: int | None


class BulkJobPage(msgspec.Struct, frozen=True):
    """Some requests, and the cursor of the next ones."""

    items: list[BulkJobView]
    next: str | None


class PatientInquiryView(msgspec.Struct, frozen=True):
    """What is asked about one patient for one day."""

    patient: str
    visit: str
    day: date
    made_at: datetime
    eligibility: EligibilityView


class PatientInquiryPage(msgspec.Struct, frozen=True):
    """Some inquiries, and the cursor of the next ones."""

    items: list[PatientInquiryView]
    next: str | None


class PatientAnswerView(msgspec.Struct, frozen=True):
    """One answer, eligibility alone: medical information is shown nowhere but for a check."""

    result: Result
    simulated: bool
    changes: list[str]
    answered_at: datetime
    stored_at: datetime
    content: Answer

    def __repr__(self) -> str:
        return "<PatientAnswerView>"


class PatientInquiryDetail(msgspec.Struct, frozen=True):
    """One inquiry with every answer that came, the oldest first."""

    inquiry: PatientInquiryView
    answers: list[PatientAnswerView]


def planned_view(planned: Planned) -> PlannedView:
    """What the request came to, as shown."""
    return PlannedView(
        planned.day,
        planned.asked,
        planned.re_inquiries,
        planned.already,
        planned.without_number,
        planned.cancelled,
        planned.waits_because,
    )


def job_view(row: BulkJobRow) -> BulkJobView:
    """The request as shown."""
    return BulkJobView(
        row.id,
        row.kind,
        row.day,
        row.state,
        row.reception_number,
        row.attempts,
        row.next_at,
        row.last_error,
        row.made_at,
        row.finished_at,
        row.processed,
        row.normal,
        row.errors,
    )


def patient_inquiry_view(row: PatientInquiryRow) -> PatientInquiryView:
    """The inquiry as shown."""
    return PatientInquiryView(row.patient, row.visit, row.day, row.made_at, eligibility_view(ahead(row)))


def patient_inquiry_detail(row: PatientInquiryRow, answers: Iterable[PatientAnswerRow]) -> PatientInquiryDetail:
    """The inquiry with its answers."""
    return PatientInquiryDetail(
        patient_inquiry_view(row),
        [
            PatientAnswerView(
                answer.result,
                answer.is_simulated,
                answer.changes,
                answer.answered_at,
                answer.stored_at,
                without_medical(msgspec.convert(answer.content, Answer))[0],
            )
            for answer in answers
        ],
    )
