"""The intent: what is about to be checked, fixed before the touch. Imports no transport and no storage.

Its exact octets are what the card signs and what travels in the entry; they are built once and never again. The
prefix keeps another service's login challenge from ever being an intent.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from checksync.encoding import (
    Digest,
    Identifier,
    MalformedError,
    PrivateRecord,
    RandomIdentifier,
    Record,
    Time,
    decode,
    encode,
)
from checksync.identifier import new_identifier

PREFIX: Final = b"kazasu-intent-v1\n"

CheckType = Literal["home_consent", "eligibility_only"]
Setting = Literal[
    "home_visit", "house_call", "online", "drive_through", "fever_clinic", "counter_fallback", "check_up", "treatment"
]
IdentityMethod = Literal["pin", "visual"]
ConsentKind = Literal["medication", "treatment", "check_ups", "clinical_documents", "limit_amount", "specified_illness"]

ELIGIBILITY_CONSENTS: Final[frozenset[ConsentKind]] = frozenset({"limit_amount"})
"""All that an eligibility-only check may ask; every other kind is medical information."""


class Holder(Record, frozen=True, kw_only=True, tag_field="who", tag="self"):
    """The card's holder typed the PIN."""


class Proxy(PrivateRecord, frozen=True, kw_only=True, tag_field="who", tag="proxy"):
    """Someone typed it for the patient."""

    relation: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class VisitSubject(Record, frozen=True, kw_only=True, tag_field="on", tag="visit"):
    id: Identifier


class PatientSubject(Record, frozen=True, kw_only=True, tag_field="on", tag="patient"):
    id: Identifier


class NotOnList(Record, frozen=True, kw_only=True, tag_field="on", tag="not_on_list"):
    """Nobody that the device knows of."""


class ConsentChoice(Record, frozen=True, kw_only=True):
    """One consent, given or declined, with the id of the text that was shown."""

    kind: ConsentKind
    given: bool
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AnchorSeen(Record, frozen=True, kw_only=True):
    """The last anchor, and the monotonic time since it came; None after a restart, when nothing measured it."""

    statement: str
    elapsed_ms: Annotated[int, msgspec.Meta(ge=0)] | None


class IntentFields(PrivateRecord, frozen=True, kw_only=True):
    check: RandomIdentifier
    log: Digest
    last_hash: Digest
    facility: Identifier
    check_type: CheckType
    setting: Setting
    identity_method: IdentityMethod
    pin_typed_by: Holder | Proxy | None
    subject: VisitSubject | PatientSubject | NotOnList
    consents: list[ConsentChoice]
    duty_pass: Identifier
    device_time: Time
    anchor: AnchorSeen | None
    random: RandomIdentifier


@dataclass(frozen=True)
class Intent:
    """The exact octets, and what they say."""

    octets: bytes = field(repr=False)
    fields: IntentFields

    @property
    def digest(self) -> bytes:
        """SHA-256: what a card with an RSA key signs."""
        return hashlib.sha256(self.octets).digest()


class IntentRuleError(ValueError):
    """An intent says what no intent may say."""

    def __init__(self, rule: Literal["medical_consent", "consent_twice", "pin_typed_by"]) -> None:
        super().__init__(rule)
        self.rule = rule


def _hold_to_rules(fields: IntentFields) -> None:
    kinds = [consent.kind for consent in fields.consents]
    if len(kinds) != len(set(kinds)):
        raise IntentRuleError("consent_twice")
    # Eligibility-only never touches medical information, not even by asking for it.
    if fields.check_type == "eligibility_only" and not ELIGIBILITY_CONSENTS.issuperset(kinds):
        raise IntentRuleError("medical_consent")
    if (fields.identity_method == "pin") != (fields.pin_typed_by is not None):
        raise IntentRuleError("pin_typed_by")


def build_intent(
    *,
    log: str,
    last_hash: str,
    facility: str,
    check_type: CheckType,
    setting: Setting,
    identity_method: IdentityMethod,
    pin_typed_by: Holder | Proxy | None,
    subject: VisitSubject | PatientSubject | NotOnList,
    consents: list[ConsentChoice],
    duty_pass: str,
    device_time: datetime,
    anchor: AnchorSeen | None,
    check: str | None = None,
) -> Intent:
    """A new intent with its check id and random octets drawn.

    `IntentRuleError` or `MalformedError` before anyone is asked for a card.
    """
    fields = IntentFields(
        check=check or new_identifier(),
        log=log,
        last_hash=last_hash,
        facility=facility,
        check_type=check_type,
        setting=setting,
        identity_method=identity_method,
        pin_typed_by=pin_typed_by,
        subject=subject,
        consents=consents,
        duty_pass=duty_pass,
        device_time=device_time,
        anchor=anchor,
        random=secrets.token_hex(16),
    )
    return parse_intent(PREFIX + encode(fields))


def parse_intent(octets: bytes) -> Intent:
    """What the octets say.

    `MalformedError` when they are no intent, `IntentRuleError` when they say what none may say.
    """
    if not octets.startswith(PREFIX):
        raise MalformedError("intent", "prefix")
    fields = decode(octets[len(PREFIX) :], IntentFields, "intent")
    _hold_to_rules(fields)
    return Intent(octets, fields)
