"""Asks again what is due: by insured number, for the claim, never for medical information. Imports no SQL."""

from dataclasses import dataclass
from datetime import date

from kazasu import audit
from kazasu.checks.asking import roads_of_check
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of
from kazasu.checks.standing import settle
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.exports.claiming.known import claimed_qualification, day_of
from kazasu.exports.claiming.service import claim_facts_as
from kazasu.gateway import NumberAsked
from kazasu.inquiries.again.service import unsettled_checks
from kazasu.inquiries.listed import latest_answer
from kazasu.inquiries.service import make_inquiry
from kazasu.patients.service import find_patient, number_of
from kazasu.restoration.service import is_closed
from kazasu.rules import Closed, InquiryKey, InsuredNumber, InsuredNumberError, Subject
from kazasu.rules.asking_again import ask_again

__all__ = ["AskedAgain", "ask_due_again", "ask_due_again_now"]


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """How many checks are asked about again, and of how many due ones no number is known."""

    asked: int
    without_number: int


async def ask_due_again_now(context: Context) -> AskedAgain:
    """The same in a transaction of its own; nothing while a restored server is closed."""
    async with context.database.writing() as session:
        if await is_closed(session):
            return AskedAgain(0, 0)
        done = await ask_due_again(session, context, actor=audit.SYSTEM)
        await session.commit()
        return done


async def ask_due_again(session: Session, context: Context, *, actor: str) -> AskedAgain:
    """Makes the inquiries that are due today, in the caller's transaction."""
    await lock_order(session)
    now = context.clock.now()
    today = day_in_japan(now)
    asked = without = 0
    for check in await unsettled_checks(session, today=today):
        last = await latest_answer(session, check.id)
        answered_on = day_in_japan(last.answered_at) if last is not None else check.checked_on
        if ask_again(check.checked_on, answered_on, today) is None:
            continue
        number = await _number(session, context, check)
        roads = roads_of_check(
            context, check.check_type, Subject(card=check.card_kind, has_certificate=False, has_insured_number=True)
        )
        if number is None or isinstance(roads, Closed) or InquiryKey.INSURED_NUMBER not in roads.keys:
            without += 1
            continue
        await make_inquiry(
            session,
            check=check.id,
            key=InquiryKey.INSURED_NUMBER,
            asked_for=check.checked_on,
            number=number,
            waits_because="no_gateway" if roads.waits_for_gateway else None,
            storage=context.keys.storage,
            at=now,
            for_claim=True,
        )
        await settle(session, check, actor=actor, at=now)
        asked += 1
    return AskedAgain(asked, without)


async def _number(session: Session, context: Context, check: CheckRow) -> NumberAsked | None:
    """A document's, the roster's, or the one that the answer itself showed."""
    patient = await find_patient(session, check.patient) if check.patient else None
    facts = await claim_facts_as(session, context.keys.storage, check, patient, None)
    shown = claimed_qualification(facts)
    attributes = attributes_of(context.keys.storage, check)
    born = patient.birth_date.isoformat() if patient else attributes.birth_date if attributes else ""
    if not born and shown is not None:
        day: date | None = day_of(shown.birth_date)
        born = day.isoformat() if day else ""
    if not born:
        return None
    if facts.document is not None:
        return _asked(facts.document, born, "document")
    if patient is not None and number_of(patient) is not None:
        return number_of(patient)
    if shown is None:
        return None
    try:
        number = InsuredNumber.proven(shown.insurer_number, shown.symbol, shown.number, shown.branch)
    except InsuredNumberError:
        return None
    return _asked(number, born, "answer")


def _asked(number: InsuredNumber, birth_date: str, source: str) -> NumberAsked:
    return NumberAsked(
        insurer_number=number.insurer_number, symbol=number.symbol, number=number.number, branch=number.branch,
        birth_date=birth_date, source=source,
    )  # fmt: skip
