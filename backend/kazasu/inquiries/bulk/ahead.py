"""What is known of a patient's qualification before the visit. Codes, days and results; no medical information."""

from datetime import date, datetime
from typing import Any

import msgspec

from checksync import time_text
from kazasu.gateway import BulkKind, Result
from kazasu.inquiries.state import InquiryState

__all__ = ["Ahead", "feed_part"]


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """The inquiry about a patient for the day of a visit. `changes`: what is not as it was when last known."""

    inquiry: str
    kind: BulkKind
    state: InquiryState
    day: date
    result: Result | None
    changes: tuple[str, ...]
    is_flagged: bool
    is_simulated: bool | None
    answered_at: datetime | None
    last_error: str | None


def feed_part(ahead: Ahead | None) -> dict[str, Any] | None:
    """What a device hears with the visit (docs/protocol/sync-v1.md section 5, `roster`); None before an answer."""
    if ahead is None or ahead.result is None or ahead.answered_at is None:
        return None
    return {
        "kind": ahead.kind.value,
        "result": ahead.result.value,
        "changes": list(ahead.changes),
        "asked_for": ahead.day.isoformat(),
        "answered_at": time_text(ahead.answered_at),
        "simulated": bool(ahead.is_simulated),
    }
