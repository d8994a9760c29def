"""What the hold routes take and give."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kazasu.exports.claiming.schemas import ClaimView
from kazasu.exports.unknown_input import UnknownInput
from kazasu.keyset import LARGEST_PAGE
from kazasu.reconciliation.bulk import SAY as BULK_SAY
from kazasu.reconciliation.bulk import Acceptance, BulkOutcome, one_by_one
from kazasu.reconciliation.decision import SAY, Decision
from kazasu.reconciliation.kept import KeptEvidence
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.placing import NO_DEADLINE
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.reconciliation.releasing import may_release_itself, released_by
from kazasu.reconciliation.state import HoldState
from kazasu.rules import Say
from kazasu.rules.answer_comparison import AnswerCompared, Source
from kazasu.rules.claim_deadline import Deadline
from kazasu.rules.compared_field import Field

__all__ = [
    "AcceptanceInput",
    "AcceptanceView",
    "DecisionInput",
    "DecisionView",
    "HoldDetail",
    "HoldPage",
    "HoldView",
    "KeptView",
    "ReasonInput",
    "acceptance_view",
    "hold_detail",
    "hold_view",
]

Words = Annotated[str, Meta(min_length=1, max_length=2000)]


class DecisionInput(msgspec.Struct, frozen=True):
    """A decision and why, in the person's own words."""

    decision: Decision
    reason: Words
    unknown: UnknownInput | None = None
    """What was typed for a claim as unknown (不詳); kept encrypted with the decision, for the claim alone."""

    def __repr__(self) -> str:
        return f"<DecisionInput {self.decision}>"


class ReasonInput(msgspec.Struct, frozen=True):
    """Why, in the person's own words."""

    reason: Words

    def __repr__(self) -> str:
        return "<ReasonInput>"


class ProposedInput(msgspec.Struct, frozen=True):
    """A hold, and the proposal as it was shown."""

    hold: Annotated[str, Meta(max_length=40)]
    decision: Decision


class AcceptanceInput(msgspec.Struct, frozen=True):
    """Proposals that are accepted as one action, with one reason."""

    holds: Annotated[list[ProposedInput], Meta(min_length=1, max_length=LARGEST_PAGE)]
    reason: Words

    def __repr__(self) -> str:
        return f"<AcceptanceInput of {len(self.holds)}>"


class AcceptedView(msgspec.Struct, frozen=True):
    """What became of one hold."""

    hold: str
    outcome: BulkOutcome
    say: Say


class AcceptanceView(msgspec.Struct, frozen=True):
    """The action, by whose id its decisions are found, and what became of each hold."""

    bulk: str
    holds: list[AcceptedView]


class DecisionView(msgspec.Struct, frozen=True):
    """What was decided, by whom, why, on what evidence."""

    id: str
    decision: Decision
    say: Say
    reason: str
    staff: str
    decided_at: datetime
    evidence: dict[str, Any]
    bulk: str | None
    undone_at: datetime | None
    undone_by: str | None
    undone_because: str | None


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
    reopened_at: datetime | None
    reopened_because: str | None
    deadline: date | None
    """The last day on which it can be decided in time; None where there is none."""
    tenths_at_stake: int
    """What hangs on it, in tenths of a visit's charge: no amount (docs/rules.md)."""
    month: date
    patient: str | None
    staff: str | None
    device: str | None
    in_bulk: bool
    """Whether its proposal may be accepted together with others."""
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


class KeptView(msgspec.Struct, frozen=True):
    """What a decision stood on, as it was then."""

    decision: str
    evidence: KeptEvidence

    def __repr__(self) -> str:
        return f"<KeptView {self.decision}>"


class HoldDetail(msgspec.Struct, frozen=True):
    """A hold with what only a person who decides sees: the values that differ, compared anew at each look."""

    hold: HoldView
    deadline_say: Say
    deadline_cites: str
    proposal_claim: ClaimView | None
    """The claim that the proposal would send out, with its fields and remarks, or what it still needs."""
    kept: list[KeptView]
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


def hold_detail(
    row: HoldRow,
    decisions: Iterable[DecisionRow],
    *,
    compared: AnswerCompared | None,
    deadline: Deadline,
    claim: ClaimView | None,
    kept: Iterable[KeptView],
) -> HoldDetail:
    """The hold with the values that its check's answer differs in, and with what its decisions stood on."""
    differences = compared.differences if compared is not None else ()
    return HoldDetail(
        hold=hold_view(row, decisions),
        deadline_say=deadline.say,
        deadline_cites=deadline.cites,
        proposal_claim=claim,
        kept=list(kept),
        other_person_by=list(compared.other_person) if compared is not None else [],
        differences=[
            DifferenceView(one.source, one.compared.field, one.compared.say, one.compared.ours, one.compared.theirs)
            for one in differences
        ],
        cites=compared.cites if compared is not None else "",
    )


def acceptance_view(done: Acceptance) -> AcceptanceView:
    """The action as shown."""
    return AcceptanceView(done.id, [AcceptedView(one.hold, one.outcome, BULK_SAY[one.outcome]) for one in done.holds])


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
        row.reopened_at,
        row.reopened_because,
        None if row.deadline == NO_DEADLINE else row.deadline,
        -row.rank,
        row.month,
        row.patient,
        row.staff,
        row.device,
        row.proposal is not None and not one_by_one(row.reason),
        [
            DecisionView(
                made.id,
                made.decision,
                SAY[made.decision],
                made.reason,
                made.staff,
                made.decided_at,
                made.evidence,
                made.bulk,
                made.undone_at,
                made.undone_by,
                made.undone_because,
            )
            for made in decisions
            if made.hold == row.id
        ],
    )
