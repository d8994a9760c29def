"""A decision, its undoing, and what follows: what was explained, or corrected, is asked now. Imports no SQL."""

from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.joining import join_day
from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import recorded_of_entry
from kazasu.checks.service import find_check
from kazasu.context import Context
from kazasu.db import Session, lock_name, lock_order, new_id
from kazasu.exports.standing import EXPORT_LOCK, is_exported
from kazasu.exports.unknown_input import UnknownInput
from kazasu.inquiries.listed import latest_answer
from kazasu.problems import ProblemError
from kazasu.reconciliation.decided import add_decision, mark_undone, standing_decisions
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.keeping import gather_kept
from kazasu.reconciliation.kept import sealed_kept
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import REASONS
from kazasu.reconciliation.service import close_decided, lock_hold, reopen
from kazasu.reconciliation.state import HoldState

__all__ = ["make_decision", "undo_decision"]


async def make_decision(
    session: Session,
    context: Context,
    hold: str,
    decision: Decision,
    *,
    reason: str,
    staff: str,
    unknown: UnknownInput | None = None,
    bulk: str | None = None,
) -> HoldRow:
    """Decides the hold in the caller's transaction, with what stood before the person's eyes; problems `not-found`,
    `conflict` where it is closed."""
    await lock_order(session)
    now = context.clock.now()
    row = await lock_hold(session, hold)
    if row is None:
        raise ProblemError("not-found")
    if not row.state.is_open:
        raise ProblemError("conflict")
    check = await find_check(session, row.check) if row.check else None
    await _keep(session, context, row, check, decision, reason=reason, staff=staff, unknown=unknown, bulk=bulk)
    state = HoldState.DECIDED if decision.closes_the_hold else HoldState.WAITING
    await close_decided(session, row, state, actor=audit.staff_actor(staff), at=now)
    if decision in (Decision.ACCEPT, Decision.CORRECT_ROSTER):
        about = check or await _check_of_entry(session, row)
        if about is not None and REASONS[row.reason].stops_asking:
            # Nobody doubts it any more: it may be of somebody else's visit.
            await join_day(session, context, about, actor=audit.staff_actor(staff), at=now)
        if about is not None and not (about.repeat_of is not None and REASONS[row.reason].stops_asking):
            await ask_about(session, context, about, actor=audit.staff_actor(staff), at=now)
    return row


async def undo_decision(session: Session, context: Context, hold: str, *, reason: str, staff: str) -> HoldRow:
    """Takes the last decision about the hold back, which opens it again; problems `not-found`, `conflict` where none
    stands, `decision-exported` while the check is out in a batch."""
    await lock_name(session, EXPORT_LOCK)
    await lock_order(session)
    now, actor = context.clock.now(), audit.staff_actor(staff)
    row = await lock_hold(session, hold)
    if row is None:
        raise ProblemError("not-found")
    made = await standing_decisions(session, row.id)
    if not made or row.state is HoldState.RELEASED:
        raise ProblemError("conflict")
    if row.state is HoldState.DECIDED and row.check is not None and await _is_out(session, row.check):
        raise ProblemError("decision-exported")
    await mark_undone(session, made[-1], staff=staff, because=reason, actor=actor, at=now)
    # A step that was taken before stands still: what was asked may yet be answered.
    state = HoldState.WAITING if len(made) > 1 and not made[-2].decision.closes_the_hold else HoldState.OPEN
    await reopen(session, row, because="undone", actor=actor, at=now, state=state)
    return row


async def _keep(
    session: Session,
    context: Context,
    row: HoldRow,
    check: CheckRow | None,
    decision: Decision,
    *,
    reason: str,
    staff: str,
    unknown: UnknownInput | None,
    bulk: str | None,
) -> None:
    evidence, answer, kept, id_ = dict(row.evidence), None, None, new_id()
    if check is not None:
        answer = await latest_answer(session, check.id)
        evidence |= {
            "check_state": check.state.value,
            "result": check.result.value if check.result else None,
            "simulated": check.is_simulated,
            "assurance": check.assurance.value,
        }
        gathered = await gather_kept(session, context, check, answer, decision, unknown)
        kept = sealed_kept(context.keys.storage, id_, gathered)
    await add_decision(
        session,
        row,
        decision,
        id=id_,
        reason=reason,
        staff=staff,
        evidence=evidence,
        answer=answer.id if answer is not None else None,
        kept=kept,
        bulk=bulk,
        at=context.clock.now(),
    )


async def _check_of_entry(session: Session, row: HoldRow) -> CheckRow | None:
    recorded = await recorded_of_entry(session, row.entry) if row.entry is not None else None
    return await find_check(session, recorded.check) if recorded is not None and recorded.check else None


async def _is_out(session: Session, check: str) -> bool:
    row = await find_check(session, check)
    return await is_exported(session, row.repeat_of or row.id if row is not None else check)
