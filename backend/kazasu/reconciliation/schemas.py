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
from kazasu.rules.answer_comparison import AnswerCompared, Source
from kazasu.rules.compared_field import Field

__all__ = ["DecisionInput", "DecisionView", "HoldDetail", "HoldPage", "HoldView", "hold_detail", "hold_view"]


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


class DifferenceView(msgspec.Struct, frozen=True):
    """One field in which the answer differs, with both values, as they are now."""

    source: Source
    field: Field
    say: Say
    ours: str
    theirs: str

    def __repr__(self) -> str:
        return f"<DifferenceView {self.source} {self.field}>"


class HoldDetail(msgspec.Struct, frozen=True):
    """A hold with what only a person who decides sees: the values that differ, compared anew at each look."""

    hold: HoldView
    other_person_by: list[Source]
    """The sources by which the record is likely another person's."""
    differences: list[DifferenceView]
    cites: str

    def __repr__(self) -> str:
        return f"<HoldDetail {self.hold.id}>"


class HoldPage(msgspec.Struct, frozen=True):
    """Some holds, and the cursor of the next ones."""

    items: list[HoldView]
    next: str | None


def hold_detail(row: HoldRow, decisions: Iterable[DecisionRow], compared: AnswerCompared | None) -> HoldDetail:
    """The hold with the values that its check's answer differs in."""
    differences = compared.differences if compared is not None else ()
    return HoldDetail(
        hold=hold_view(row, decisions),
        other_person_by=list(compared.other_person) if compared is not None else [],
        differences=[
            DifferenceView(one.source, one.compared.field, one.compared.say, one.compared.ours, one.compared.theirs)
            for one in differences
        ],
        cites=compared.cites if compared is not None else "",
    )


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
