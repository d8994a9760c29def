"""Many proposals accepted as one action, answered hold by hold. Imports no SQL."""

from collections.abc import Sequence

from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session, lock_order, new_id
from kazasu.reconciliation.bulk import Acceptance, Accepted, BulkOutcome, Proposed, one_by_one
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.service import find_hold

__all__ = ["accept_proposals"]


async def accept_proposals(
    session: Session, context: Context, proposed: Sequence[Proposed], *, reason: str, staff: str
) -> Acceptance:
    """Decides each hold as proposed, in the caller's transaction; what cannot be is said, and hinders no other."""
    await lock_order(session)
    bulk, at = new_id(), context.clock.now()
    outcomes: list[Accepted] = []
    for one in proposed:
        row = await find_hold(session, one.hold)
        outcome = _refused(row, one.decision)
        if row is not None and outcome is None:
            await make_decision(session, context, row.id, one.decision, reason=reason, staff=staff, bulk=bulk)
            outcome = BulkOutcome.DECIDED if one.decision.closes_the_hold else BulkOutcome.WAITING
        outcomes.append(Accepted(one.hold, outcome or BulkOutcome.NOT_FOUND))
    made = sum(one.outcome in (BulkOutcome.DECIDED, BulkOutcome.WAITING) for one in outcomes)
    details = {"asked": len(outcomes), "accepted": made}
    await audit.append(session, audit.staff_actor(staff), "proposals_accepted", "bulk", bulk, details, at)
    return Acceptance(bulk, outcomes)


def _refused(row: HoldRow | None, decision: Decision) -> BulkOutcome | None:
    if row is None:
        return BulkOutcome.NOT_FOUND
    if not row.state.is_open:
        return BulkOutcome.CLOSED
    if one_by_one(row.reason):
        return BulkOutcome.ONE_BY_ONE
    if row.proposal is None:
        return BulkOutcome.NO_PROPOSAL
    if row.proposal is not decision:
        return BulkOutcome.PROPOSAL_CHANGED
    return BulkOutcome.NEEDS_TYPING if decision is Decision.UNKNOWN else None
