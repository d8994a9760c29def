"""One hold with everything that the person who decides it sees, values included. Imports no SQL."""

from kazasu.checks.models import CheckRow
from kazasu.checks.service import find_check
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.exports.claiming.planning import claim_records, planned_fields, planned_for
from kazasu.exports.claiming.schemas import ClaimView, claim_view
from kazasu.exports.claiming.service import claim_facts_as
from kazasu.patients.service import find_patient
from kazasu.problems import ProblemError
from kazasu.reconciliation.compared_facts import compare_check
from kazasu.reconciliation.kept import open_kept
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.placing import NO_DEADLINE
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.schemas import HoldDetail, KeptView, hold_detail
from kazasu.reconciliation.service import decisions_of, find_hold
from kazasu.rules.claim_deadline import Deadline, hold_deadline

__all__ = ["show_hold"]


async def show_hold(session: Session, context: Context, hold: str) -> HoldDetail:
    """The hold in full; problem `not-found`."""
    row = await find_hold(session, hold)
    if row is None:
        raise ProblemError("not-found")
    check = await find_check(session, row.check) if row.check else None
    made = await decisions_of(session, [row.id])
    return hold_detail(
        row,
        made,
        compared=await compare_check(session, context, check) if check is not None else None,
        deadline=_deadline(context, row, check),
        claim=await _proposed_claim(session, context, row, check) if check is not None else None,
        kept=[
            KeptView(one.id, open_kept(context.keys.storage, one.id, one.kept)) for one in made if one.kept is not None
        ],
    )


def _deadline(context: Context, row: HoldRow, check: CheckRow | None) -> Deadline:
    """As it was worked out when the hold was raised, with its why."""
    stands = None if row.deadline == NO_DEADLINE else row.deadline
    closes_on = stands if row.reason is HoldReason.OTHER_PERSON else None
    day = check.checked_on if check is not None else row.month
    return hold_deadline(context.facility.kind, day, stops_claim=stands is not None, window_closes_on=closes_on)


async def _proposed_claim(session: Session, context: Context, row: HoldRow, check: CheckRow) -> ClaimView | None:
    if row.proposal is None or not row.proposal.settles_the_claim:
        return None
    patient = await find_patient(session, check.patient) if check.patient else None
    facts = await claim_facts_as(session, context.keys.storage, check, patient, row.proposal)
    today = day_in_japan(context.clock.now())
    plan = planned_for(context, facts, today)
    records = claim_records(context, planned_fields(facts, plan), facts.visit_date)
    return claim_view(facts, plan, records, filed_on=today, is_exercise=context.facility.is_exercise)
