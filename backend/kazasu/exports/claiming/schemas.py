"""What the claim routes take and give. The repr of none shows a patient."""

from datetime import date

import msgspec

from kazasu.exports.claim_text import claim_lines, clipboard_text
from kazasu.exports.claiming.known import ClaimFacts
from kazasu.exports.table import EXERCISE
from kazasu.reconciliation.decision import Decision
from kazasu.rules import Say
from kazasu.rules.claim_fields import ClaimPlan
from kazasu.rules.claim_route import ClaimRoute, Need
from kazasu.rules.period import Knowledge

__all__ = ["ClaimView", "claim_view"]


class LineView(msgspec.Struct, frozen=True):
    """One field of the claim as it is typed."""

    label: str
    value: str

    def __repr__(self) -> str:
        return "<LineView>"


class ClosedView(msgspec.Struct, frozen=True):
    """A route that is not open, and why."""

    route: ClaimRoute
    missing: list[Need]
    why: str
    say: Say
    cites: str


class ClaimView(msgspec.Struct, frozen=True):
    """The claim's fields by the route that was settled, to type from; `clipboard` is the same to paste from."""

    check: str
    exercise: bool
    visit_date: date
    filed_on: date
    settled_by: Decision | None
    """None where the answer was clean and nobody had to decide."""
    knowledge: Knowledge
    route: ClaimRoute | None
    """None where no claim goes out, or something is missing still."""
    lines: list[LineView]
    clipboard: str
    say: Say | None
    cites: str
    paper_note: Say | None
    closed: list[ClosedView]

    def __repr__(self) -> str:
        return f"<ClaimView {self.check}>"


def claim_view(facts: ClaimFacts, plan: ClaimPlan, *, filed_on: date, is_exercise: bool) -> ClaimView:
    """The plan as shown; private payment has no claim whatever is known."""
    fields = None if facts.settled_by is Decision.PRIVATE_PAYMENT else plan.fields
    mark = f"区分\t{EXERCISE}\r\n" if is_exercise else ""
    return ClaimView(
        check=facts.check,
        exercise=is_exercise,
        visit_date=facts.visit_date,
        filed_on=filed_on,
        settled_by=facts.settled_by,
        knowledge=plan.knowledge,
        route=fields.route if fields else None,
        lines=[LineView(label, value) for label, value in claim_lines(fields)] if fields else [],
        clipboard=mark + clipboard_text(fields) if fields else "",
        say=fields.say if fields else None,
        cites=fields.cites if fields else "",
        paper_note=fields.paper_note if fields else None,
        closed=[
            ClosedView(one.route, list(one.missing), one.why, one.say, one.cites)
            for one in plan.closed
            if facts.settled_by is not Decision.PRIVATE_PAYMENT
        ],
    )
