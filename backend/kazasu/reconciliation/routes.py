"""Holds for the back office, and the decision that closes one."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.checks.service import find_check
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.reconciliation.compared_facts import compare_check
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.schemas import DecisionInput, HoldDetail, HoldPage, HoldView, hold_detail, hold_view
from kazasu.reconciliation.service import decisions_of, find_hold, list_holds
from kazasu.reconciliation.state import HoldState
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_DECIDERS = (Role.BACK_OFFICE, Role.ADMINISTRATOR)
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/holds", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_holds(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    hold_state: FromQuery[HoldState | None] = None,
    reason: FromQuery[HoldReason | None] = None,
    check: FromQuery[str | None] = None,
) -> HoldPage:
    """Holds, the newest first."""
    async with context.database.reading() as session:
        rows = await list_holds(
            session, after=Keyset.of(after), limit=limit + 1, state=hold_state, reason=reason, check=check
        )
        decisions = await decisions_of(session, [row.id for row in rows])
    page = [hold_view(row, decisions) for row in rows[:limit]]
    more = len(rows) > limit
    return HoldPage(page, Keyset(rows[limit - 1].raised_at, rows[limit - 1].id).cursor() if more else None)


@get("/holds/{hold_id:str}", guards=[office(*_DECIDERS)], responses=problems(*_SIGNED_IN, "not-found"))
async def get_hold(context: InContext, hold_id: FromPath[str]) -> HoldDetail:
    """One hold, with the values in which the answer differs from roster, card or the answer before."""
    async with context.database.reading() as session:
        row = await find_hold(session, hold_id)
        if row is None:
            raise ProblemError("not-found")
        check = await find_check(session, row.check) if row.check else None
        compared = await compare_check(session, context, check) if check is not None else None
        return hold_detail(row, await decisions_of(session, [row.id]), compared)


@post(
    "/holds/{hold_id:str}/decision",
    guards=[office(*_DECIDERS)],
    responses=problems(*_SIGNED_IN, "not-found", "conflict"),
)
async def post_decision(
    context: InContext, staff: InStaff, hold_id: FromPath[str], data: JSONBody[DecisionInput]
) -> HoldView:
    """Decides a hold: kept with who, why, and what they had before them."""
    async with context.database.writing() as session:
        row = await make_decision(session, context, hold_id, data.decision, reason=data.reason, staff=staff.id)
        view = hold_view(row, await decisions_of(session, [row.id]))
        await session.commit()
    return view


ROUTES = (get_holds, get_hold, post_decision)
