"""What the desk's routes take and give. The repr of none shows a patient."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.rules import Say
from kazasu.rules.period import Knowledge, say_knowledge
from kazasu.rules.substitute import FailureReason, Scheme, Substitute
from kazasu.rules.substitute_fault import DocumentFault
from kazasu.rules.substitute_field import DocumentField, fields_of
from kazasu.rules.substitution import Case, Proposal, Shown
from kazasu.rules.trouble import TroubleCategory, TroubleResponse
from kazasu.rules.window_payment import Payment, WindowPayment

__all__ = [
    "CaseInput",
    "DocumentInput",
    "FaultView",
    "ProposalView",
    "RecordedDocument",
    "TroubleInput",
    "case_of",
    "fault_views",
    "proposal_view",
]

FieldValue = str | int | bool | None
Fields = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=60)], FieldValue],
    Meta(max_length=60, description="fields by name, as the document carries them"),
]
Id = Annotated[str, Meta(min_length=1, max_length=64)]


class ShownInput(msgspec.Struct, frozen=True):
    """A document that the person shows."""

    substitute: Substitute
    valid_until: date | None = None
    is_newer_than_change: bool | None = None
    has_insurer_changed: bool | None = None


class CaseInput(msgspec.Struct, frozen=True, kw_only=True):
    """The case to propose for; what is left out, the check named says where it can."""

    reason: FailureReason
    check: Id | None = None
    day: date | None = None
    """The visit's; of the check where one is named, else today."""
    has_my_number_card: bool = True
    is_returning: bool | None = None
    has_data_on_file: bool | None = None
    is_unchanged: bool | None = None
    scheme: Scheme = Scheme.UNKNOWN
    birth_date: date | None = None
    shown: Annotated[list[ShownInput], Meta(max_length=20)] = []
    has_valid_insurance: bool = True

    def __repr__(self) -> str:
        return "<CaseInput>"


class FieldView(msgspec.Struct, frozen=True):
    """A field to type."""

    name: str
    ja: str


class OpenView(msgspec.Struct, frozen=True):
    """A way that is open."""

    substitute: Substitute
    beside: list[str]
    is_shown: bool
    say: Say
    cites: str
    fields: list[FieldView]
    from_card: list[FieldView]


class ClosedView(msgspec.Struct, frozen=True):
    """A way that is not, and why."""

    substitute: Substitute
    why: str
    say: Say
    cites: str


class PaymentView(msgspec.Struct, frozen=True):
    """What the window asks for."""

    payment: Payment
    say: Say
    cites: str
    knowledge: Knowledge


class ProposalView(msgspec.Struct, frozen=True):
    """What is open, best first, why the rest is not, and what the window asks for. A proposal: a valid document that is
    being shown is never refused for it."""

    day: date
    open: list[OpenView]
    closed: list[ClosedView]
    knowledge: Knowledge
    say_knowledge: Say | None
    payment: PaymentView | None


class DocumentInput(msgspec.Struct, frozen=True, kw_only=True):
    """A document or an oral confirmation, for a check or for a visit at which no card was touched."""

    document: Substitute
    reason: FailureReason
    check: Id | None = None
    visit: Id | None = None
    fields: Fields = {}

    def __repr__(self) -> str:
        return f"<DocumentInput {self.document}>"


class FaultView(msgspec.Struct, frozen=True):
    """A field, and what is wrong with it."""

    field: str
    why: str
    say: Say


class RecordedDocument(msgspec.Struct, frozen=True):
    """It is recorded; `remarks` are what should be looked at all the same."""

    id: str
    check: str | None
    visit: str | None
    remarks: list[FaultView]


class TroubleInput(msgspec.Struct, frozen=True, kw_only=True):
    """A trouble out of a hold, in two touches: what was done, and the category where the hold names none itself."""

    response: TroubleResponse
    category: TroubleCategory | None = None
    full_charge: bool = False
    note: Annotated[str, Meta(max_length=2000)] = ""

    def __repr__(self) -> str:
        return f"<TroubleInput {self.category}>"


def case_of(data: CaseInput, *, day: date, birth_date: date | None, is_returning: bool, has_data_on_file: bool) -> Case:
    """The rule's case; what the desk stated goes before what is on file."""
    return Case(
        reason=data.reason,
        day=day,
        has_my_number_card=data.has_my_number_card,
        is_returning=is_returning if data.is_returning is None else data.is_returning,
        has_data_on_file=has_data_on_file if data.has_data_on_file is None else data.has_data_on_file,
        is_unchanged=data.is_unchanged,
        scheme=data.scheme,
        birth_date=data.birth_date or birth_date,
        shown=tuple(
            Shown(
                substitute=one.substitute,
                valid_until=one.valid_until,
                is_newer_than_change=one.is_newer_than_change,
                has_insurer_changed=one.has_insurer_changed,
            )
            for one in data.shown
        ),
    )


def proposal_view(case: Case, proposal: Proposal, payment: WindowPayment | None) -> ProposalView:
    """The proposal as shown, each way with what there is to type."""
    return ProposalView(
        case.day,
        [
            OpenView(
                one.substitute,
                [beside.value for beside in one.beside],
                one.is_shown,
                one.say,
                one.cites,
                *(_fields(fields) for fields in _to_type(case, one.substitute)),
            )
            for one in proposal.open
        ],
        [ClosedView(one.substitute, one.why, one.say, one.cites) for one in proposal.closed],
        proposal.knowledge,
        say_knowledge(proposal.knowledge),
        PaymentView(payment.payment, payment.say, payment.cites, payment.knowledge) if payment else None,
    )


def fault_views(faults: Iterable[DocumentFault]) -> list[FaultView]:
    """As shown."""
    return [FaultView(one.field[:60], one.why.value, one.say) for one in faults]


def _to_type(case: Case, substitute: Substitute) -> tuple[tuple[DocumentField, ...], tuple[DocumentField, ...]]:
    return fields_of(substitute, case.birth_date, case.scheme is Scheme.LATE_STAGE_ELDERLY, case.day)


def _fields(fields: Iterable[DocumentField]) -> list[FieldView]:
    return [FieldView(field.name, field.ja) for field in fields]
