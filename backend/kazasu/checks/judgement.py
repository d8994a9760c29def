"""What holds of a check, judged by its entry and by what is known: pure, the same for one check as for a hundred.

What is wrong becomes reasons to hold it, never an exception.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from checksync import CheckBody, IntentFields, Proxy, assurance_of
from checksync.assurance import Assurance
from kazasu.checks.certificates import certificate_octets
from kazasu.checks.known import Known
from kazasu.checks.models import CertificateRow
from kazasu.checks.presence import on_duty, time_of
from kazasu.checks.proof import CardShown, judge_card
from kazasu.checks.service import sealed_attributes
from kazasu.checks.state import CheckState
from kazasu.checks.subject import Person, judge_person
from kazasu.checks.timing import JudgedTime
from kazasu.checks.trust import roots_of
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.rules import CardKind, CheckType, IdentityMethod, NotAllowed, Setting, certificate_meaning, may_use
from kazasu.rules.certificate import CertificateStateRow
from kazasu.rules.facilities import CheckTypeRow
from kazasu.sync.seam import StoredEntry

__all__ = ["Judged", "Reasons", "check_values", "judge_check"]

Reasons = list[tuple[HoldReason, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check comes to."""

    time: JudgedTime
    checked_on: date
    staff: str | None
    certificate: CertificateRow | None
    unseen: bytes | None
    """A certificate that can be read and is not kept yet."""
    shown: CardShown
    person: Person
    reasons: Sequence[tuple[HoldReason, Mapping[str, Any]]]
    proposals: Mapping[HoldReason, Decision]


def judge_check(context: Context, stored: StoredEntry, intent: IntentFields, body: CheckBody, known: Known) -> Judged:
    """Judges time, duty, card, rules and person."""
    judged = time_of(context, intent.device_time, intent.anchor, received_at=stored.received_at)
    checked_on = day_in_japan(judged.at)
    duty = on_duty(known.duty_passes.get(intent.duty_pass), device=stored.device, at=judged.at)
    reasons: Reasons = []
    if intent.last_hash != stored.previous_hash.hex():
        reasons.append((HoldReason.INTENT_OUTDATED, {}))
    if judged.why_implausible is not None:
        reasons.append((HoldReason.DEVICE_TIME_IMPLAUSIBLE, {"why": judged.why_implausible}))
    if not duty.is_on_duty:
        reasons.append((HoldReason.STAFF_NOT_ON_DUTY, {"duty_pass": intent.duty_pass}))
    revoked = known.revoked_at
    if revoked is not None and revoked <= stored.received_at:
        reasons.append((HoldReason.DEVICE_REVOKED, {"revoked_at": revoked.isoformat()}))
    certificate, unseen, shown = _look_at_card(context, body, intent, checked_on, known, reasons)
    # A thief has the device and no card with its PIN: what such a card signed after an anchor of before is proposed.
    is_genuine = shown.is_signature_valid and judged.recorded_after is not None
    proposals: dict[HoldReason, Decision] = {}
    if revoked is not None and is_genuine and judged.at < revoked:
        proposals[HoldReason.DEVICE_REVOKED] = Decision.ACCEPT
    if intent.identity_method == "visual":
        _look_at_attestation(stored, body, known, reasons)
    _apply_rules(context, intent, checked_on, reasons)
    person = judge_person(intent, certificate, body.card.attributes, known)
    if person.doubt is not None:
        reasons.append(person.doubt)
    return Judged(judged, checked_on, duty.staff, certificate, unseen, shown, person, reasons, proposals)


def check_values(
    context: Context,
    stored: StoredEntry,
    intent: IntentFields,
    body: CheckBody,
    judged: Judged,
    *,
    certificate: str | None,
    repeat_of: str | None,
) -> dict[str, Any]:
    """The columns of the check's row."""
    check_type = CheckType(intent.check_type)
    shown = judged.shown
    return {
        "id": body.check,
        "state": CheckState.RECORDED,
        "log": stored.log,
        "entry_number": stored.number,
        "entry": stored.id,
        "device": stored.device,
        "duty_pass": intent.duty_pass,
        "staff": judged.staff,
        "check_type": check_type,
        "setting": Setting(intent.setting),
        "identity_method": IdentityMethod(intent.identity_method),
        "pin_typed_by": _typed_by(intent),
        "pin_proxy_relation": intent.pin_typed_by.relation if isinstance(intent.pin_typed_by, Proxy) else None,
        "assurance": assurance_of(body, is_card_signature_valid=shown.is_signature_valid) or Assurance.STATED,
        "card_kind": CardKind(body.card.kind),
        "certificate": certificate,
        "certificate_state": shown.state,
        "serves_for_medical_information": check_type is CheckType.HOME_CONSENT
        and shown.state is not None
        and certificate_meaning(
            shown.state, judged.checked_on, context.rulebook.rows("certificates", CertificateStateRow)
        ).serves_for_medical_information,
        "attributes": sealed_attributes(context.keys.storage, body.check, body.card.attributes),
        "patient": judged.person.patient,
        "visit": judged.person.visit,
        "repeat_of": repeat_of,
        "device_checked_at": intent.device_time,
        "checked_at": judged.time.at,
        "checked_on": judged.checked_on,
        "recorded_after": judged.time.recorded_after,
        "received_at": stored.received_at,
        "result": None,
        "is_simulated": None,
    }


def _look_at_card(
    context: Context, body: CheckBody, intent: IntentFields, checked_on: date, known: Known, reasons: Reasons
) -> tuple[CertificateRow | None, bytes | None, CardShown]:
    sha256 = body.card.certificate_sha256
    row = known.certificates.get(sha256)
    octets = body.card.certificate
    if octets is not None:
        if hashlib.sha256(octets).hexdigest() != sha256:
            reasons.append((HoldReason.CERTIFICATE_DAMAGED, {"differs": "sha256"}))
            return None, None, CardShown(None, False, ())
    elif row is None:
        reasons.append((HoldReason.CERTIFICATE_UNKNOWN, {}))
        return None, None, CardShown(None, False, ())
    else:
        octets = certificate_octets(context.keys.storage, row)
    shown = judge_card(
        octets,
        kind=CardKind(body.card.kind),
        roots=roots_of(context.facility, context.settings),
        as_of=checked_on,
        intent=body.intent,
        signature=body.card.signature,
        is_pin_check=intent.identity_method == "pin",
        rules=context.rulebook.rows("certificates", CertificateStateRow),
    )
    reasons.extend(shown.reasons)
    if shown.state is None and body.card.certificate is not None:
        return None, None, shown
    return row, octets if row is None else None, shown


def _look_at_attestation(stored: StoredEntry, body: CheckBody, known: Known, reasons: Reasons) -> None:
    attestation = body.attestation
    if attestation is None:
        reasons.append((HoldReason.ATTESTATION_MISSING, {}))
        return
    held = {reason for reason, _ in reasons}
    # Its time is of the same clock as the intent's; where that one is wrong, the pass was judged by the anchor's.
    if HoldReason.STAFF_NOT_ON_DUTY in held or HoldReason.DEVICE_TIME_IMPLAUSIBLE in held:
        return
    at = min(attestation.device_time, stored.received_at)
    duty = on_duty(known.duty_passes.get(attestation.duty_pass), device=stored.device, at=at)
    if not duty.is_on_duty:
        reasons.append((HoldReason.STAFF_NOT_ON_DUTY, {"duty_pass": attestation.duty_pass, "of": "attestation"}))


def _apply_rules(context: Context, intent: IntentFields, checked_on: date, reasons: Reasons) -> None:
    facility = context.facility
    result = may_use(
        facility.kind,
        CheckType(intent.check_type),
        Setting(intent.setting),
        checked_on,
        identity=IdentityMethod(intent.identity_method),
        transitional_until=facility.transitional_until,
        rows=context.rulebook.rows("check_types", CheckTypeRow),
    )
    if isinstance(result, NotAllowed):
        evidence = {
            "rule": result.code,
            "say_ja": result.say.ja,
            "say_en": result.say.en,
            "cites": result.cites,
            "as_of": checked_on.isoformat(),
        }
        reasons.append((HoldReason.CHECK_TYPE_NOT_ALLOWED, evidence))


def _typed_by(intent: IntentFields) -> str | None:
    if intent.pin_typed_by is None:
        return None
    return "proxy" if isinstance(intent.pin_typed_by, Proxy) else "self"
