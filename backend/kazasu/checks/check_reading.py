"""A check entry becomes a check: verified, held where something is wrong, asked where it may be. Imports no SQL."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from checksync import CheckBody, IntentFields, Proxy, assurance_of
from checksync.assurance import Assurance
from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.certificates import certificate_octets, find_certificate, keep_certificate, link_certificate
from kazasu.checks.models import CertificateRow, CheckRow
from kazasu.checks.opening import Opened
from kazasu.checks.pending import apply_pending
from kazasu.checks.presence import find_on_duty, revoked_at, time_of
from kazasu.checks.proof import CardShown, judge_card
from kazasu.checks.service import add_check, add_consents, find_check, sealed_attributes
from kazasu.checks.state import CheckState
from kazasu.checks.subject import find_person, find_repeat
from kazasu.checks.trust import roots_of
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import Subject, raise_hold
from kazasu.rules import (
    CardKind,
    CheckType,
    IdentityMethod,
    NotAllowed,
    Setting,
    certificate_meaning,
    may_use,
    not_allowed_kinds,
)
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry

__all__ = ["read_check"]

_Reasons = list[tuple[HoldReason, Mapping[str, Any]]]


async def read_check(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: CheckBody
) -> EntryOutcome | None:
    """Makes the check; None says that what became of it stands with the check."""
    intent = opened.intent
    if intent is None:
        raise TypeError("a check without its intent")
    now = context.clock.now()
    present = await find_check(session, body.check)
    if present is not None:
        return await _hold_twice(session, stored, present)
    judged = time_of(context, intent.device_time, intent.anchor, received_at=stored.received_at)
    checked_on = day_in_japan(judged.at)
    duty = await find_on_duty(session, intent.duty_pass, device=stored.device, at=judged.at)
    reasons: _Reasons = []
    if intent.last_hash != stored.previous_hash.hex():
        reasons.append((HoldReason.INTENT_OUTDATED, {}))
    if judged.why_implausible is not None:
        reasons.append((HoldReason.DEVICE_TIME_IMPLAUSIBLE, {"why": judged.why_implausible}))
    if not duty.is_on_duty:
        reasons.append((HoldReason.STAFF_NOT_ON_DUTY, {"duty_pass": intent.duty_pass}))
    revoked = await revoked_at(session, stored.device)
    if revoked is not None and revoked <= stored.received_at:
        reasons.append((HoldReason.DEVICE_REVOKED, {"revoked_at": revoked.isoformat()}))
    certificate, shown = await _look_at_card(session, stored, context, body, intent, checked_on, reasons)
    # A thief has the device and no card with its PIN: what such a card signed after an anchor of before is proposed.
    is_genuine = shown.is_signature_valid and judged.recorded_after is not None
    proposals: dict[HoldReason, Decision] = {}
    if revoked is not None and is_genuine and judged.at < revoked:
        proposals[HoldReason.DEVICE_REVOKED] = Decision.ACCEPT
    if intent.identity_method == "visual":
        await _look_at_attestation(session, stored, context, body, reasons)
    _apply_rules(context, intent, checked_on, reasons)
    person = await find_person(session, intent, certificate, body.card.attributes)
    if person.doubt is not None:
        reasons.append(person.doubt)
    repeat = await find_repeat(session, body, intent, certificate, device=stored.device, at=judged.at)
    if repeat.does_not_fit:
        reasons.append((HoldReason.REPEAT_DOES_NOT_FIT, {"repeat_of": body.repeat_of}))
    # A touch whose person or right is in doubt must not hide behind a clean one.
    is_blocked = any(REASONS[reason].stops_asking for reason, _ in reasons)
    original = None if is_blocked else repeat.of
    check_type = CheckType(intent.check_type)
    check = CheckRow(
        id=body.check,
        state=CheckState.RECORDED,
        log=stored.log,
        entry_number=stored.number,
        entry=stored.id,
        device=stored.device,
        duty_pass=intent.duty_pass,
        staff=duty.staff,
        check_type=check_type,
        setting=Setting(intent.setting),
        identity_method=IdentityMethod(intent.identity_method),
        pin_typed_by=_typed_by(intent),
        pin_proxy_relation=intent.pin_typed_by.relation if isinstance(intent.pin_typed_by, Proxy) else None,
        assurance=assurance_of(body, is_card_signature_valid=shown.is_signature_valid) or Assurance.STATED,
        card_kind=CardKind(body.card.kind),
        certificate=certificate.id if certificate else None,
        certificate_state=shown.state,
        serves_for_medical_information=check_type is CheckType.HOME_CONSENT
        and shown.state is not None
        and certificate_meaning(shown.state).serves_for_medical_information,
        attributes=sealed_attributes(context.keys.storage, body.check, body.card.attributes),
        patient=person.patient,
        visit=person.visit,
        repeat_of=original.id if original else None,
        device_checked_at=intent.device_time,
        checked_at=judged.at,
        checked_on=checked_on,
        recorded_after=judged.recorded_after,
        received_at=stored.received_at,
        result=None,
        is_simulated=None,
    )
    actor = audit.device_actor(stored.device)
    await add_check(session, check, actor=actor, at=now)
    refused = await _add_consents(session, intent, check)
    if refused:
        reasons.append((HoldReason.CONSENT_NOT_FOR_ELIGIBILITY_ONLY, {"kinds": refused}))
    for reason, evidence in reasons:
        subject = Subject(check=check.id, visit=check.visit, device=check.device)
        await raise_hold(session, reason, subject, evidence=evidence, at=now, proposal=proposals.get(reason))
    if certificate is not None and check.patient is not None and not is_blocked:
        await link_certificate(session, certificate, check.patient, check=check.id, at=now)
    if original is not None:
        await _add_to_original(session, context, original, body, check)
    await ask_about(session, context, check, actor=actor, at=now)
    await apply_pending(session, context, check.id, not_entry=stored.id)
    return None


async def _hold_twice(session: Session, stored: StoredEntry, present: CheckRow) -> EntryOutcome:
    evidence = {
        "check": present.id,
        "first": {"log": present.log, "number": present.entry_number},
        "again": {"log": stored.log, "number": stored.number},
    }
    subject = Subject(entry=stored.id, device=stored.device)
    await raise_hold(session, HoldReason.CHECK_ID_TWICE, subject, evidence=evidence, at=stored.received_at)
    return EntryOutcome(Outcome.HELD, HoldReason.CHECK_ID_TWICE.value)


async def _look_at_card(
    session: Session,
    stored: StoredEntry,
    context: Context,
    body: CheckBody,
    intent: IntentFields,
    checked_on: date,
    reasons: _Reasons,
) -> tuple[CertificateRow | None, CardShown]:
    storage = context.keys.storage
    row: CertificateRow | None = None
    octets = body.card.certificate
    if octets is not None and hashlib.sha256(octets).hexdigest() != body.card.certificate_sha256:
        reasons.append((HoldReason.CERTIFICATE_DAMAGED, {"differs": "sha256"}))
        return None, CardShown(None, False, ())
    if octets is None:
        row = await find_certificate(session, storage, body.card.certificate_sha256)
        if row is None:
            reasons.append((HoldReason.CERTIFICATE_UNKNOWN, {}))
            return None, CardShown(None, False, ())
        octets = certificate_octets(storage, row)
    shown = judge_card(
        octets,
        kind=CardKind(body.card.kind),
        roots=roots_of(context.facility, context.settings),
        as_of=checked_on,
        intent=body.intent,
        signature=body.card.signature,
        is_pin_check=intent.identity_method == "pin",
    )
    reasons.extend(shown.reasons)
    if row is None and shown.state is not None:
        row = await keep_certificate(session, storage, octets, at=stored.received_at)
    return row, shown


async def _look_at_attestation(
    session: Session, stored: StoredEntry, context: Context, body: CheckBody, reasons: _Reasons
) -> None:
    attestation = body.attestation
    if attestation is None:
        reasons.append((HoldReason.ATTESTATION_MISSING, {}))
        return
    held = {reason for reason, _ in reasons}
    # Its time is of the same clock as the intent's; where that one is wrong, the pass was judged by the anchor's.
    if HoldReason.STAFF_NOT_ON_DUTY in held or HoldReason.DEVICE_TIME_IMPLAUSIBLE in held:
        return
    at = min(attestation.device_time, stored.received_at)
    duty = await find_on_duty(session, attestation.duty_pass, device=stored.device, at=at)
    if not duty.is_on_duty:
        reasons.append((HoldReason.STAFF_NOT_ON_DUTY, {"duty_pass": attestation.duty_pass, "of": "attestation"}))


def _apply_rules(context: Context, intent: IntentFields, checked_on: date, reasons: _Reasons) -> None:
    facility = context.facility
    result = may_use(
        facility.kind,
        CheckType(intent.check_type),
        Setting(intent.setting),
        checked_on,
        identity=IdentityMethod(intent.identity_method),
        transitional_until=facility.transitional_until,
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


async def _add_consents(session: Session, intent: IntentFields, check: CheckRow) -> list[str]:
    """Stores the consents that this type may carry; says which it may not (invariant 6)."""
    refused = not_allowed_kinds([choice.kind for choice in intent.consents], check.check_type)
    await add_consents(
        session,
        [choice for choice in intent.consents if choice.kind not in refused],
        consent=check.id,
        check=check.id,
        visit=check.visit,
        patient=check.patient,
        at=check.checked_at,
    )
    return list(refused)


async def _add_to_original(
    session: Session, context: Context, original: CheckRow, body: CheckBody, repeat: CheckRow
) -> None:
    """What the second touch read and the first did not serves the one inquiry that both have."""
    if original.attributes is None and body.card.attributes is not None:
        original.attributes = sealed_attributes(context.keys.storage, original.id, body.card.attributes)
    if original.patient is None and repeat.patient is not None:
        original.patient = repeat.patient
    await session.flush()


def _typed_by(intent: IntentFields) -> str | None:
    if intent.pin_typed_by is None:
        return None
    return "proxy" if isinstance(intent.pin_typed_by, Proxy) else "self"
