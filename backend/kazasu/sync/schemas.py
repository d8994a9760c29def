"""What the sync routes give: docs/protocol/sync-v1.md section 5. Pushes come as octets and are read by checksync."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from kazasu.sync.models import DeviceLogRow
from kazasu.sync.seam import Outcome


class EntryOutcomeView(msgspec.Struct, frozen=True):
    """What became of one entry."""

    number: int
    outcome: Outcome
    reason: str | None
    check: str | None


class PushAnswer(msgspec.Struct, frozen=True):
    """The signed acknowledgement alone says what is durable; `answers` is SHA-256 of the request that is answered."""

    acknowledgement: str
    outcomes: list[EntryOutcomeView]
    anchor: str
    answers: str


class FeedItem(msgspec.Struct, frozen=True):
    """One thing that a device is told."""

    id: str
    kind: str
    data: dict[str, Any]


class Feed(msgspec.Struct, frozen=True):
    """Some items and the cursor to go on from."""

    epoch: str
    items: list[FeedItem]
    cursor: str
    more: bool


class LogView(msgspec.Struct, frozen=True):
    """A log as the back office sees it: what is in, and what its device still has."""

    log: str
    device: str
    state: Literal["open", "closed"]
    number: int
    still_out: int
    opened_at: datetime
    last_push_at: datetime


def log_view(row: DeviceLogRow) -> LogView:
    """The log as listed."""
    return LogView(
        row.log,
        row.device,
        "closed" if row.is_closed else "open",
        row.number,
        max(row.newest_number - row.number, 0),
        row.opened_at,
        row.last_push_at,
    )
