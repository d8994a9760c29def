"""Checks as they stand, and what was recorded beside them."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import list_recorded
from kazasu.checks.schemas import (
    CheckDetail,
    CheckPage,
    RecordedPage,
    check_detail,
    check_view,
    recorded_view,
)
from kazasu.checks.service import consents_of, find_check, find_checks, list_checks, repeats_of
from kazasu.checks.state import CheckState
from kazasu.inquiries.listed import inquiries_of, inquiries_of_many, latest_answer
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.reconciliation.service import decisions_of, holds_of, open_holds_of_many
from kazasu.web import InContext, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/checks", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_checks(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    check_state: FromQuery[CheckState | None] = None,
    patient: FromQuery[str | None] = None,
) -> CheckPage:
    """Checks, the newest first."""
    async with context.database.reading() as session:
        rows = await list_checks(session, after=Keyset.of(after), limit=limit + 1, state=check_state, patient=patient)
        shown = rows[:limit]
        originals = {row.id: row for row in await find_checks(session, [_asked(row) for row in shown])}
        inquiries = await inquiries_of_many(session, list(originals))
        holds = await open_holds_of_many(session, [row.id for row in shown])
    page = [check_view(row, inquiries=inquiries, holds=holds, original=originals.get(_asked(row))) for row in shown]
    more = len(rows) > limit
    return CheckPage(page, Keyset(rows[limit - 1].received_at, rows[limit - 1].id).cursor() if more else None)


@get("/checks/{check_id:str}", guards=[office()], responses=problems(*_SIGNED_IN, "not-found"))
async def get_check(context: InContext, check_id: FromPath[str]) -> CheckDetail:
    """One check: its assurance, the road it took, the answer, the holds."""
    async with context.database.reading() as session:
        row = await find_check(session, check_id)
        if row is None:
            raise ProblemError("not-found")
        original = await find_check(session, row.repeat_of) if row.repeat_of else None
        holds = await holds_of(session, row.id)
        return check_detail(
            row,
            original=original,
            consents=await consents_of(session, row.id),
            inquiries=await inquiries_of(session, _asked(row)),
            answer=await latest_answer(session, _asked(row)),
            holds=holds,
            decisions=await decisions_of(session, [hold.id for hold in holds]),
            repeats=await repeats_of(session, row.id),
        )


@get("/recorded", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_recorded(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    kind: FromQuery[str | None] = None,
    check: FromQuery[str | None] = None,
) -> RecordedPage:
    """Documents, declarations, consents, withdrawals, voids and trouble, the newest first, by their codes."""
    async with context.database.reading() as session:
        rows = await list_recorded(session, after=Keyset.of(after), limit=limit + 1, kind=kind, check=check)
    page = [recorded_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return RecordedPage(page, Keyset(rows[limit - 1].received_at, rows[limit - 1].id).cursor() if more else None)


def _asked(row: CheckRow) -> str:
    return row.repeat_of or row.id


ROUTES = (get_checks, get_check, get_recorded)
