"""What an answer does: kept with its inquiry, told to the device, held where it is not clean. Imports no SQL."""

from datetime import datetime
from typing import Any

import msgspec

from checksync import time_text
from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import has_declaration
from kazasu.checks.service import find_check, repeats_of
from kazasu.checks.standing import move, settle
from kazasu.checks.state import CheckState
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.gateway import (
    Answer,
    Qualification,
    QualificationKind,
    Result,
    outside_medical,
    without_medical,
)
from kazasu.inquiries.listed import find_inquiry, latest_answer
from kazasu.inquiries.service import mark_answered, withdraw
from kazasu.patients.service import find_patient, learn_number
from kazasu.reconciliation.comparing import hold_differences
from kazasu.reconciliation.placing import weigh
from kazasu.reconciliation.proposal import proposed
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.reopening import follow_answer, same_facts
from kazasu.reconciliation.service import Subject, raise_hold, release
from kazasu.rules import CheckType, InquiryKey, InsuredNumber, InsuredNumberError
from kazasu.sync.feed import publish

__all__ = ["SimulatedAnswerError", "feed_data", "take_answer"]

_HOLDS = {
    Result.INVALID: HoldReason.ANSWER_INVALID,
    Result.INVALID_NEWER_EXISTS: HoldReason.ANSWER_INVALID_NEWER_EXISTS,
    Result.NOT_FOUND: HoldReason.ANSWER_NOT_FOUND,
    Result.SEVERAL_MATCH: HoldReason.ANSWER_SEVERAL_MATCH,
    Result.REFUSED: HoldReason.ANSWER_REFUSED,
}
_GONE_WITH_AN_ANSWER = (
    *_HOLDS.values(),
    HoldReason.ANSWER_WITHOUT_QUALIFICATION,
    HoldReason.CANNOT_BE_ASKED,
    HoldReason.CONSENT_NOT_FOUND,
    HoldReason.CONSENT_SEVERAL_MATCH,
    HoldReason.DOCUMENT_NUMBER_NOT_VALID,
)
# Medical information, and what a device has no use for, never goes into the feed (invariant 7).
_NOT_FOR_DEVICES = (
    "consents",
    "specified_illnesses",
    "unknown",
    "address",
    "post_number",
    "reference_number",
)


class SimulatedAnswerError(Exception):
    """A simulated answer came to a live facility (invariant 10); nothing of it is stored."""


async def take_answer(
    session: Session,
    context: Context,
    *,
    inquiry: str,
    check: str,
    key: InquiryKey,
    answer: Answer,
    at: datetime,
    lease: str | None = None,
    typed_by: str | None = None,
) -> bool:
    """Keeps the answer and what follows from it in the caller's transaction; False where it came too late to count."""
    if answer.simulated and not context.facility.is_exercise:
        raise SimulatedAnswerError
    await lock_order(session)
    # A visit that was joined meanwhile has its inquiry with its first check.
    asked = await find_inquiry(session, inquiry)
    row = await find_check(session, asked.check if asked is not None else check)
    if row is None or row.state is CheckState.VOID:
        return False
    was_medical = False
    if row.check_type is CheckType.ELIGIBILITY_ONLY:
        answer, was_medical = without_medical(answer)
    elif asked is not None and asked.for_claim:
        answer, _ = without_medical(answer)
    last = await latest_answer(session, row.id)
    before = msgspec.convert(last.content, Answer) if last is not None else None
    stored = await mark_answered(
        session,
        inquiry,
        result=answer.result,
        is_simulated=answer.simulated,
        content=msgspec.to_builtins(answer),
        answered_at=answer.answered_at,
        typed_by=typed_by,
        at=at,
        lease=lease,
    )
    if stored is None:
        return False
    actor = audit.staff_actor(typed_by) if typed_by else audit.SYSTEM
    await withdraw(session, row.id, at=at, but=inquiry)
    row.result, row.is_simulated = answer.result, answer.simulated
    await move(session, row, CheckState.ANSWERED, actor=actor, at=at)
    await publish(session, row.device, "answer", feed_data(row.id, answer), at=at, id=stored.id)
    for repeat in await repeats_of(session, row.id):
        await publish(session, repeat.device, "answer", feed_data(repeat.id, answer), at=at)
    reason = _reason(answer)
    # What somebody is asking about stays as it is while the answer is the same.
    gone = [one for one in _GONE_WITH_AN_ANSWER if one is not reason or not same_facts(before, answer)]
    await release(session, gone, check=row.id, because="answered", at=at)
    stands = await follow_answer(session, row, before, answer, reason, at=at)
    await _hold(session, row, answer, None if stands else reason, was_medical=was_medical, at=at)
    if answer.result is Result.VALID:
        await _learn(session, context, row, key, answer, at)
    await hold_differences(session, context, row, at=at)
    await weigh(session, [(row.patient, row.checked_on)])
    await settle(session, row, actor=actor, at=at)
    return True


def feed_data(check: str, answer: Answer) -> dict[str, Any]:
    """The answer as a device gets it: docs/protocol/sync-v1.md section 5, `answer`."""
    qualifications = []
    for shown in outside_medical(msgspec.to_builtins(answer)).get("qualifications", ()):
        qualifications.append({name: value for name, value in shown.items() if name not in _NOT_FOR_DEVICES})
    return {
        "check": check,
        "result": answer.result.value,
        "qualifications": qualifications,
        "asked_for": answer.asked_for.isoformat(),
        "answered_at": time_text(answer.answered_at),
        "simulated": answer.simulated,
    }


def _reason(answer: Answer) -> HoldReason | None:
    """For what the answer is held; None where it is clean."""
    if answer.result is Result.VALID and not answer.qualifications:
        return HoldReason.ANSWER_WITHOUT_QUALIFICATION
    return _HOLDS.get(answer.result)


async def _hold(
    session: Session, row: CheckRow, answer: Answer, reason: HoldReason | None, *, was_medical: bool, at: datetime
) -> None:
    subject = Subject(check=row.id, device=row.device)
    evidence = {"result": answer.result.value, "code": answer.code, "simulated": answer.simulated}
    if reason is not None:
        proposal = proposed(
            reason,
            shows_qualification=bool(answer.qualifications),
            has_declaration=await has_declaration(session, row.id),
        )
        await raise_hold(session, reason, subject, evidence=evidence, at=at, proposal=proposal)
    if was_medical:
        await raise_hold(session, HoldReason.MEDICAL_IN_ELIGIBILITY_ONLY, subject, evidence=evidence, at=at)


async def _learn(
    session: Session, context: Context, row: CheckRow, key: InquiryKey, answer: Answer, at: datetime
) -> None:
    """A clean answer by the card itself brings the number of a patient who had none on file."""
    patient = await find_patient(session, row.patient) if row.patient else None
    current = _insurance(answer)
    if patient is None or current is None or current.birth_date != f"{patient.birth_date:%Y%m%d}":
        return
    try:
        number = InsuredNumber.proven(current.insurer_number, current.symbol, current.number, current.branch)
    except InsuredNumberError:
        return
    await learn_number(session, patient, number, source="answer", at=at)


def _insurance(answer: Answer) -> Qualification | None:
    kinds = (QualificationKind.INSURANCE, QualificationKind.LATE_STAGE_ELDERLY)
    found = [qualification for qualification in answer.qualifications if qualification.kind in kinds]
    return found[0] if len(found) == 1 else None
