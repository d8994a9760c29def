"""Logs for the back office: how far each is, what is wrong with it, and what to do about it."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter

from kazasu.keyset import LARGEST_NUMBER, LARGEST_PAGE
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.sync.log_schemas import (
    BranchEntryView,
    GapView,
    LogDetailView,
    RefusedPushPage,
    branch_view,
    gap_view,
    log_detail_view,
    refused_view,
)
from kazasu.sync.office import branches_of, find_log, gaps_of, refused_pushes
from kazasu.sync.schemas import LogView, log_view
from kazasu.sync.service import list_logs
from kazasu.web import WHILE_CLOSED, InContext, office, problems

_OFFICE = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Before = Annotated[int | None, QueryParameter(ge=1, le=LARGEST_NUMBER)]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/logs", guards=_OFFICE, opt=WHILE_CLOSED, responses=problems(*_SIGNED_IN))
async def get_logs(context: InContext) -> list[LogView]:
    """Every log: what is in, and what its device says is still out."""
    async with context.database.reading() as session:
        return [log_view(row) for row in await list_logs(session)]


@get("/logs/{log:str}", guards=_OFFICE, opt=WHILE_CLOSED, responses=problems(*_SIGNED_IN, "not-found"))
async def get_log(context: InContext, log: FromPath[str]) -> LogDetailView:
    """One log: its state in one word, what that means, and what to do."""
    async with context.database.reading() as session:
        found = await find_log(session, log)
    if found is None:
        raise ProblemError("not-found")
    return log_detail_view(found)


@get("/logs/{log:str}/branches", guards=_OFFICE, opt=WHILE_CLOSED, responses=problems(*_SIGNED_IN, "not-found"))
async def get_branches(context: InContext, log: FromPath[str]) -> list[BranchEntryView]:
    """The entries of the other branch of a closed log: kept, counted nowhere."""
    async with context.database.reading() as session:
        if await find_log(session, log) is None:
            raise ProblemError("not-found")
        return [branch_view(entry) for entry in await branches_of(session, context.keys.opener, log)]


@get("/logs/{log:str}/gaps", guards=_OFFICE, opt=WHILE_CLOSED, responses=problems(*_SIGNED_IN, "not-found"))
async def get_gaps(context: InContext, log: FromPath[str]) -> list[GapView]:
    """The numbers that the device declared gone, by its signed statement."""
    async with context.database.reading() as session:
        if await find_log(session, log) is None:
            raise ProblemError("not-found")
        return [gap_view(row) for row in await gaps_of(session, log)]


@get("/refused-pushes", guards=_OFFICE, opt=WHILE_CLOSED, responses=problems(*_SIGNED_IN))
async def get_refused_pushes(context: InContext, before: Before = None, limit: Limit = 50) -> RefusedPushPage:
    """What did not verify and is kept as evidence, the newest first."""
    async with context.database.reading() as session:
        rows = await refused_pushes(session, before=before, limit=limit + 1)
    page = rows[:limit]
    return RefusedPushPage([refused_view(row) for row in page], page[-1].id if len(rows) > limit else None)


ROUTES = (get_logs, get_log, get_branches, get_gaps, get_refused_pushes)
