"""Finding inquiries and answers: of a check, of a patient, in pages."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select

from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState
from kazasu.db import Session
from kazasu.gateway import Result
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.state import OPEN, InquiryState
from kazasu.keyset import Keyset
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.rules import InquiryKey

__all__ = [
    "answers_of",
    "find_answer",
    "find_inquiry",
    "inquiries_of",
    "inquiries_of_many",
    "latest_answer",
    "list_for_a_person",
    "list_inquiries",
    "past_answer",
    "waits_for_a_person",
]

_TYPED = (InquiryKey.APP_TEXT, InquiryKey.TERMINAL_SCREEN)
_NO_GATEWAY = "no_gateway"


async def find_answer(session: Session, answer: str) -> AnswerRow | None:
    """The answer of this id."""
    return await session.get(AnswerRow, answer)


async def find_inquiry(session: Session, inquiry: str) -> InquiryRow | None:
    """The inquiry of this id."""
    return await session.get(InquiryRow, inquiry)


async def inquiries_of(session: Session, check: str) -> Sequence[InquiryRow]:
    """Every inquiry about a check, oldest first."""
    return await inquiries_of_many(session, [check])


async def inquiries_of_many(session: Session, checks: Collection[str]) -> Sequence[InquiryRow]:
    """Every inquiry about these checks, oldest first."""
    found = await session.scalars(
        select(InquiryRow).where(InquiryRow.check.in_(list(checks))).order_by(InquiryRow.made_at, InquiryRow.id)
    )
    return found.all()


async def answers_of(session: Session, inquiry: str) -> Sequence[AnswerRow]:
    """Every answer that came, oldest first."""
    found = await session.scalars(select(AnswerRow).where(AnswerRow.inquiry == inquiry).order_by(AnswerRow.sequence))
    return found.all()


async def latest_answer(session: Session, check: str) -> AnswerRow | None:
    """The answer that counts for a check."""
    return await session.scalar(
        select(AnswerRow)
        .join(InquiryRow, InquiryRow.id == AnswerRow.inquiry)
        .where(InquiryRow.check == check)
        .order_by(AnswerRow.stored_at.desc(), AnswerRow.sequence.desc())
        .limit(1)
    )


async def past_answer(session: Session, patient: str, *, before: datetime, not_check: str) -> AnswerRow | None:
    """The last valid answer to an earlier check of the patient that never was in doubt of being another person's."""
    doubted = select(HoldRow.id).where(HoldRow.check == CheckRow.id, HoldRow.reason == HoldReason.OTHER_PERSON)
    return await session.scalar(
        select(AnswerRow)
        .join(InquiryRow, InquiryRow.id == AnswerRow.inquiry)
        .join(CheckRow, CheckRow.id == InquiryRow.check)
        .where(
            CheckRow.patient == patient,
            CheckRow.checked_at < before,
            CheckRow.id != not_check,
            CheckRow.state != CheckState.VOID,
            AnswerRow.result == Result.VALID,
            ~doubted.exists(),
        )
        .order_by(CheckRow.checked_at.desc(), AnswerRow.stored_at.desc(), AnswerRow.sequence.desc())
        .limit(1)
    )


async def list_inquiries(
    session: Session, *, after: Keyset | None, limit: int, state: InquiryState | None = None
) -> Sequence[InquiryRow]:
    """The newest first, older than `after`."""
    wanted = select(InquiryRow).order_by(InquiryRow.made_at.desc(), InquiryRow.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(InquiryRow.state == state)
    if after is not None:
        older = and_(InquiryRow.made_at == after.at, InquiryRow.id < after.id)
        wanted = wanted.where(or_(InquiryRow.made_at < after.at, older))
    return (await session.scalars(wanted)).all()


def waits_for_a_person(row: InquiryRow) -> bool:
    """Whether somebody may look it up and type the answer: by the roads made for that, and by number at the terminal
    where no gateway asks by it."""
    if row.key in _TYPED:
        return row.state in OPEN
    is_number = row.key is InquiryKey.INSURED_NUMBER
    return is_number and row.state is InquiryState.WAITING and row.last_error == _NO_GATEWAY


async def list_for_a_person(session: Session, *, after: Keyset | None, limit: int) -> Sequence[InquiryRow]:
    """What `waits_for_a_person`, the longest waiting first, later than `after`."""
    by_number = and_(InquiryRow.key == InquiryKey.INSURED_NUMBER, InquiryRow.last_error == _NO_GATEWAY)
    wanted = (
        select(InquiryRow)
        .where(InquiryRow.state == InquiryState.WAITING, or_(InquiryRow.key.in_(_TYPED), by_number))
        .order_by(InquiryRow.next_at, InquiryRow.id)
        .limit(limit)
    )
    if after is not None:
        later = and_(InquiryRow.next_at == after.at, InquiryRow.id > after.id)
        wanted = wanted.where(or_(InquiryRow.next_at > after.at, later))
    return (await session.scalars(wanted)).all()
