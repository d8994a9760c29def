"""Asking about tomorrow's patients, and what came of it."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu import audit
from kazasu.inquiries.bulk.jobs.service import list_jobs
from kazasu.inquiries.bulk.planning import plan_day
from kazasu.inquiries.bulk.schemas import (
    AskAhead,
    BulkJobPage,
    PatientInquiryDetail,
    PatientInquiryPage,
    PlannedView,
    job_view,
    patient_inquiry_detail,
    patient_inquiry_view,
    planned_view,
)
from kazasu.inquiries.bulk.service import (
    answers_of_patient_inquiry,
    find_patient_inquiry,
    list_patient_inquiries,
)
from kazasu.inquiries.state import InquiryState
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_ASKERS = (Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@post("/bulk-inquiries", guards=[office(*_ASKERS)], status_code=200, responses=problems(*_SIGNED_IN))
async def post_bulk_inquiry(context: InContext, staff: InStaff, data: JSONBody[AskAhead]) -> PlannedView:
    """Asks about every patient whom the day's visits book and who has a number; again, nobody is asked about twice."""
    return planned_view(await plan_day(context, data.visits_on, actor=audit.staff_actor(staff.id)))


@get("/bulk-inquiries", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_bulk_inquiries(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    day: FromQuery[date | None] = None,
) -> BulkJobPage:
    """The requests to the bulk interface, the newest first."""
    async with context.database.reading() as session:
        rows = await list_jobs(session, after=Keyset.of(after), limit=limit + 1, day=day)
    more = len(rows) > limit
    return BulkJobPage(
        [job_view(row) for row in rows[:limit]],
        Keyset(rows[limit - 1].made_at, rows[limit - 1].id).cursor() if more else None,
    )


@get("/patient-inquiries", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_patient_inquiries(
    context: InContext,
    day: FromQuery[date],
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    flagged: FromQuery[bool | None] = None,
    inquiry_state: FromQuery[InquiryState | None] = None,
) -> PatientInquiryPage:
    """What is asked about a day's patients; `flagged`: those to look at before the visit."""
    async with context.database.reading() as session:
        rows = await list_patient_inquiries(
            session, day=day, after=Keyset.of(after), limit=limit + 1, is_flagged=flagged, state=inquiry_state
        )
    more = len(rows) > limit
    return PatientInquiryPage(
        [patient_inquiry_view(row) for row in rows[:limit]],
        Keyset(rows[limit - 1].made_at, rows[limit - 1].id).cursor() if more else None,
    )


@get(
    "/patient-inquiries/{inquiry_id:str}",
    guards=[office(*_ASKERS)],
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def get_patient_inquiry(context: InContext, inquiry_id: FromPath[str]) -> PatientInquiryDetail:
    """One inquiry about a patient with the answers that came, eligibility alone."""
    async with context.database.reading() as session:
        row = await find_patient_inquiry(session, inquiry_id)
        if row is None:
            raise ProblemError("not-found")
        return patient_inquiry_detail(row, await answers_of_patient_inquiry(session, row.id))


ROUTES = (post_bulk_inquiry, get_bulk_inquiries, get_patient_inquiries, get_patient_inquiry)
