"""Holds and decisions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason, Severity
from kazasu.reconciliation.state import HoldState

_WORKLIST = ("deadline", "rank", "id")


def _work_index(name: str, *columns: str) -> Index:
    """An index over the open holds alone, in the order of the worklist."""
    is_open = text("closed_at IS NULL")
    return Index(f"ix_holds_work{name}", *columns, *_WORKLIST, sqlite_where=is_open, postgresql_where=is_open)


class HoldRow(Base):
    """One reason why a check, or an entry that is not a check yet, is not clean."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_raised_at_id", "raised_at", "id"),
        _work_index(""),
        *(
            _work_index(f"_{column}", column)
            for column in ("state", "reason", "severity", "proposal", "patient", "staff", "device", "month")
        ),
    )

    id: Mapped[Id]
    reason: Mapped[HoldReason] = mapped_column(choice(HoldReason), index=True)
    state: Mapped[HoldState] = mapped_column(choice(HoldState), index=True)
    check: Mapped[str | None] = mapped_column(ForeignKey("checks.id"), index=True)
    entry: Mapped[int | None] = mapped_column(BigInteger, index=True)
    visit: Mapped[str | None] = mapped_column(String(64))
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    """Subject and reason while it is open, so that one reason is held once; None when closed."""
    evidence: Mapped[dict[str, Any]]
    """What was known when it was raised, or reopened; ids, states and codes only."""
    proposal: Mapped[Decision | None] = mapped_column(choice(Decision))
    raised_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    released_because: Mapped[str | None] = mapped_column(String(60))
    reopened_at: Mapped[datetime | None]
    reopened_because: Mapped[str | None] = mapped_column(String(60))
    severity: Mapped[Severity] = mapped_column(choice(Severity))
    deadline: Mapped[date]
    """Japan's day, included; `NO_DEADLINE` where there is none."""
    rank: Mapped[int]
    """What hangs on it (`rules.claim_stake`), negated so that one ascending index begins with the most."""
    month: Mapped[date]
    """First day of the claim month."""
    patient: Mapped[str | None] = mapped_column(ForeignKey("patients.id"))
    staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))


class DecisionRow(Base):
    """What a person decided about a hold, and why; the last one of a hold that is not undone counts."""

    __tablename__ = "decisions"

    id: Mapped[Id]
    hold: Mapped[str] = mapped_column(ForeignKey("holds.id"), index=True)
    decision: Mapped[Decision] = mapped_column(choice(Decision))
    reason: Mapped[str] = mapped_column(Text)
    """In the person's words; shown to the back office, never logged."""
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    evidence: Mapped[dict[str, Any]]
    """What the person had before them: the hold's evidence, the check's state, the answer's result."""
    answer: Mapped[str | None] = mapped_column(ForeignKey("answers.id"))
    """The answer that it stands on; None where none had come."""
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The same with its values as they were then, encrypted; None once it was destroyed."""
    bulk: Mapped[str | None] = mapped_column(String(32), index=True)
    """The one action by which it was accepted with others."""
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    undone_because: Mapped[str | None] = mapped_column(Text)
    """In the person's words, or one word of the system's."""
