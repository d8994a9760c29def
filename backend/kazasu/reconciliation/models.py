"""Holds and decisions."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState


class HoldRow(Base):
    """One reason why a check, or an entry that is not a check yet, is not clean."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_raised_at_id", "raised_at", "id"),)

    id: Mapped[Id]
    reason: Mapped[HoldReason] = mapped_column(choice(HoldReason), index=True)
    state: Mapped[HoldState] = mapped_column(choice(HoldState), index=True)
    check: Mapped[str | None] = mapped_column(ForeignKey("checks.id"), index=True)
    entry: Mapped[int | None] = mapped_column(BigInteger, index=True)
    visit: Mapped[str | None] = mapped_column(String(64))
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    """Subject and reason while it is open, so that one reason is held once; None when closed."""
    evidence: Mapped[dict[str, Any]]
    """What was known when it was raised; ids, states and codes only."""
    proposal: Mapped[Decision | None] = mapped_column(choice(Decision))
    raised_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    released_because: Mapped[str | None] = mapped_column(String(60))


class DecisionRow(Base):
    """What a person decided about a hold, and why; the last one of a hold counts."""

    __tablename__ = "decisions"

    id: Mapped[Id]
    hold: Mapped[str] = mapped_column(ForeignKey("holds.id"), index=True)
    decision: Mapped[Decision] = mapped_column(choice(Decision))
    reason: Mapped[str] = mapped_column(Text)
    """In the person's words; shown to the back office, never logged."""
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    evidence: Mapped[dict[str, Any]]
    """What the person had before them: the hold's evidence, the check's state, the answer's result."""
    decided_at: Mapped[datetime]
