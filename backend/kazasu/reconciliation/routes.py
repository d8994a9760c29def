"""Holds for the back office, and the decision that closes one."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.reconciliation.accepting import accept_proposals
from kazasu.reconciliation.bulk import Proposed
from kazasu.reconciliation.deciding import make_decision, undo_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason, Severity
from kazasu.reconciliation.schemas import (
    AcceptanceInput,
    AcceptanceView,
    DecisionInput,
    HoldDetail,
    HoldPage,
    HoldView,
    ReasonInput,
    acceptance_view,
    hold_view,
)
from kazasu.reconciliation.service import decisions_of, list_holds
from kazasu.reconciliation.showing import show_hold
from kazasu.reconciliation.state import HoldState
from kazasu.reconciliation.worklist import WorkFilter, WorkPlace, list_work
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_DECIDERS = (Role.BACK_OFFICE, Role.ADMINISTRATOR)
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]
Month = Annotated[str | None, QueryParameter(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="claim month, yyyy-mm")]


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


@get("/worklist", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_worklist(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    hold_state: FromQuery[HoldState | None] = None,
    reason: FromQuery[HoldReason | None] = None,
    severity: FromQuery[Severity | None] = None,
    proposal: FromQuery[Decision | None] = None,
    of_patient: FromQuery[str | None] = None,
    of_staff: FromQuery[str | None] = None,
    of_device: FromQuery[str | None] = None,
    month: Month = None,
) -> HoldPage:
    """The open holds, the nearest deadline first and then those on which most hangs."""
    wanted = WorkFilter(
        state=hold_state,
        reason=reason,
        severity=severity,
        proposal=proposal,
        patient=of_patient,
        staff=of_staff,
        device=of_device,
        month=date.fromisoformat(f"{month}-01") if month else None,
    )
    async with context.database.reading() as session:
        rows = await list_work(session, wanted, after=WorkPlace.of(after), limit=limit + 1)
        decisions = await decisions_of(session, [row.id for row in rows])
    page = [hold_view(row, decisions) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return HoldPage(page, WorkPlace(last.deadline, last.rank, last.id).cursor() if last is not None else None)


@get("/holds/{hold_id:str}", guards=[office(*_DECIDERS)], responses=problems(*_SIGNED_IN, "not-found"))
async def get_hold(context: InContext, hold_id: FromPath[str]) -> HoldDetail:
    """One hold with the values that only a person who decides sees: what the answer differs in, the claim that the
    proposal would send out, what earlier decisions stood on."""
    async with context.database.reading() as session:
        return await show_hold(session, context, hold_id)


@post(
    "/holds/{hold_id:str}/decision",
    guards=[office(*_DECIDERS)],
    responses=problems(*_SIGNED_IN, "not-found", "conflict"),
)
async def post_decision(
    context: InContext, staff: InStaff, hold_id: FromPath[str], data: JSONBody[DecisionInput]
) -> HoldView:
    """Decides a hold: kept with who, why, and what they had before them."""
    if data.unknown is not None and data.decision is not Decision.UNKNOWN:
        raise ProblemError("request-not-valid", errors=[{"field": "unknown", "message": "only with unknown"}])
    async with context.database.writing() as session:
        row = await make_decision(
            session, context, hold_id, data.decision, reason=data.reason, staff=staff.id, unknown=data.unknown
        )
        view = hold_view(row, await decisions_of(session, [row.id]))
        await session.commit()
    return view


@post(
    "/holds/{hold_id:str}/undo",
    guards=[office(*_DECIDERS)],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found", "conflict", "decision-exported"),
)
async def post_undo(
    context: InContext, staff: InStaff, hold_id: FromPath[str], data: JSONBody[ReasonInput]
) -> HoldView:
    """Takes the last decision about a hold back, which opens it again; not while its check is out in a batch."""
    async with context.database.writing() as session:
        row = await undo_decision(session, context, hold_id, reason=data.reason, staff=staff.id)
        view = hold_view(row, await decisions_of(session, [row.id]))
        await session.commit()
    return view


@post("/holds/accept", guards=[office(*_DECIDERS)], status_code=200, responses=problems(*_SIGNED_IN))
async def post_acceptance(context: InContext, staff: InStaff, data: JSONBody[AcceptanceInput]) -> AcceptanceView:
    """Accepts many proposals as one action, answered hold by hold; never what blocks, above all not `other_person`."""
    proposed = [Proposed(one.hold, one.decision) for one in data.holds]
    async with context.database.writing() as session:
        done = await accept_proposals(session, context, proposed, reason=data.reason, staff=staff.id)
        await session.commit()
    return acceptance_view(done)


ROUTES = (get_holds, get_worklist, get_hold, post_decision, post_undo, post_acceptance)
