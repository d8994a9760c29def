"""Brings a check's state in line with what is known; every change is audited. Nothing else sets `CheckRow.state`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState, may_follow
from kazasu.db import Session
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import OPEN
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.state import HoldState

__all__ = ["StateError", "move", "settle"]

_OPEN = (HoldState.OPEN, HoldState.WAITING)
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
    rows: Sequence[CheckRow] = [check]
    # Repeats stand where the check stands that they repeat: one level after the other, each in a few looks.
    while rows := [row for row in rows if row.state is not CheckState.VOID]:
        following = await _standings(session, rows)
        for row in rows:
            await move(session, row, following[row.id], actor=actor, at=at)
        repeats = select(CheckRow).where(CheckRow.repeat_of.in_([row.id for row in rows]))
        rows = (await session.scalars(repeats.order_by(CheckRow.checked_at, CheckRow.id))).all()


async def _standings(session: Session, rows: Sequence[CheckRow]) -> dict[str, CheckState]:
    checks = [row.id for row in rows]
    held = await _those(session, select(HoldRow.check).where(HoldRow.check.in_(checks), HoldRow.state.in_(_OPEN)))
    reconciled = await _those(
        session,
        select(HoldRow.check)
        .join(DecisionRow, HoldRow.id == DecisionRow.hold)
        .where(
            HoldRow.check.in_(checks),
            HoldRow.state == HoldState.DECIDED,
            DecisionRow.decision.in_(_SETTLING),
            DecisionRow.undone_at.is_(None),
        ),
    )
    own = [row.id for row in rows if row.repeat_of is None]
    asking = set()
    if own:
        active = InquiryRow.state.in_(OPEN)
        asking = await _those(session, select(InquiryRow.check).where(InquiryRow.check.in_(own), active))
    found = {}
    for row in rows:
        if row.id in held:
            found[row.id] = CheckState.HELD
        elif row.id in reconciled:
            found[row.id] = CheckState.RECONCILED
        elif row.repeat_of is not None:
            # A repeat is asked and counted with the check that it repeats, and stands where that one stands.
            repeated = await session.get_one(CheckRow, row.repeat_of)
            found[row.id] = CheckState.RECORDED if repeated.state is CheckState.VOID else repeated.state
        elif row.id in asking:
            found[row.id] = CheckState.ASKING
        else:
            found[row.id] = CheckState.RECONCILED if row.result is not None else CheckState.RECORDED
    return found


async def _those(session: Session, wanted: Select[str] | Select[str | None]) -> set[str | None]:
    return set(await session.scalars(wanted.distinct()))
