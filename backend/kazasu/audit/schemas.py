"""What the audit routes give."""

from datetime import datetime
from typing import Any

import msgspec

from kazasu.audit.models import AuditEntry


class AuditEntryView(msgspec.Struct, frozen=True):
    """One entry of the audit log."""

    number: int
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject: str
    details: dict[str, Any]
    hash: str


class AuditPage(msgspec.Struct, frozen=True):
    """The newest first; `before` of the next page, null at the end."""

    entries: list[AuditEntryView]
    before: int | None


def audit_view(entry: AuditEntry) -> AuditEntryView:
    """The entry as listed."""
    return AuditEntryView(
        entry.number,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject_type,
        entry.subject,
        msgspec.json.decode(entry.details),
        entry.hash.hex(),
    )
