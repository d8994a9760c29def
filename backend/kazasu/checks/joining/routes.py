"""The checks of one visit, shown together; and what a person says of two checks: one visit, or two."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from checksync import Assurance
from kazasu.checks.joining.day import decide_visit
from kazasu.checks.joining.service import joins_into
from kazasu.checks.models import CheckRow, VisitJoinRow
from kazasu.checks.service import find_check, repeats_of
from kazasu.checks.state import CheckState
from kazasu.context import Context
from kazasu.db import Session
from kazasu.problems import ProblemError
from kazasu.rules import IdentityMethod, Say, Setting
from kazasu.rules.same_visit import SAY, Why
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")


class TogetherView(msgspec.Struct, frozen=True):
    """One check of the visit, with its own proof: nothing of it was overwritten."""

    check: str
    state: CheckState
    device: str
    staff: str | None
    setting: Setting
    identity_method: IdentityMethod
    assurance: Assurance
    log: str
    entry_number: int
    checked_at: datetime
    received_at: datetime


class JoinView(msgspec.Struct, frozen=True):
    """That a check was joined into another's visit, why, and until when."""

    check: str
    into: str
    why: Why
    say: Say
    joined_at: datetime
    parted_at: datetime | None
    parted_because: str | None


class VisitTogether(msgspec.Struct, frozen=True):
    """A visit: asked, counted and claimed once, with `counted`; every check of it, the first one first."""

    counted: str
    checks: list[TogetherView]
    joins: list[JoinView]


class VisitDecisionInput(msgspec.Struct, frozen=True):
    """Another check of the same patient and day, whether the two are one visit, and why."""

    other: Annotated[str, Meta(max_length=40)]
    is_one: bool
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]

    def __repr__(self) -> str:
        return "<VisitDecisionInput>"


@get("/checks/{check_id:str}/visit", guards=[office()], responses=problems(*_SIGNED_IN, "not-found"))
async def get_visit(context: InContext, check_id: FromPath[str]) -> VisitTogether:
    """All checks of the visit that this check is of: by whom, on which device, with which proof."""
    async with context.database.reading() as session:
        return await _together(session, check_id)


@post(
    "/checks/{check_id:str}/visit",
    guards=[office(Role.BACK_OFFICE, Role.ADMINISTRATOR)],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found", "decision-exported"),
)
async def post_visit(
    context: InContext, staff: InStaff, check_id: FromPath[str], data: JSONBody[VisitDecisionInput]
) -> VisitTogether:
    """One visit, or two: the last word about a pair counts, and undoes the one before. Not where something went out."""
    async with context.database.writing() as session:
        await _decide(session, context, check_id, data, staff=staff.id)
        view = await _together(session, check_id)
        await session.commit()
    return view


async def _decide(session: Session, context: Context, check: str, data: VisitDecisionInput, *, staff: str) -> None:
    await decide_visit(session, context, check, data.other, is_one=data.is_one, reason=data.reason, staff=staff)


async def _together(session: Session, check: str) -> VisitTogether:
    row = await find_check(session, check)
    root = await find_check(session, row.repeat_of) if row is not None and row.repeat_of is not None else row
    if root is None:
        raise ProblemError("not-found")
    checks = sorted([root, *await repeats_of(session, root.id)], key=lambda one: (one.checked_at, one.id))
    joins = {join.id: join for one in checks for join in await joins_into(session, one.id)}
    shown = sorted(joins.values(), key=lambda join: (join.joined_at, join.id))
    return VisitTogether(root.id, [_check_view(one) for one in checks], [_join_view(join) for join in shown])


def _check_view(row: CheckRow) -> TogetherView:
    return TogetherView(
        row.id, row.state, row.device, row.staff, row.setting, row.identity_method, row.assurance, row.log,
        row.entry_number, row.checked_at, row.received_at,
    )  # fmt: skip


def _join_view(row: VisitJoinRow) -> JoinView:
    why = Why(row.why)
    return JoinView(row.check, row.into, why, SAY[why], row.joined_at, row.parted_at, row.parted_because)


ROUTES = (get_visit, post_visit)
