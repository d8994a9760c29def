"""The eligibility-only app's copied text, pasted for a check by a person: read, proven to be of its day, answered.

Imports no SQL. What differs from the check's person is found where every answer is taken (`take_answer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kazasu.checks.models import CheckRow
from kazasu.checks.service import find_check
from kazasu.checks.state import CheckState
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.gateway import Answer, Qualification, Result, configuration_of
from kazasu.gateway.app_text import AppText, AppTextFault, read_app_text
from kazasu.inquiries.answering import take_answer
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.service import make_inquiry
from kazasu.problems import ProblemError
from kazasu.rules import InquiryKey, roads_of_facility

__all__ = ["Pasted", "paste_app_text"]

_CONFIRMED = "確認日"


@dataclass(frozen=True)
class Pasted:
    """What became of the text: the inquiry that it answered, and what of it was not understood."""

    inquiry: InquiryRow
    result: Result
    faults: tuple[AppTextFault, ...]
    unknown_labels: tuple[str, ...]


async def paste_app_text(
    session: Session, context: Context, check: str, text: str, *, staff: str, at: datetime
) -> Pasted:
    """Takes the text as the check's answer in the caller's transaction.

    Problems `app-text-not-read` with each fault, `not-found`, `road-not-open` where the check cannot be asked by the
    app, `conflict` where it is void.
    """
    read = read_app_text(text)
    if read.qualification is None or read.confirmed_on is None:
        raise _not_read(read.faults)
    await lock_order(session)
    row = await _check(session, check)
    configuration = configuration_of(context.settings.gateway, context.facility)
    if InquiryKey.APP_TEXT not in roads_of_facility(row.check_type, configuration):
        raise ProblemError("road-not-open")
    day = read.confirmed_on
    if day < row.checked_on:
        raise _not_read([AppTextFault(_CONFIRMED, "before_check", True)])
    if day > day_in_japan(at):
        raise _not_read([AppTextFault(_CONFIRMED, "future", True)])
    inquiry = await make_inquiry(
        session,
        check=row.id,
        key=InquiryKey.APP_TEXT,
        asked_for=row.checked_on,
        number=None,
        waits_because="by_hand",
        storage=context.keys.storage,
        at=at,
    )
    answer = _answer(read, read.qualification, day, inquiry.id, row.checked_on, context.facility.is_exercise, at)
    is_taken = await take_answer(
        session,
        context,
        inquiry=inquiry.id,
        check=row.id,
        key=InquiryKey.APP_TEXT,
        answer=answer,
        at=at,
        typed_by=staff,
    )
    if not is_taken:
        raise ProblemError("conflict")
    return Pasted(inquiry, answer.result, read.faults, read.unknown_labels)


async def _check(session: Session, check: str) -> CheckRow:
    """The check, or the one that it repeats: a repeat is answered with that."""
    row = await find_check(session, check)
    if row is not None and row.repeat_of is not None:
        row = await find_check(session, row.repeat_of)
    if row is None:
        raise ProblemError("not-found")
    if row.state is CheckState.VOID:
        raise ProblemError("conflict")
    return row


def _answer(
    read: AppText,
    qualification: Qualification,
    confirmed_on: date,
    inquiry: str,
    checked_on: date,
    is_exercise: bool,
    at: datetime,
) -> Answer:
    return Answer(
        result=_result(qualification, checked_on),
        asked_for=confirmed_on,
        answered_at=at,
        simulated=is_exercise,
        qualifications=(qualification,),
        reference=f"pasted-{inquiry}",
    )


def _result(qualification: Qualification, checked_on: date) -> Result:
    """The app's text has no word for it, so its days decide [our reading]: one that ends before the check, or begins
    after it, is not valid for it."""
    day = f"{checked_on:%Y%m%d}"
    has_begun = not qualification.valid_from or qualification.valid_from <= day
    has_not_ended = not qualification.valid_until or qualification.valid_until >= day
    return Result.VALID if has_begun and has_not_ended else Result.INVALID


def _not_read(faults: Sequence[AppTextFault]) -> ProblemError:
    told: list[dict[str, Any]] = [
        {"label": fault.label, "why": fault.why, "say": {"ja": fault.say.ja, "en": fault.say.en}}
        for fault in faults
        if fault.is_serious
    ]
    return ProblemError("app-text-not-read", faults=told)
