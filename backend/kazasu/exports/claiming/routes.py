"""The fields of a decided check's claim, to type or paste into the receipt computer."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.exports.claiming.known import known_for_claim
from kazasu.exports.claiming.schemas import ClaimView, claim_view
from kazasu.exports.claiming.service import claim_facts, claim_subject
from kazasu.exports.unknown_input import UnknownInput, unknown_facts
from kazasu.rules.claim_fields import UnknownFacts, plan_claim
from kazasu.rules.claim_route import ClaimRouteRow, UnknownInsurerRow
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_PROBLEMS = ("token-not-valid", "role-not-allowed", "not-found", "check-not-decided")
ChecksDigit = Annotated[
    bool, QueryParameter(description="the receipt computer refuses a wrong check digit: 77777779 for unknown")
]


@get("/checks/{check_id:str}/claim", guards=_GUARDS, responses=problems(*_PROBLEMS))
async def get_claim(
    context: InContext,
    check_id: FromPath[str],
    filed_on: FromQuery[date | None] = None,
    checks_digit: ChecksDigit = False,
) -> ClaimView:
    """The claim's fields by the settled route; `filed_on` is today in Japan unless given."""
    return await _claim(context, check_id, filed_on, checks_digit, None)


@post("/checks/{check_id:str}/claim", guards=_GUARDS, status_code=200, responses=problems(*_PROBLEMS))
async def post_claim(
    context: InContext,
    check_id: FromPath[str],
    data: JSONBody[UnknownInput],
    filed_on: FromQuery[date | None] = None,
    checks_digit: ChecksDigit = False,
) -> ClaimView:
    """The same with what was typed for a check settled as unknown; nothing of it is stored."""
    return await _claim(context, check_id, filed_on, checks_digit, unknown_facts(data))


async def _claim(
    context: Context, check: str, filed_on: date | None, checks_digit: bool, unknown: UnknownFacts | None
) -> ClaimView:
    async with context.database.reading() as session:
        row, patient = await claim_subject(session, check)
        facts = await claim_facts(session, context.keys.storage, row, patient)
    day = filed_on or day_in_japan(context.clock.now())
    plan = plan_claim(
        context.facility.kind,
        known_for_claim(facts, unknown),
        day,
        receipt_computer_checks_digit=checks_digit,
        rows=context.rulebook.rows("claim_routes", ClaimRouteRow),
        unknown_insurers=context.rulebook.rows("unknown_insurers", UnknownInsurerRow),
    )
    return claim_view(facts, plan, filed_on=day, is_exercise=context.facility.is_exercise)


ROUTES = (get_claim, post_claim)
