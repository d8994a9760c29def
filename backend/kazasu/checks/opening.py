"""From sealed octets to a body in its place, or why not. Imports no SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checksync.body import Body
from checksync.check import CheckBody
from checksync.encoding import MalformedError, decode
from checksync.entry import EntryTooLargeError, decode_body, decode_entry
from checksync.intent import PREFIX, IntentFields, IntentRuleError, parse_intent
from checksync.sealing import NotOpenedError, Opener, UnknownSealingKeyError, UnknownSuiteError
from kazasu.reconciliation.reason import HoldReason
from kazasu.sync.seam import StoredEntry

__all__ = ["Opened", "Unreadable", "fields_of_intent", "open_entry"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The entry's body, and what the device said of the time."""

    kind: str
    body: Body
    intent: IntentFields | None
    """Of a check."""
    device_recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the entry is held, with evidence that names nobody."""

    reason: HoldReason
    evidence: dict[str, Any]


def open_entry(stored: StoredEntry, opener: Opener, facility: str) -> Opened | Unreadable:
    """Opens, decodes and finds the entry in its place."""
    try:
        octets = opener.open(stored.sealed, stored.log, stored.number)
    except UnknownSealingKeyError as error:
        return Unreadable(HoldReason.KEY_UNKNOWN, {"key": error.key_id})
    except (UnknownSuiteError, NotOpenedError) as error:
        return Unreadable(HoldReason.ENTRY_NOT_OPENED, {"error": type(error).__name__})
    try:
        entry = decode_entry(octets)
        body = decode_body(entry)
        intent = fields_of_intent(body.intent) if isinstance(body, CheckBody) else None
    except (MalformedError, IntentRuleError, EntryTooLargeError) as error:
        return Unreadable(HoldReason.ENTRY_DAMAGED, {"error": type(error).__name__, "at": _place(error)})
    if entry.log != stored.log or entry.number != stored.number:
        return Unreadable(HoldReason.ENTRY_OUT_OF_PLACE, {"differs": "log or number"})
    if body is None:
        return Unreadable(HoldReason.KIND_UNKNOWN, {"kind": entry.kind})
    if intent is not None and isinstance(body, CheckBody):
        differing = [
            name
            for name, said, found in (
                ("check", intent.check, body.check),
                ("log", intent.log, stored.log),
                ("facility", intent.facility, facility),
            )
            if said != found
        ]
        if differing:
            return Unreadable(HoldReason.ENTRY_OUT_OF_PLACE, {"differs": ", ".join(differing)})
    return Opened(entry.kind, body, intent, entry.device_recorded_at)


def fields_of_intent(octets: bytes) -> IntentFields:
    """What the intent says. One that asks an eligibility-only check for medical consents is read all the same: such
    an entry is kept and held, and these consents are left out (invariant 6)."""
    try:
        return parse_intent(octets).fields
    except IntentRuleError as error:
        if error.rule != "medical_consent":
            raise
        return decode(octets[len(PREFIX) :], IntentFields, "intent")


def _place(error: Exception) -> str:
    match error:
        case MalformedError():
            return f"{error.subject} {error.place}"
        case IntentRuleError():
            return error.rule
        case _:
            return ""
