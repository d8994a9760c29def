"""A claim planned as this facility sends it: its kind, its own rules, its receipt computer."""

from datetime import date

from kazasu.context import Context
from kazasu.exports.claiming.known import ClaimFacts, known_for_claim
from kazasu.exports.receipt_record import (
    LinesNotKnown,
    RecordLines,
    RecordSettings,
    WithoutBranch,
    receipt_records,
)
from kazasu.reconciliation.decision import Decision
from kazasu.rules.claim_fields import ClaimFields, ClaimPlan, UnknownFacts, plan_claim
from kazasu.rules.claim_route import ClaimRouteRow, UnknownInsurerRow, form_of

__all__ = ["claim_records", "planned_fields", "planned_for"]


def planned_for(
    context: Context,
    facts: ClaimFacts,
    filed_on: date,
    *,
    unknown: UnknownFacts | None = None,
    checks_digit: bool | None = None,
) -> ClaimPlan:
    """The plan of the claim; `checks_digit` None: as the facility's receipt computer is set."""
    settings = context.settings
    return plan_claim(
        context.facility.kind,
        known_for_claim(facts, unknown),
        filed_on,
        receipt_computer_checks_digit=settings.receipt_computer_checks_digit if checks_digit is None else checks_digit,
        rows=context.rulebook.rows("claim_routes", ClaimRouteRow),
        unknown_insurers=context.rulebook.rows("unknown_insurers", UnknownInsurerRow),
    )


def planned_fields(facts: ClaimFacts, plan: ClaimPlan) -> ClaimFields | None:
    """The fields that go out; private payment has no claim whatever is known."""
    return None if facts.settled_by is Decision.PRIVATE_PAYMENT else plan.fields


def claim_records(context: Context, fields: ClaimFields | None, visit_date: date) -> RecordLines | LinesNotKnown | None:
    """The claim's record lines, or that they are not known for the facility's form; None where no claim goes out."""
    facility = context.facility
    form = form_of(facility.kind, is_dental=facility.is_dental)
    if fields is None or form is None:
        return None
    is_empty_written = context.settings.receipt_computer_writes_empty_branch
    settings = RecordSettings(without_branch=WithoutBranch.WRITE_EMPTY if is_empty_written else WithoutBranch.LEAVE_OUT)
    month = (visit_date.year, visit_date.month)
    return receipt_records(fields, form, month, settings=settings, is_exercise=facility.is_exercise)
