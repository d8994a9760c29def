"""Rows of decisions. An undone one stays, with who undid it and why; nothing is deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from kazasu import audit
from kazasu.db import Session
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow

__all__ = ["add_decision", "destroy_kept", "mark_undone", "standing_decisions"]


async def add_decision(
    session: Session,
    row: HoldRow,
    decision: Decision,
    *,
    id: str,
    reason: str,
    staff: str,
    evidence: Mapping[str, Any],
    answer: str | None,
    kept: bytes | None,
    bulk: str | None,
    at: datetime,
) -> DecisionRow:
    """Keeps who decided what, why, and on what."""
    made = DecisionRow(
        id=id,
        hold=row.id,
        decision=decision,
        reason=reason,
        staff=staff,
        evidence=dict(evidence),
        answer=answer,
        kept=kept,
        bulk=bulk,
        decided_at=at,
        undone_at=None,
        undone_by=None,
        undone_because=None,
    )
    session.add(made)
    await session.flush()
    details: dict[str, Any] = {"hold": row.id, "decision": decision.value, "hold_reason": row.reason.value}
    if bulk is not None:
        details["bulk"] = bulk
    await audit.append(session, audit.staff_actor(staff), "decision_made", "decision", made.id, details, at)
    return made


async def standing_decisions(session: Session, hold: str) -> Sequence[DecisionRow]:
    """The hold's decisions that are not undone, oldest first; of one moment a step before what closed it."""
    found = await session.scalars(
        select(DecisionRow)
        .where(DecisionRow.hold == hold, DecisionRow.undone_at.is_(None))
        .order_by(DecisionRow.decided_at, DecisionRow.id)
    )
    return sorted(found.all(), key=lambda made: (made.decided_at, made.decision.closes_the_hold))


async def mark_undone(
    session: Session, made: DecisionRow, *, staff: str | None, because: str, actor: str, at: datetime
) -> None:
    """The decision stands no more. Only the word of the system is audited, never a person's words."""
    made.undone_at, made.undone_by, made.undone_because = at, staff, because
    await session.flush()
    details: dict[str, Any] = {"hold": made.hold, "decision": made.decision.value}
    if staff is None:
        details["because"] = because
    await audit.append(session, actor, "decision_undone", "decision", made.id, details, at)


async def destroy_kept(session: Session, check: str, *, actor: str, at: datetime) -> int:
    """The values that decisions about a check stood on are gone for good: what was typed from a declaration must not
    outlive it. Who decided what, and why, stays. Says of how many decisions."""
    holds = select(HoldRow.id).where(HoldRow.check == check)
    found = await session.scalars(
        update(DecisionRow)
        .where(DecisionRow.hold.in_(holds), DecisionRow.kept.is_not(None))
        .values(kept=None)
        .returning(DecisionRow.id)
    )
    destroyed = sorted(found.all())
    for made in destroyed:
        await audit.append(session, actor, "decision_evidence_destroyed", "decision", made, {"check": check}, at)
    return len(destroyed)
