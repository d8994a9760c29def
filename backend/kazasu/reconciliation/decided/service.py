"""Rows of decisions. An undone one stays, with who undid it and why; nothing is deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.db import Session
from kazasu.keys import StorageKey
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import holds_declared, without_declared
from kazasu.reconciliation.models import DecisionRow, HoldRow

__all__ = ["add_decision", "decisions_without_declared", "forget_typed_claims", "mark_undone", "standing_decisions"]


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


async def forget_typed_claims(session: Session, storage: StorageKey, check: str) -> None:
    """Takes out of the kept evidence of a visit's decisions what was typed from its declaration, which is destroyed.

    What went out in a batch is the claim itself, and stays with the batch.
    """
    root = select(CheckRow.repeat_of).where(CheckRow.id == check).scalar_subquery()
    of_visit = select(CheckRow.id).where(or_(CheckRow.id == check, CheckRow.repeat_of == check, CheckRow.id == root))
    holds = select(HoldRow.id).where(HoldRow.check.in_(of_visit))
    rows = await session.scalars(
        select(DecisionRow).where(
            DecisionRow.hold.in_(holds), DecisionRow.decision == Decision.UNKNOWN, DecisionRow.kept.is_not(None)
        )
    )
    for row in rows.all():
        if row.kept is not None and holds_declared(storage, row.id, row.kept):
            row.kept = without_declared(storage, row.id, row.kept)
    await session.flush()


async def decisions_without_declared(session: Session, storage: StorageKey) -> list[str]:
    """The decisions for a claim as unknown that hold nothing typed from a declaration (any more)."""
    rows = await session.execute(
        select(DecisionRow.id, DecisionRow.kept).where(DecisionRow.decision == Decision.UNKNOWN)
    )
    return [row.id for row in rows if row.kept is None or not holds_declared(storage, row.id, row.kept)]
