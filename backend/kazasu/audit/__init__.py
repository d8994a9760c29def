"""The append-only, hash-chained audit log: every change of state, by whom, when."""

from kazasu.audit.models import AuditEntry
from kazasu.audit.service import (
    SHELL,
    SYSTEM,
    Broken,
    Draft,
    Verified,
    append,
    append_all,
    device_actor,
    page,
    staff_actor,
    verify,
)

__all__ = [
    "SHELL",
    "SYSTEM",
    "AuditEntry",
    "Broken",
    "Draft",
    "Verified",
    "append",
    "append_all",
    "device_actor",
    "page",
    "staff_actor",
    "verify",
]
