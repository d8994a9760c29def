"""Brings a check's state in line with what is known; every change is audited. Nothing else sets `CheckRow.state`."""

from datetime import datetime

from sqlalchemy import Select, select

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState, may_follow
from kazasu.db import Session
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import InquiryState
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.state import HoldState

__all__ = ["StateError", "move", "settle"]

_OPEN = (HoldState.OPEN, HoldState.WAITING)
_ACTIVE = (InquiryState.ASKED, InquiryState.WAITING, InquiryState.FAILED_DUE_AGAIN)
_SETTLING = [decision for decision in Decision if decision.settles_the_claim]


class StateError(Exception):
    """A check was about to go from one state to another that may not follow; a fault of ours."""

    def __init__(self, present: CheckState, following: CheckState) -> None:
        super().__init__(present.value, following.value)
        self.present = present
        self.following = following


async def move(session: Session, check: CheckRow, to: CheckState, *, actor: str, at: datetime) -> None:
    """The check goes to this state, and the audit log says so; staying where it is says nothing."""
    present = check.state
    if present is to:
        return
    if not may_follow(present, to):
        raise StateError(present, to)
    check.state = to
    await session.flush()
    await audit.append(session, actor, "check_state", "check", check.id, {"from": present.value, "to": to.value}, at)


async def settle(session: Session, check: CheckRow, *, actor: str, at: datetime) -> None:
    """Moves the check, and those that repeat it, to where holds, inquiries and decisions put them; void stays void."""
    if check.state is CheckState.VOID:
        return
    await move(session, check, await _standing(session, check), actor=actor, at=at)
    for repeat in (await session.scalars(select(CheckRow).where(CheckRow.repeat_of == check.id))).all():
        await settle(session, repeat, actor=actor, at=at)


async def _standing(session: Session, check: CheckRow) -> CheckState:
    if await _any(session, select(HoldRow.id).where(HoldRow.check == check.id, HoldRow.state.in_(_OPEN))):
        return CheckState.HELD
    settled = (
        select(DecisionRow.id)
        .join(HoldRow, HoldRow.id == DecisionRow.hold)
        .where(
            HoldRow.check == check.id,
            HoldRow.state == HoldState.DECIDED,
            DecisionRow.decision.in_(_SETTLING),
            DecisionRow.undone_at.is_(None),
        )
    )
    if await _any(session, settled):
        return CheckState.RECONCILED
    if check.repeat_of is not None:
        # A repeat is asked and counted with the check that it repeats, and stands where that one stands.
        repeated = await session.get_one(CheckRow, check.repeat_of)
        return CheckState.RECORDED if repeated.state is CheckState.VOID else repeated.state
    asked = select(InquiryRow.id).where(InquiryRow.check == check.id, InquiryRow.state.in_(_ACTIVE))
    if await _any(session, asked):
        return CheckState.ASKING
    return CheckState.RECONCILED if check.result is not None else CheckState.RECORDED


async def _any(session: Session, wanted: Select[str]) -> bool:
    return bool(await session.scalar(select(wanted.exists())))
