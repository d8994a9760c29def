"""A check entry becomes a check: verified, held where something is wrong, asked where it may be. Imports no SQL."""

from checksync import CheckBody, IntentFields
from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.certificates import keep_certificate, link_certificate
from kazasu.checks.joining import join_day
from kazasu.checks.judgement import check_values, judge_check
from kazasu.checks.known import find_known
from kazasu.checks.models import CheckRow
from kazasu.checks.opening import Opened
from kazasu.checks.pending import apply_pending
from kazasu.checks.service import add_check, add_consents, find_check, sealed_attributes
from kazasu.checks.standing import settle
from kazasu.checks.subject import find_repeat
from kazasu.context import Context
from kazasu.db import Session
from kazasu.reconciliation.comparing import hold_differences
from kazasu.reconciliation.placing import weigh
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import Subject, follow_patient, raise_hold
from kazasu.rules import not_allowed_kinds
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry

__all__ = ["read_check"]


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
    known = await find_known(session, context.keys.storage, stored.device, [(body, intent)])
    judged = judge_check(context, stored, intent, body, known)
    reasons = list(judged.reasons)
    certificate = judged.certificate
    if judged.unseen is not None:
        certificate = await keep_certificate(session, context.keys.storage, judged.unseen, at=stored.received_at)
    repeat = await find_repeat(session, body, intent, certificate, device=stored.device, at=judged.time.at)
    if repeat.does_not_fit:
        reasons.append((HoldReason.REPEAT_DOES_NOT_FIT, {"repeat_of": body.repeat_of}))
    # A touch whose person or right is in doubt must not hide behind a clean one.
    is_blocked = any(REASONS[reason].stops_asking for reason, _ in reasons)
    original = None if is_blocked else repeat.of
    check = CheckRow(
        **check_values(
            context,
            stored,
            intent,
            body,
            judged,
            certificate=certificate.id if certificate else None,
            repeat_of=original.id if original else None,
        )
    )
    actor = audit.device_actor(stored.device)
    await add_check(session, check, actor=actor, at=now)
    refused = await _add_consents(session, intent, check)
    if refused:
        reasons.append((HoldReason.CONSENT_NOT_FOR_ELIGIBILITY_ONLY, {"kinds": refused}))
    for reason, evidence in reasons:
        subject = Subject(check=check.id, visit=check.visit, device=check.device)
        await raise_hold(session, reason, subject, evidence=evidence, at=now, proposal=judged.proposals.get(reason))
    if certificate is not None and check.patient is not None and not is_blocked:
        await link_certificate(session, certificate, check.patient, check=check.id, at=now)
    await weigh(session, [(check.patient, check.checked_on)])
    if original is not None:
        await _add_to_original(session, context, original, body, check)
        await ask_about(session, context, check, actor=actor, at=now)
        await settle(session, original, actor=actor, at=now)
    else:
        await join_day(session, context, check, actor=actor, at=now)
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
        await follow_patient(session, original)
    await session.flush()
    if original.result is not None:
        await hold_differences(session, context, original, at=context.clock.now())
