"""What the visit routes take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.rules import Setting
from kazasu.visits.models import VisitRow
from kazasu.visits.service import VisitData

__all__ = ["VisitInput", "VisitPage", "VisitView", "visit_data", "visit_view"]

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


class VisitView(msgspec.Struct, frozen=True):
    """A visit."""

    id: str
    patient: str
    at: datetime
    setting: Setting
    staff: str | None
    device: str | None
    calendar_id: str | None
    cancelled_at: datetime | None
    changed_at: datetime


class VisitPage(msgspec.Struct, frozen=True):
    """Some visits, and the cursor of the next ones."""

    items: list[VisitView]
    next: str | None


def visit_data(typed: VisitInput) -> VisitData:
    """The booking."""
    return VisitData(
        typed.patient, typed.at, typed.setting, typed.staff, typed.device, typed.calendar_id, typed.is_cancelled
    )


def visit_view(row: VisitRow) -> VisitView:
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
    )
