"""What the visit routes take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.gateway import BulkKind, Result
from kazasu.inquiries.bulk.ahead import Ahead
from kazasu.inquiries.state import InquiryState
from kazasu.rules import Say, Setting
from kazasu.rules.qualification_change import SAY, QualificationChange
from kazasu.visits.models import VisitRow
from kazasu.visits.service import VisitData

__all__ = [
    "EligibilityView",
    "VisitChange",
    "VisitInput",
    "VisitPage",
    "VisitView",
    "eligibility_view",
    "visit_data",
    "visit_view",
]

Id = Annotated[str, Meta(pattern="^[0-9a-f]{1,64}$")]


class VisitInput(msgspec.Struct, frozen=True):
    """A visit as booked; put again, the whole anew. Without a device, every device of the facility is told."""

    patient: Id
    at: Annotated[datetime, Meta(tz=True)]
    setting: Setting
    staff: Id | None = None
    device: Id | None = None
    calendar_id: Annotated[str, Meta(max_length=40)] | None = None
    is_cancelled: bool = False


class VisitChange(VisitInput, frozen=True):
    """A visit put again. With `seen_changed_at`, the `changed_at` that was on the screen, nothing that somebody else
    changed since is written over unseen: the answer is then `conflict`."""

    seen_changed_at: Annotated[datetime, Meta(tz=True)] | None = None


class ChangeView(msgspec.Struct, frozen=True):
    """One thing that is not as it was when last known."""

    change: str
    say: Say


class EligibilityView(msgspec.Struct, frozen=True):
    """What is known of the qualification before the visit: asked by number, no card was there. `flagged`: look at it
    before the visit. `re_inquiry`: a continuing visit that needs no card."""

    inquiry: str
    kind: BulkKind
    state: InquiryState
    result: Result | None
    flagged: bool
    changes: list[ChangeView]
    simulated: bool | None
    answered_at: datetime | None
    last_error: str | None


class VisitView(msgspec.Struct, frozen=True):
    """A visit; `eligibility` null where nothing was asked beforehand."""

    id: str
    patient: str
    at: datetime
    setting: Setting
    staff: str | None
    device: str | None
    calendar_id: str | None
    cancelled_at: datetime | None
    changed_at: datetime
    eligibility: EligibilityView | None


class VisitPage(msgspec.Struct, frozen=True):
    """Some visits, and the cursor of the next ones."""

    items: list[VisitView]
    next: str | None


def visit_data(typed: VisitInput) -> VisitData:
    """The booking."""
    return VisitData(
        typed.patient, typed.at, typed.setting, typed.staff, typed.device, typed.calendar_id, typed.is_cancelled
    )


def eligibility_view(ahead: Ahead) -> EligibilityView:
    """What is known beforehand, as shown."""
    return EligibilityView(
        inquiry=ahead.inquiry,
        kind=ahead.kind,
        state=ahead.state,
        result=ahead.result,
        flagged=ahead.is_flagged,
        changes=[ChangeView(change, SAY[QualificationChange(change)]) for change in ahead.changes],
        simulated=ahead.is_simulated,
        answered_at=ahead.answered_at,
        last_error=ahead.last_error,
    )


def visit_view(row: VisitRow, ahead: Ahead | None) -> VisitView:
    """The visit as shown."""
    return VisitView(
        row.id,
        row.patient,
        row.at,
        row.setting,
        row.staff,
        row.device,
        row.calendar_id,
        row.cancelled_at,
        row.changed_at,
        eligibility_view(ahead) if ahead is not None else None,
    )
