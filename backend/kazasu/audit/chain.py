"""How one audit entry hangs on the one before: pure, no storage."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIRST_PREVIOUS = hashlib.sha256(b"kazasu-audit-v1").digest()
"""What the first entry hangs on."""


def canonical(details: Mapping[str, Any]) -> str:
    """The one text of these details: keys sorted, no spaces, characters as they are."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def entry_hash(
    previous: bytes, number: int, at: datetime, actor: str, action: str, subject_type: str, subject: str, details: str
) -> bytes:
    """The hash of an entry over everything in it and the hash before; `details` is its canonical text."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps(
        [number, moment, actor, action, subject_type, subject, details], separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(b"kazasu-audit-v1" + previous + content.encode("utf-8")).digest()
