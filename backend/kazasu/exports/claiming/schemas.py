"""What the claim routes take and give. The repr of none shows a patient."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.exports.claim_text import claim_lines, clipboard_text
from kazasu.exports.claiming.known import ClaimFacts
from kazasu.exports.table import EXERCISE
from kazasu.reconciliation.decision import Decision
from kazasu.rules import Say
from kazasu.rules.claim_fields import ClaimPlan, UnknownFacts
from kazasu.rules.claim_route import ClaimRoute, Need
from kazasu.rules.period import Knowledge
from kazasu.rules.substitute import Scheme

__all__ = ["ClaimView", "UnknownInput", "claim_view", "unknown_facts"]

Short = Annotated[str, Meta(max_length=200)]


class UnknownInput(msgspec.Struct, frozen=True):
    """What the declaration and the clinic's own asking brought, typed for a claim as unknown; never stored."""

    name_kana: Annotated[str, Meta(min_length=1, max_length=200)]
    scheme: Scheme
    has_declaration: bool
    contacted_on: date | None = None
    addresses: Annotated[list[Short], Meta(max_length=3)] = []
    telephone: Annotated[str, Meta(max_length=40)] = ""
    declared_on: date | None = None
    insurer_name: Short = ""
    workplace: Short = ""
    is_inpatient_or_returning: bool = False
    was_asked_again: bool = False

    def __repr__(self) -> str:
        return "<UnknownInput>"


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


def unknown_facts(typed: UnknownInput) -> UnknownFacts:
    """The input as the rule takes it."""
    return UnknownFacts(**{**msgspec.structs.asdict(typed), "addresses": tuple(typed.addresses)})


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
