"""Consents that patients registered on the government's page: fetched, listed, given to a check by a person."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu import audit
from kazasu.checks.service import find_check
from kazasu.inquiries.consents.fetching import fetch_days
from kazasu.inquiries.consents.schemas import (
    Assignment,
    ConsentPage,
    FetchDays,
    FetchedConsentView,
    FetchesView,
    consent_view,
)
from kazasu.inquiries.consents.service import list_consents
from kazasu.inquiries.consents.taking import assign_consent
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_TYPISTS = (Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@post("/fetched-consents/fetch", guards=[office(*_TYPISTS)], status_code=200, responses=problems(*_SIGNED_IN))
async def post_fetch(context: InContext, staff: InStaff, data: JSONBody[FetchDays]) -> FetchesView:
    """Fetches the consents registered on these days; those of days on which a check waits are fetched by themselves."""
    done = await fetch_days(context, data.since, data.until, actor=audit.staff_actor(staff.id))
    return FetchesView(done.days, done.under_way, done.waits_because)


@get("/fetched-consents", guards=[office(*_TYPISTS)], responses=problems(*_SIGNED_IN))
async def get_consents(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    matched: FromQuery[bool | None] = None,
) -> ConsentPage:
    """Fetched consents, the newest first."""
    async with context.database.reading() as session:
        rows = await list_consents(session, after=Keyset.of(after), limit=limit + 1, is_matched=matched)
    more = len(rows) > limit
    return ConsentPage(
        [consent_view(row) for row in rows[:limit]],
        Keyset(rows[limit - 1].fetched_at, rows[limit - 1].id).cursor() if more else None,
    )


@post(
    "/fetched-consents/{consent_id:str}/assign",
    guards=[office(*_TYPISTS)],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found", "conflict", "road-not-open"),
)
async def post_assignment(
    context: InContext, staff: InStaff, consent_id: FromPath[str], data: JSONBody[Assignment]
) -> FetchedConsentView:
    """This consent is that check's: a person says so where it could not be told."""
    async with context.database.writing() as session:
        check = await find_check(session, data.check)
        if check is not None and check.repeat_of is not None:
            check = await find_check(session, check.repeat_of)
        if check is None:
            raise ProblemError("not-found")
        row = await assign_consent(session, context, consent_id, check, staff=staff.id, at=context.clock.now())
        await session.commit()
        return consent_view(row)


ROUTES = (post_fetch, get_consents, post_assignment)
