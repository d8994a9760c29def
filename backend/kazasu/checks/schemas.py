"""What the check routes give."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from checksync import Assurance
from kazasu.checks.models import CheckRow, ConsentRow, RecordedEntryRow
from kazasu.checks.state import CheckState
from kazasu.gateway import Result
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.schemas import AnswerView, InquiryView, answer_view, inquiry_view
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.schemas import HoldView, hold_view
from kazasu.rules import CardKind, CertificateState, CheckType, IdentityMethod, InquiryKey, Setting

__all__ = [
    "CheckDetail",
    "CheckPage",
    "CheckView",
    "RecordedPage",
    "RecordedView",
    "check_detail",
    "check_view",
    "recorded_view",
]


class CheckView(msgspec.Struct, frozen=True):
    """A check as listed; `simulated` says that its answer is none of the national system's."""

    id: str
    state: CheckState
    check_type: CheckType
    setting: Setting
    identity_method: IdentityMethod
    assurance: Assurance
    card_kind: CardKind
    certificate_state: CertificateState | None
    patient: str | None
    visit: str | None
    staff: str | None
    device: str
    repeat_of: str | None
    checked_at: datetime
    checked_on: date
    device_checked_at: datetime
    recorded_after: datetime | None
    received_at: datetime
    road: InquiryKey | None
    """By which key it was, or is being, asked."""
    result: Result | None
    simulated: bool | None
    open_holds: list[str]


class CheckPage(msgspec.Struct, frozen=True):
    """Some checks, and the cursor of the next ones."""

    items: list[CheckView]
    next: str | None


class ConsentView(msgspec.Struct, frozen=True):
    """One kind of consent."""

    kind: str
    given: bool
    text: str
    given_at: datetime
    withdrawn_at: datetime | None


class CheckDetail(msgspec.Struct, frozen=True):
    """A check with everything that belongs to it."""

    check: CheckView
    consents: list[ConsentView]
    inquiries: list[InquiryView]
    answer: AnswerView | None
    holds: list[HoldView]
    repeats: list[str]


class RecordedView(msgspec.Struct, frozen=True):
    """What was recorded beside checks, by its codes."""

    id: str
    kind: str
    origin: str
    """`device`, or `desk`: typed in the office, with no device."""
    check: str | None
    visit: str | None
    device: str | None
    staff: str | None
    facts: dict[str, Any]
    device_recorded_at: datetime
    received_at: datetime
    destroyed_at: datetime | None
    """When what it said was destroyed."""


class RecordedPage(msgspec.Struct, frozen=True):
    """Some entries, and the cursor of the next ones."""

    items: list[RecordedView]
    next: str | None


def check_view(
    row: CheckRow,
    *,
    inquiries: Iterable[InquiryRow],
    holds: Iterable[HoldRow],
    original: CheckRow | None,
) -> CheckView:
    """The check as listed; a repeat shows the road and answer of the check that it repeats."""
    answered = original or row
    asked = [inquiry for inquiry in inquiries if inquiry.check == answered.id]
    asked.sort(key=lambda inquiry: (inquiry.answered_at is None, inquiry.made_at))
    return CheckView(
        row.id,
        row.state,
        row.check_type,
        row.setting,
        row.identity_method,
        row.assurance,
        row.card_kind,
        row.certificate_state,
        row.patient,
        row.visit,
        row.staff,
        row.device,
        row.repeat_of,
        row.checked_at,
        row.checked_on,
        row.device_checked_at,
        row.recorded_after,
        row.received_at,
        asked[0].key if asked else None,
        answered.result,
        answered.is_simulated,
        [hold.reason.value for hold in holds if hold.check == row.id and hold.state.is_open],
    )


def check_detail(
    row: CheckRow,
    *,
    original: CheckRow | None,
    consents: Iterable[ConsentRow],
    inquiries: Iterable[InquiryRow],
    answer: AnswerRow | None,
    holds: Iterable[HoldRow],
    decisions: Iterable[DecisionRow],
    repeats: Iterable[CheckRow],
) -> CheckDetail:
    """The check with everything that belongs to it."""
    asked, held, decided = list(inquiries), list(holds), list(decisions)
    return CheckDetail(
        check_view(row, inquiries=asked, holds=held, original=original),
        [
            ConsentView(consent.kind, consent.is_given, consent.text, consent.given_at, consent.withdrawn_at)
            for consent in consents
        ],
        [inquiry_view(inquiry) for inquiry in asked],
        answer_view(answer) if answer else None,
        [hold_view(hold, decided) for hold in held],
        [repeat.id for repeat in repeats],
    )


def recorded_view(row: RecordedEntryRow) -> RecordedView:
    """The entry as listed."""
    return RecordedView(
        row.id,
        row.kind,
        row.origin,
        row.check,
        row.visit,
        row.device,
        row.staff,
        row.facts,
        row.device_recorded_at,
        row.received_at,
        row.destroyed_at,
    )
