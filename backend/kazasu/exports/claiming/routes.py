"""The fields of a decided check's claim, to type or paste into the receipt computer."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.declarations.content import unknown_facts_of
from kazasu.declarations.schemas import ClaimAsked
from kazasu.declarations.service import declaration_of_check, note_look, open_declaration
from kazasu.exports.claiming.planning import claim_records, planned_fields, planned_for
from kazasu.exports.claiming.schemas import ClaimView, claim_view
from kazasu.exports.claiming.service import claim_facts, claim_subject
from kazasu.exports.unknown_input import UnknownInput, unknown_facts
from kazasu.problems import ProblemError
from kazasu.rules.claim_fields import UnknownFacts
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_PROBLEMS = ("token-not-valid", "role-not-allowed", "not-found", "check-not-decided")
ChecksDigit = Annotated[
    bool | None,
    QueryParameter(
        description="the receipt computer refuses a wrong check digit: 77777779 for unknown; as set unless given"
    ),
]


@get("/checks/{check_id:str}/claim", guards=_GUARDS, responses=problems(*_PROBLEMS))
async def get_claim(
    context: InContext,
    check_id: FromPath[str],
    filed_on: FromQuery[date | None] = None,
    checks_digit: ChecksDigit = None,
) -> ClaimView:
    """The claim's fields by the settled route; `filed_on` is today in Japan unless given."""
    return await _claim(context, check_id, filed_on, checks_digit, None)


@post("/checks/{check_id:str}/claim", guards=_GUARDS, status_code=200, responses=problems(*_PROBLEMS))
async def post_claim(
    context: InContext,
    check_id: FromPath[str],
    data: JSONBody[UnknownInput],
    filed_on: FromQuery[date | None] = None,
    checks_digit: ChecksDigit = None,
) -> ClaimView:
    """The same with what was typed for a check settled as unknown; nothing of it is stored."""
    return await _claim(context, check_id, filed_on, checks_digit, unknown_facts(data))


@post(
    "/checks/{check_id:str}/claim/declared",
    guards=_GUARDS,
    status_code=200,
    responses=problems(*_PROBLEMS),
)
async def post_declared_claim(
    context: InContext,
    staff: InStaff,
    check_id: FromPath[str],
    data: JSONBody[ClaimAsked],
    filed_on: FromQuery[date | None] = None,
    checks_digit: ChecksDigit = None,
) -> ClaimView:
    """The claim of a check settled as unknown, with what its declaration says; problem `not-found` where none is on
    file. The look is audited, and nothing of it is stored."""
    async with context.database.writing() as session:
        check, _ = await claim_subject(session, check_id)
        row = await declaration_of_check(session, check.id)
        declared = await open_declaration(session, context, row) if row is not None else None
        if row is None or declared is None:
            raise ProblemError("not-found")
        await note_look(session, row, "claimed", staff=staff.id, at=context.clock.now())
        await session.commit()
    unknown = unknown_facts_of(
        declared,
        contacted_on=data.contacted_on,
        is_inpatient_or_returning=data.is_inpatient_or_returning,
        was_asked_again=data.was_asked_again,
    )
    return await _claim(context, check_id, filed_on, checks_digit, unknown)


async def _claim(
    context: Context, check: str, filed_on: date | None, checks_digit: bool | None, unknown: UnknownFacts | None
) -> ClaimView:
    async with context.database.reading() as session:
        row, patient = await claim_subject(session, check)
        facts = await claim_facts(session, context.keys.storage, row, patient)
    day = filed_on or day_in_japan(context.clock.now())
    plan = planned_for(context, facts, day, unknown=unknown, checks_digit=checks_digit)
    records = claim_records(context, planned_fields(facts, plan), facts.visit_date)
    return claim_view(facts, plan, records, filed_on=day, is_exercise=context.facility.is_exercise)


ROUTES = (get_claim, post_claim, post_declared_claim)
