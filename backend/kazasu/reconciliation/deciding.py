"""A decision and what follows from it: what was explained, or corrected, is asked now. Imports no SQL."""

from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.recorded import recorded_of_entry
from kazasu.checks.service import find_check
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.service import decide

__all__ = ["make_decision"]


async def make_decision(
    session: Session, context: Context, hold: str, decision: Decision, *, reason: str, staff: str
) -> HoldRow:
    """Decides the hold in the caller's transaction; problems `not-found`, `conflict` where it is closed."""
    await lock_order(session)
    now = context.clock.now()
    row = await decide(session, hold, decision, reason=reason, staff=staff, at=now)
    if decision in (Decision.ACCEPT, Decision.CORRECT_ROSTER):
        check = row.check
        if check is None and row.entry is not None:
            recorded = await recorded_of_entry(session, row.entry)
            check = recorded.check if recorded is not None else None
        found = await find_check(session, check) if check is not None else None
        if found is not None:
            await ask_about(session, context, found, actor=audit.staff_actor(staff), at=now)
    return row
