"""What fetched consents do: kept once, matched to the checks that wait, and answered by the way of every answer.

Imports no SQL. Nothing is asked of the person again.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.gateway import Answer, BulkUnit
from kazasu.inquiries.answering import SimulatedAnswerError, take_answer
from kazasu.inquiries.bulk.jobs.service import Job
from kazasu.inquiries.consents.matching import Waiting, consent_of, match
from kazasu.inquiries.consents.models import FetchedConsentRow
from kazasu.inquiries.consents.service import (
    AGAIN_AFTER,
    find_consent,
    keep_consents,
    mark_matched,
    waiting_inquiries,
)
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.service import make_inquiry
from kazasu.keys import StoredOctetsDamagedError
from kazasu.patients.service import find_patient, number_of
from kazasu.problems import ProblemError
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold
from kazasu.rules import CheckType, InquiryKey, InsuredNumber

__all__ = ["assign_consent", "take_consents"]


async def take_consents(
    session: Session,
    context: Context,
    job: Job,
    units: Sequence[BulkUnit],
    *,
    is_simulated: bool,
    at: datetime,
) -> None:
    """Keeps a day's consents in the caller's transaction, and answers every waiting check that one belongs to.

    A check for which it cannot be told, or whose day brought none, is held and says so.
    """
    if is_simulated and not context.facility.is_exercise:
        raise SimulatedAnswerError
    await lock_order(session)
    answers = [unit.answer for unit in units if unit.answer is not None]
    kept = await keep_consents(session, context.keys.storage, answers, job=job.id, day=job.day, at=at)
    rows = {row.id: row for row in kept}
    waiting = await waiting_inquiries(session, job.day)
    checks = {check.id: check for _, check in waiting}
    known = [await _waiting(session, context, inquiry, check) for inquiry, check in waiting]
    found = match([consent_of(row.id, _answer(row)) for row in kept], known)
    answered: set[str] = set()
    for consent, one, by in found.found:
        row = rows[consent.id]
        if await _answer_check(session, context, row, one.inquiry, one.check, at=at):
            answered.add(one.check)
            await mark_matched(session, row, one.check, by=by.value, actor=audit.SYSTEM, at=at)
    for one, by in found.doubts:
        subject = Subject(check=one.check, device=checks[one.check].device)
        await raise_hold(session, HoldReason.CONSENT_SEVERAL_MATCH, subject, evidence={"by": by.value}, at=at)
    doubted = {one.check for one, _ in found.doubts}
    for one in known:
        check = checks[one.check]
        # Only the check's own day says that nothing was registered for it, and not at once: it may be on its way.
        is_early = check.received_at > at - AGAIN_AFTER
        if one.check in answered | doubted or check.checked_on != job.day or is_early:
            continue
        subject = Subject(check=one.check, device=check.device)
        evidence = {"day": job.day.isoformat()}
        await raise_hold(session, HoldReason.CONSENT_NOT_FOUND, subject, evidence=evidence, at=at)


async def assign_consent(
    session: Session, context: Context, consent: str, check: CheckRow, *, staff: str, at: datetime
) -> FetchedConsentRow:
    """A person says that this consent is the check's; it is taken as its answer, and compared like any other.

    Problems `not-found`, `road-not-open` for a type of check that has no such consent, `conflict` where the consent is
    another check's, or the check takes no answer any more.
    """
    await lock_order(session)
    row = await find_consent(session, consent)
    if row is None:
        raise ProblemError("not-found")
    if check.check_type is not CheckType.HOME_CONSENT:
        raise ProblemError("road-not-open")
    if row.check is not None and row.check != check.id:
        raise ProblemError("conflict")
    inquiry = await make_inquiry(
        session,
        check=check.id,
        key=InquiryKey.CONSENT_FETCH,
        asked_for=check.checked_on,
        number=None,
        waits_because=None,
        storage=context.keys.storage,
        at=at,
    )
    if not await _answer_check(session, context, row, inquiry.id, check.id, at=at, staff=staff):
        raise ProblemError("conflict")
    await mark_matched(session, row, check.id, by="person", actor=audit.staff_actor(staff), at=at)
    return row


async def _answer_check(
    session: Session,
    context: Context,
    row: FetchedConsentRow,
    inquiry: str,
    check: str,
    *,
    at: datetime,
    staff: str | None = None,
) -> bool:
    return await take_answer(
        session,
        context,
        inquiry=inquiry,
        check=check,
        key=InquiryKey.CONSENT_FETCH,
        answer=_answer(row),
        at=at,
        typed_by=staff,
    )


def _answer(row: FetchedConsentRow) -> Answer:
    return msgspec.convert(row.content, Answer)


async def _waiting(session: Session, context: Context, inquiry: InquiryRow, check: CheckRow) -> Waiting:
    """What is known of the person: by the roster, and by what the card gave."""
    patient = await find_patient(session, check.patient) if check.patient else None
    try:
        attributes = attributes_of(context.keys.storage, check)
    except StoredOctetsDamagedError:
        attributes = None
    number = number_of(patient) if patient is not None else None
    names = (patient.name if patient else "", attributes.name if attributes else "")
    birth_date = attributes.birth_date.replace("-", "") if attributes else ""
    if not birth_date and patient is not None:
        birth_date = f"{patient.birth_date:%Y%m%d}"
    return Waiting(
        inquiry=inquiry.id,
        check=check.id,
        person=check.patient or check.certificate or check.id,
        chart_number=(patient.chart_number or "") if patient else "",
        number=InsuredNumber(number.insurer_number, number.symbol, number.number, number.branch) if number else None,
        birth_date=birth_date,
        names=tuple(name for name in names if name),
        name_kana=patient.name_kana if patient else "",
    )
