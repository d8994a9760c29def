"""The journal's lines: what they say and how they hang together. Pure; never imports a database.

A line holds identifiers, public keys, numbers and times; never a name, a number of a card or insurance, or a secret.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

__all__ = ["FORMAT", "JournalKind", "JournalRead", "JournalRecord", "line_of", "read_journal"]

FORMAT = "kazasu-journal-v1"


class JournalKind(StrEnum):
    """What is written before it takes effect."""

    DEVICE_REVOKED = "device_revoked"
    STAFF_DEACTIVATED = "staff_deactivated"
    SEALING_KEY_RETIRED = "sealing_key_retired"
    SEALING_KEY_DESTROYED = "sealing_key_destroyed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """Subject the consent, or `consent:kind`."""
    ENTRY_DESTROYED = "entry_destroyed"
    """Subject `log:number`."""
    RECORD_DESTROYED = "record_destroyed"
    """Of what was recorded at the desk: its id."""
    CODE_USED = "code_used"
    EXPORT_NUMBER = "export_number"
    """Subject `series:number`."""
    # What devices did since the backup is only understood by who they were and who was on duty on them.
    DEVICE_CONFIRMED = "device_confirmed"
    DUTY_BEGUN = "duty_begun"
    SEALING_KEY_ANNOUNCED = "sealing_key_announced"
    LOG_OPENED = "log_opened"
    # So that nobody restores an older backup than devices rely on.
    BACKUP_VERIFIED = "backup_verified"


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `kind` as it stands: a later version's is kept and passed over."""

    kind: str
    subject: str
    at: datetime
    details: dict[str, Any]
    check: str


@dataclass(frozen=True, slots=True)
class JournalRead:
    """A journal as far as it can be read. `damaged` lines could not be, or do not follow the one before."""

    facility: str | None
    records: list[JournalRecord]
    damaged: int


class _Header(msgspec.Struct, frozen=True):
    format: str
    facility: str


def header_line(facility: str) -> bytes:
    """The first line."""
    return json.dumps({"format": FORMAT, "facility": facility}, separators=(",", ":")).encode() + b"\n"


def line_of(kind: JournalKind, subject: str, at: datetime, details: Mapping[str, Any], previous: str) -> bytes:
    """The line, hanging on the check of the line before (empty for none)."""
    content = _content(kind.value, subject, at.astimezone(UTC).isoformat(), details)
    return json.dumps({**content, "check": _check(content, previous)}, separators=(",", ":")).encode() + b"\n"


def read_journal(octets: bytes) -> JournalRead:
    """Everything that can still be read. A damaged line takes no other along.

    A line that a crash cut short is no damage: it was promised to nobody, and the next one hangs on the one before it.
    Whole lines taken off at the end cannot be seen here.
    """
    facility: str | None = None
    records: list[JournalRecord] = []
    damaged = 0
    previous = ""
    is_after_rubbish = False
    *lines, _cut_short = octets.split(b"\n")
    for line in lines:
        if not line:
            continue
        try:
            plain = msgspec.json.decode(line)
            if facility is None and plain.get("format") == FORMAT:
                facility = msgspec.convert(plain, _Header).facility
                continue
            record = msgspec.convert(plain, JournalRecord)
        except (msgspec.MsgspecError, UnicodeDecodeError, AttributeError):
            is_after_rubbish = True
            continue
        content = {name: value for name, value in plain.items() if name != "check"}
        # One that does not follow is applied all the same: what it forbids is better forbidden than forgotten.
        damaged += record.check != _check(content, previous)
        previous = record.check
        is_after_rubbish = False
        records.append(record)
    return JournalRead(facility, records, damaged + is_after_rubbish)


def _content(kind: str, subject: str, at: str, details: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "at": at, "details": dict(details)}


def _check(content: Mapping[str, Any], previous: str) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{FORMAT}:{previous}:{text}".encode()).hexdigest()[:32]
