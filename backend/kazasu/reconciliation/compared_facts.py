"""What an answer is compared with, gathered: roster, the card's attributes, the answer before. Imports no SQL."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from checksync import Attributes
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of
from kazasu.context import Context
from kazasu.db import Session
from kazasu.gateway import Answer, Qualification, QualificationKind, Result
from kazasu.inquiries.listed import latest_answer, past_answer
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient
from kazasu.rules.answer_comparison import Against, AnswerCompared, Source, compare_answer
from kazasu.rules.comparison import PersonFacts

__all__ = ["compare_check"]

_INSURANCE = (QualificationKind.INSURANCE, QualificationKind.LATE_STAGE_ELDERLY, QualificationKind.SELF_DEFENCE)


async def compare_check(session: Session, context: Context, check: CheckRow) -> AnswerCompared | None:
    """The check's answer against all that is known now; None where there is no answer that shows a person."""
    answer = await _answer(session, check.id)
    if answer is None or not answer.qualifications:
        return None
    attributes = attributes_of(context.keys.storage, check)
    patient = await find_patient(session, check.patient) if check.patient else None
    against = []
    if patient is not None:
        against.append(Against(Source.ROSTER, _of_patient(patient)))
    if attributes is not None:
        against.append(Against(Source.CARD, _of_card(attributes)))
    if patient is not None:
        found = await past_answer(session, patient.id, before=check.checked_at, not_check=check.id)
        before = msgspec.convert(found.content, Answer) if found is not None else None
        if before is not None and before.qualifications:
            against.append(Against(Source.PAST_ANSWER, _of_qualification(_insurance(before)[0])))
    answered = [_of_qualification(qualification) for qualification in _insurance(answer)]
    return compare_answer(answered, against, with_number=answer.result is Result.VALID)


async def _answer(session: Session, check: str) -> Answer | None:
    found = await latest_answer(session, check)
    return msgspec.convert(found.content, Answer) if found is not None else None


def _insurance(answer: Answer) -> Sequence[Qualification]:
    """The insurances; a public-assistance record beside them has no number to compare."""
    found = [qualification for qualification in answer.qualifications if qualification.kind in _INSURANCE]
    return found or answer.qualifications


def _of_patient(row: PatientRow) -> PersonFacts:
    return PersonFacts(
        name=row.name,
        name_kana=row.name_kana,
        birth_date=row.birth_date,
        sex=row.sex,
        insurer_number=row.insurer_number or "",
        symbol=row.symbol or "",
        number=row.number or "",
        branch=row.branch or "",
    )


def _of_card(attributes: Attributes) -> PersonFacts:
    """A card has neither kana nor number."""
    return PersonFacts(name=attributes.name, birth_date=_iso(attributes.birth_date), sex=attributes.sex)


def _of_qualification(one: Qualification) -> PersonFacts:
    return PersonFacts(
        name=one.name,
        name_kana=one.name_kana,
        name_on_back=one.name_of_other,
        name_kana_on_back=one.name_of_other_kana,
        birth_date=_compact(one.birth_date),
        sex=one.sex,
        sex_on_back=one.sex_on_back,
        insurer_number=one.insurer_number,
        symbol=one.symbol,
        number=one.number,
        branch=one.branch,
    )


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _compact(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
