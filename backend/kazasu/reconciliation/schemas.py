"""What the hold routes take and give."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kazasu.reconciliation.decision import SAY, Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.reconciliation.releasing import may_release_itself, released_by
from kazasu.reconciliation.state import HoldState
from kazasu.rules import Say

__all__ = ["DecisionInput", "DecisionView", "HoldPage", "HoldView", "hold_view"]


class DecisionInput(msgspec.Struct, frozen=True):
    """A decision and why, in the person's own words."""

    decision: Decision
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]

    def __repr__(self) -> str:
        return f"<DecisionInput {self.decision}>"


class DecisionView(msgspec.Struct, frozen=True):
    """What was decided, by whom, why, on what evidence."""

    id: str
    decision: Decision
    say: Say
    reason: str
    staff: str
    decided_at: datetime
    evidence: dict[str, Any]


class HoldView(msgspec.Struct, frozen=True):
    """A hold: what it means, what to do, what is proposed, what was decided."""

    id: str
    reason: HoldReason
    severity: Severity
    state: HoldState
    check: str | None
    entry: int | None
    visit: str | None
    means: Say
    to_do: Say
    released_by: Say
    may_release_itself: bool
    proposal: Decision | None
    evidence: dict[str, Any]
    raised_at: datetime
    closed_at: datetime | None
    released_because: str | None
    decisions: list[DecisionView]


class HoldPage(msgspec.Struct, frozen=True):
    """Some holds, and the cursor of the next ones."""

    items: list[HoldView]
    next: str | None


def hold_view(row: HoldRow, decisions: Iterable[DecisionRow]) -> HoldView:
    """The hold as shown."""
    about = REASONS[row.reason]
    return HoldView(
        row.id,
        row.reason,
        about.severity,
        row.state,
        row.check,
        row.entry,
        row.visit,
        about.means,
        about.to_do,
        released_by(row.reason),
        may_release_itself(row.reason),
        row.proposal,
        row.evidence,
        row.raised_at,
        row.closed_at,
        row.released_because,
        [
            DecisionView(
                made.id, made.decision, SAY[made.decision], made.reason, made.staff, made.decided_at, made.evidence
            )
            for made in decisions
            if made.hold == row.id
        ],
    )
