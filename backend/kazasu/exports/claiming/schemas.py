"""What the claim routes take and give. The repr of none shows a patient."""

from datetime import date

import msgspec

from kazasu.exports.claim_text import claim_lines, clipboard_text
from kazasu.exports.claiming.known import ClaimFacts
from kazasu.exports.claiming.planning import planned_fields
from kazasu.exports.receipt_record import LinesNotKnown, RecordLines
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


class RecordFault(msgspec.Struct, frozen=True):
    """A field that had to be changed to fit a record line, or that cannot be written."""

    field: str
    is_written: bool
    say: Say


class RecordsView(msgspec.Struct, frozen=True):
    """The claim's record lines (HO, SN, remarks) for the receipt computer; Shift_JIS with CRLF when written out."""

    lines: list[str]
    """Empty where they are not known for the facility's form; `say` says so."""
    is_usable: bool
    faults: list[RecordFault]
    say: Say | None

    def __repr__(self) -> str:
        return f"<RecordsView {len(self.lines)}>"


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
    records: RecordsView | None
    """None where no claim goes out."""

    def __repr__(self) -> str:
        return f"<ClaimView {self.check}>"


def claim_view(
    facts: ClaimFacts,
    plan: ClaimPlan,
    records: RecordLines | LinesNotKnown | None,
    *,
    filed_on: date,
    is_exercise: bool,
) -> ClaimView:
    """The plan as shown."""
    fields = planned_fields(facts, plan)
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
        records=_records(records),
    )


def _records(records: RecordLines | LinesNotKnown | None) -> RecordsView | None:
    if records is None:
        return None
    if isinstance(records, LinesNotKnown):
        return RecordsView([], False, [], records.say)
    faults = [RecordFault(fault.field, fault.is_written, fault.say) for fault in records.faults]
    return RecordsView(list(records.lines), records.is_usable, faults, None)
