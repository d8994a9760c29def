"""Patients, for whoever is signed in; changed by counter, back office and administrator."""

from typing import Annotated

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu import audit
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.patients.schemas import (
    HomeVisitsInput,
    PatientChange,
    PatientInput,
    PatientPage,
    PatientView,
    patient_data,
    patient_view,
)
from kazasu.patients.service import add_patient, change_patient, end_home_visits, find_patient, list_patients
from kazasu.problems import ProblemError
from kazasu.reconciliation.comparing import recompare_patient
from kazasu.staff import Role
from kazasu.visits.service import publish_patient
from kazasu.web import InContext, InStaff, office, problems

_WRITERS = (Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/patients", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_patients(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    chart_number: FromQuery[str | None] = None,
) -> PatientPage:
    """The patients added last, then older ones."""
    async with context.database.reading() as session:
        rows = await list_patients(session, after=Keyset.of(after), limit=limit + 1, chart_number=chart_number)
    page = [patient_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return PatientPage(page, Keyset(rows[limit - 1].made_at, rows[limit - 1].id).cursor() if more else None)


@get("/patients/{patient_id:str}", guards=[office()], responses=problems(*_SIGNED_IN, "not-found"))
async def get_patient(context: InContext, patient_id: FromPath[str]) -> PatientView:
    """One patient."""
    async with context.database.reading() as session:
        row = await find_patient(session, patient_id)
    if row is None:
        raise ProblemError("not-found")
    return patient_view(row)


@post("/patients", guards=[office(*_WRITERS)], responses=problems(*_SIGNED_IN, "conflict"))
async def post_patient(context: InContext, staff: InStaff, data: JSONBody[PatientInput]) -> PatientView:
    """A new patient."""
    async with context.database.writing() as session:
        at, actor = context.clock.now(), audit.staff_actor(staff.id)
        row = await add_patient(session, patient_data(data), actor=actor, at=at)
        await session.commit()
    return patient_view(row)


@put("/patients/{patient_id:str}", guards=[office(*_WRITERS)], responses=problems(*_SIGNED_IN, "not-found", "conflict"))
async def put_patient(
    context: InContext, staff: InStaff, patient_id: FromPath[str], data: JSONBody[PatientChange]
) -> PatientView:
    """The patient's data anew; devices with a coming visit hear of it."""
    async with context.database.writing() as session:
        at, actor = context.clock.now(), audit.staff_actor(staff.id)
        row = await change_patient(
            session, patient_id, patient_data(data), actor=actor, at=at, seen_changed_at=data.seen_changed_at
        )
        await publish_patient(session, context.keys.storage, row.id, at=at)
        await recompare_patient(session, context, row.id, at=at)
        await session.commit()
    return patient_view(row)


@put("/patients/{patient_id:str}/home-visits", guards=[office(*_WRITERS)], responses=problems(*_SIGNED_IN, "not-found"))
async def put_home_visits(
    context: InContext, staff: InStaff, patient_id: FromPath[str], data: JSONBody[HomeVisitsInput]
) -> PatientView:
    """Ends the continuing home visits: after that day the patient is asked about again only once the card was checked
    anew."""
    async with context.database.writing() as session:
        at, actor = context.clock.now(), audit.staff_actor(staff.id)
        row = await end_home_visits(session, patient_id, data.ended_on, actor=actor, at=at)
        await session.commit()
    return patient_view(row)


ROUTES = (get_patients, get_patient, post_patient, put_patient, put_home_visits)
