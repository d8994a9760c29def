"""Visits: the roster from which devices learn whom to meet."""

from datetime import datetime
from typing import Annotated

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu import audit
from kazasu.db import Session
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.visits.models import VisitRow
from kazasu.visits.schemas import VisitChange, VisitInput, VisitPage, VisitView, visit_data, visit_view
from kazasu.visits.service import add_visit, ahead_of_visits, change_visit, find_visit, list_visits
from kazasu.web import InContext, InStaff, office, problems

_WRITERS = (Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/visits", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_visits(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    since: FromQuery[datetime | None] = None,
    before: FromQuery[datetime | None] = None,
    of_device: FromQuery[str | None] = None,
) -> VisitPage:
    """Visits in the order of their times."""
    async with context.database.reading() as session:
        rows = await list_visits(
            session,
            after=Keyset.of(after),
            limit=limit + 1,
            since=_aware("since", since),
            before=_aware("before", before),
            device=of_device,
        )
        ahead = await ahead_of_visits(session, rows[:limit])
    page = [visit_view(row, ahead.get(row.id)) for row in rows[:limit]]
    more = len(rows) > limit
    return VisitPage(page, Keyset(rows[limit - 1].at, rows[limit - 1].id).cursor() if more else None)


@get("/visits/{visit_id:str}", guards=[office()], responses=problems(*_SIGNED_IN, "not-found"))
async def get_visit(context: InContext, visit_id: FromPath[str]) -> VisitView:
    """One visit."""
    async with context.database.reading() as session:
        row = await find_visit(session, visit_id)
        if row is None:
            raise ProblemError("not-found")
        return await _view(session, row)


@post("/visits", guards=[office(*_WRITERS)], responses=problems(*_SIGNED_IN, "not-found", "conflict"))
async def post_visit(context: InContext, staff: InStaff, data: JSONBody[VisitInput]) -> VisitView:
    """A new visit; its device is told."""
    async with context.database.writing() as session:
        at, actor = context.clock.now(), audit.staff_actor(staff.id)
        row = await add_visit(session, context.keys.storage, visit_data(data), actor=actor, at=at)
        view = await _view(session, row)
        await session.commit()
    return view


@put("/visits/{visit_id:str}", guards=[office(*_WRITERS)], responses=problems(*_SIGNED_IN, "not-found", "conflict"))
async def put_visit(
    context: InContext, staff: InStaff, visit_id: FromPath[str], data: JSONBody[VisitChange]
) -> VisitView:
    """The visit anew, or cancelled; the devices concerned are told."""
    async with context.database.writing() as session:
        at, actor = context.clock.now(), audit.staff_actor(staff.id)
        row = await change_visit(
            session,
            context.keys.storage,
            visit_id,
            visit_data(data),
            actor=actor,
            at=at,
            seen_changed_at=data.seen_changed_at,
        )
        view = await _view(session, row)
        await session.commit()
    return view


async def _view(session: Session, row: VisitRow) -> VisitView:
    return visit_view(row, (await ahead_of_visits(session, [row])).get(row.id))


def _aware(field: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ProblemError("request-not-valid", errors=[{"field": field, "message": "has no time zone"}])
    return moment


ROUTES = (get_visits, get_visit, post_visit, put_visit)
