"""What was recorded beside checks, as listed and as far as the server works with it."""

from kazasu.checks.recorded.service import (
    document_fields,
    has_declaration,
    keep_at_desk,
    keep_recorded,
    latest_document,
    list_recorded,
    recorded_of_entry,
    trouble_of_hold,
    waiting_for,
    withdrawals_of,
)

__all__ = [
    "document_fields",
    "has_declaration",
    "keep_at_desk",
    "keep_recorded",
    "latest_document",
    "list_recorded",
    "recorded_of_entry",
    "trouble_of_hold",
    "waiting_for",
    "withdrawals_of",
]
