"""The entries that are no checks: documents, consents, withdrawals, voids, declarations, trouble. Imports no SQL.

Each is listed and linked. What it names and is not here yet is held, and applied by itself when it comes.
"""

from collections.abc import Mapping
from typing import Any

from checksync import (
    ConsentBody,
    ConsentWithdrawnBody,
    DeclarationBody,
    SubstituteBody,
    TroubleBody,
    VoidBody,
)
from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.certificates import unlink_certificate
from kazasu.checks.joining import join_day, part_voided
from kazasu.checks.models import CheckRow
from kazasu.checks.opening import Opened
from kazasu.checks.presence import find_on_duty
from kazasu.checks.recorded import keep_recorded, withdrawals_of
from kazasu.checks.service import add_consents, find_check, repeats_of, withdraw_consent
from kazasu.checks.standing import move, settle
from kazasu.checks.state import CheckState
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.service import revoked_at
from kazasu.inquiries.service import withdraw
from kazasu.patients.service import find_patient
from kazasu.reconciliation.placing import weigh
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold, release
from kazasu.rules import CheckType, allowed_check_types, not_allowed_kinds
from kazasu.rules.declaration import signed_how
from kazasu.rules.facilities import CheckTypeRow
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry
from kazasu.visits.service import find_visit

__all__ = ["read_consent", "read_document", "read_listed", "read_void", "read_withdrawal"]

_LONGEST_CODE = 60


async def read_document(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: SubstituteBody
) -> EntryOutcome | None:
    """A document in place of the card: its number asks about its check, and opens what could not be asked."""
    facts = {"document": body.document[:_LONGEST_CODE], "reason": body.reason[:_LONGEST_CODE]}
    held = await _list(session, stored, context, opened, body, facts=facts, fields=body.fields)
    check = await find_check(session, body.check) if body.check else None
    if check is None:
        return held or await _missing(session, stored, body.check)
    if held is None:
        # Whose document it is nobody vouches for while nobody is known to have been on duty.
        await ask_about(session, context, check, actor=audit.device_actor(stored.device), at=context.clock.now())
    return held or _accepted(check)


async def read_listed(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: DeclarationBody | TroubleBody
) -> EntryOutcome | None:
    """A declaration or a trouble: listed by its codes; what it says of the patient stays sealed in the entry."""
    if isinstance(body, DeclarationBody):
        facts: dict[str, Any] = {"form": body.form, "signed": signed_how(body.fields)}
    else:
        facts = {
            "category": body.category[:_LONGEST_CODE],
            "response": body.response[:_LONGEST_CODE],
            "full_charge": body.full_charge,
        }
    held = await _list(session, stored, context, opened, body, facts=facts, fields=None)
    check = await find_check(session, body.check) if body.check else None
    if check is not None and isinstance(body, TroubleBody):
        await weigh(session, [(check.patient, check.checked_on)])
    if held is None and check is None:
        held = await _missing(session, stored, body.check)
    return held or (_accepted(check) if check else None)


async def read_consent(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: ConsentBody
) -> EntryOutcome | None:
    """Consents given or declined apart from a check; the kinds that may not be are not stored."""
    facts = {"kinds": [choice.kind for choice in body.kinds]}
    held = await _list(session, stored, context, opened, body, facts=facts, fields=None, consent=body.consent)
    if held is not None:
        return held
    check = await find_check(session, body.check) if body.check else None
    if check is None and body.check is not None:
        return await _missing(session, stored, body.check)
    visit = await find_visit(session, body.visit) if body.visit else None
    patient = await find_patient(session, body.patient) if body.patient else None
    whose = patient.id if patient else visit.patient if visit else check.patient if check else None
    if whose is None and check is None:
        return await _hold(session, stored, HoldReason.CONSENT_SUBJECT_UNKNOWN, {"visit": body.visit})
    refused = not_allowed_kinds([choice.kind for choice in body.kinds], _check_type(context, opened, check))
    await add_consents(
        session,
        [choice for choice in body.kinds if choice.kind not in refused],
        consent=body.consent,
        check=check.id if check else None,
        visit=visit.id if visit else None,
        patient=whose,
        at=min(opened.device_recorded_at, stored.received_at),
    )
    now = context.clock.now()
    for early in await withdrawals_of(session, body.consent):
        if early.device is None or early.entry is None:
            continue
        actor = audit.device_actor(early.device)
        await withdraw_consent(session, body.consent, entry=early.entry, actor=actor, journal=context.journal, at=now)
        await release(session, [HoldReason.CONSENT_UNKNOWN], entry=early.entry, because="consent_came", at=now)
    if refused:
        return await _hold(
            session, stored, HoldReason.CONSENT_NOT_FOR_ELIGIBILITY_ONLY, {"kinds": list(refused)}, check=check
        )
    return _accepted(check) if check else None


async def read_withdrawal(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: ConsentWithdrawnBody
) -> EntryOutcome | None:
    """A consent is withdrawn: the patient's, wherever it was recorded; applied even where nobody was on duty."""
    held = await _list(session, stored, context, opened, body, facts={}, fields=None, consent=body.consent)
    actor = audit.device_actor(stored.device)
    now = context.clock.now()
    if await withdraw_consent(session, body.consent, entry=stored.id, actor=actor, journal=context.journal, at=now):
        return held
    return held or await _hold(session, stored, HoldReason.CONSENT_UNKNOWN, {"consent": body.consent})


async def read_void(
    session: Session, stored: StoredEntry, context: Context, opened: Opened, body: VoidBody
) -> EntryOutcome | None:
    """A check of the same log is taken back: nothing more is asked, its holds close; its repeat takes its place."""
    held = await _list(session, stored, context, opened, body, facts={}, fields=None)
    if held is not None:
        return held
    check = await find_check(session, body.check)
    if check is None:
        return await _missing(session, stored, body.check)
    if check.log != stored.log:
        return await _hold(session, stored, HoldReason.CHECK_OF_ANOTHER_LOG, {"check": check.id})
    now = context.clock.now()
    actor = audit.device_actor(stored.device)
    await withdraw(session, check.id, at=now)
    await move(session, check, CheckState.VOID, actor=actor, at=now)
    await release(session, list(HoldReason), check=check.id, because="void", at=now)
    await unlink_certificate(session, check.id, actor=actor, at=now)
    await weigh(session, [(check.patient, check.checked_on)])
    parted = await part_voided(session, check, actor=actor, at=now)
    repeats = await repeats_of(session, check.id)
    for repeat in repeats:
        repeat.repeat_of = repeats[0].id if repeat is not repeats[0] else None
    await session.flush()
    for repeat in repeats[:1]:
        await settle(session, repeat, actor=actor, at=now)
    for other in [*repeats[:1], *parted[:1]]:
        await join_day(session, context, other, actor=actor, at=now)
    return EntryOutcome(Outcome.ACCEPTED, None, check.id)


async def _list(
    session: Session,
    stored: StoredEntry,
    context: Context,
    opened: Opened,
    body: Any,
    *,
    facts: Mapping[str, Any],
    fields: Mapping[str, Any] | None,
    consent: str | None = None,
) -> EntryOutcome | None:
    """Keeps the entry's row; held where its device was revoked, or nobody was on duty by its pass."""
    at = min(opened.device_recorded_at, stored.received_at)
    duty = await find_on_duty(session, body.duty_pass, device=stored.device, at=at)
    await keep_recorded(
        session,
        context.keys.storage,
        stored,
        kind=opened.kind,
        check=getattr(body, "check", None),
        visit=getattr(body, "visit", None),
        consent=consent,
        duty_pass=body.duty_pass,
        staff=duty.staff,
        facts=facts,
        fields=fields,
        device_recorded_at=opened.device_recorded_at,
    )
    revoked = await revoked_at(session, stored.device)
    if revoked is not None and revoked <= stored.received_at:
        return await _hold(session, stored, HoldReason.DEVICE_REVOKED, {"revoked_at": revoked.isoformat()})
    if duty.is_on_duty:
        return None
    return await _hold(session, stored, HoldReason.STAFF_NOT_ON_DUTY, {"duty_pass": body.duty_pass})


async def _missing(session: Session, stored: StoredEntry, check: str | None) -> EntryOutcome | None:
    """An entry that names a check that is not here waits for it; one that names none is complete."""
    if check is None:
        return None
    return await _hold(session, stored, HoldReason.CHECK_UNKNOWN, {"check": check})


async def _hold(
    session: Session,
    stored: StoredEntry,
    reason: HoldReason,
    evidence: Mapping[str, Any],
    *,
    check: CheckRow | None = None,
) -> EntryOutcome:
    subject = Subject(entry=stored.id, device=stored.device)
    facts = {"log": stored.log, "number": stored.number, **evidence}
    await raise_hold(session, reason, subject, evidence=facts, at=stored.received_at)
    return EntryOutcome(Outcome.HELD, reason.value, check.id if check else None)


def _accepted(check: CheckRow) -> EntryOutcome:
    return EntryOutcome(Outcome.ACCEPTED, None, check.id)


def _check_type(context: Context, opened: Opened, check: CheckRow | None) -> CheckType:
    """The check's type; apart from any check, the widest that the facility may make."""
    if check is not None:
        return check.check_type
    facility = context.facility
    day = day_in_japan(opened.device_recorded_at)
    allowed = allowed_check_types(
        facility.kind,
        day,
        transitional_until=facility.transitional_until,
        rows=context.rulebook.rows("check_types", CheckTypeRow),
    )
    types = {check_type for check_type, _ in allowed}
    return CheckType.HOME_CONSENT if CheckType.HOME_CONSENT in types else CheckType.ELIGIBILITY_ONLY
