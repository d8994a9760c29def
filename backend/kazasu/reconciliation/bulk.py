"""What may be accepted with others, and what became of each hold of such an action. Pure.

What blocks is never accepted so: somebody has to look at each, above all at `other_person` (invariant 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.rules import Say

__all__ = ["SAY", "Acceptance", "Accepted", "BulkOutcome", "Proposed", "one_by_one"]


class BulkOutcome(StrEnum):
    """What became of one hold."""

    DECIDED = "decided"
    WAITING = "waiting"
    NOT_FOUND = "not_found"
    CLOSED = "closed"
    ONE_BY_ONE = "one_by_one"
    PROPOSAL_CHANGED = "proposal_changed"
    NO_PROPOSAL = "no_proposal"
    NEEDS_TYPING = "needs_typing"


SAY = {
    BulkOutcome.DECIDED: Say(ja="提案どおりに判断しました。", en="Decided as proposed."),
    BulkOutcome.WAITING: Say(ja="提案どおりに進め、返事を待っています。", en="Taken on as proposed; it waits."),
    BulkOutcome.NOT_FOUND: Say(ja="この保留は見つかりません。", en="There is no such hold."),
    BulkOutcome.CLOSED: Say(ja="すでに閉じています。", en="It is closed already."),
    BulkOutcome.ONE_BY_ONE: Say(
        ja="まとめて処理できません。一件ずつ確かめて判断してください。",
        en="Never accepted in bulk; look at it by itself.",
    ),
    BulkOutcome.PROPOSAL_CHANGED: Say(
        ja="提案が変わっています。開き直して確かめてください。", en="Something else is proposed now; look at it again."
    ),
    BulkOutcome.NO_PROPOSAL: Say(
        ja="提案がありません。一件ずつ判断してください。", en="Nothing is proposed; decide it by itself."
    ),
    BulkOutcome.NEEDS_TYPING: Say(
        ja="不詳での請求には、申立書などの入力が必要です。一件ずつ判断してください。",
        en="A claim as unknown needs what the declaration says to be typed; decide it by itself.",
    ),
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """A hold and the decision that was proposed when the person saw it."""

    hold: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Accepted:
    """A hold and what became of it."""

    hold: str
    outcome: BulkOutcome


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One action over many holds."""

    id: str
    holds: Sequence[Accepted]


def one_by_one(reason: HoldReason) -> bool:
    """Whether a person has to look at each such hold."""
    return reason is HoldReason.OTHER_PERSON or REASONS[reason].stops_asking
