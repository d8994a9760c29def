"""Inquiries about patients in the database: wanted once a patient and day, answered, and what visits show of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import and_, func, insert, or_, select

from kazasu import audit
from kazasu.checks.models import CheckRow, ConsentRow
from kazasu.checks.state import CheckState
from kazasu.db import Session, lock_name, new_id
from kazasu.gateway import Answer, BulkKind, Result
from kazasu.inquiries.bulk.ahead import Ahead
from kazasu.inquiries.bulk.models import PatientAnswerRow, PatientInquiryRow
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.state import InquiryState
from kazasu.keyset import Keyset
from kazasu.patients.models import PatientRow
from kazasu.rules import CheckType, Setting
from kazasu.rules.consent import is_allowed

__all__ = [
    "DUE",
    "Taken",
    "Wanted",
    "add_answers",
    "ahead_of",
    "answers_of_patient_inquiry",
    "find_patient_inquiry",
    "held_consents",
    "last_answers",
    "list_patient_inquiries",
    "moved",
    "patients_of",
    "want",
]

DUE = (InquiryState.ASKED, InquiryState.FAILED_DUE_AGAIN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """That a patient is asked about for a day."""

    patient: str
    day: date
    kind: BulkKind
    visit: str
    number_hash: bytes


async def want(
    session: Session, wanted: Sequence[Wanted], *, actor: str, at: datetime
) -> dict[str, InquiryState | None]:
    """Makes what is not there yet, and asks again what was withdrawn or has another number now.

    Gives for each patient the state before (None where it is new); one that is due or answered stays as it is.
    """
    if not wanted:
        return {}
    await lock_name(session, "patient-inquiries")
    day = wanted[0].day
    found = await session.scalars(
        select(PatientInquiryRow)
        .where(PatientInquiryRow.day == day, PatientInquiryRow.patient.in_([one.patient for one in wanted]))
        .with_for_update()
    )
    present = {row.patient: row for row in found}
    before: dict[str, InquiryState | None] = {}
    drafts, new = [], []
    for one in wanted:
        row = present.get(one.patient)
        if row is None:
            new.append(_values(one, at))
            drafts.append(_draft(actor, new[-1]["id"], None, InquiryState.ASKED, one.patient, one.kind))
            before[one.patient] = None
            continue
        before[one.patient] = row.state
        if row.state in DUE or (row.state is InquiryState.ANSWERED and row.number_hash == one.number_hash):
            continue
        drafts.append(_draft(actor, row.id, row.state, InquiryState.ASKED, one.patient, one.kind))
        row.kind, row.visit, row.number_hash = one.kind, one.visit, one.number_hash
        row.state, row.job, row.attempts, row.next_at, row.last_error = InquiryState.ASKED, None, 0, at, None
        before[one.patient] = InquiryState.WITHDRAWN
    if new:
        await session.execute(insert(PatientInquiryRow.__table__), new)  # type: ignore[arg-type]
    await session.flush()
    await audit.append_all(session, drafts, at)
    return before


def _values(one: Wanted, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "patient": one.patient,
        "day": one.day,
        "kind": one.kind,
        "visit": one.visit,
        "state": InquiryState.ASKED,
        "number_hash": one.number_hash,
        "attempts": 0,
        "next_at": at,
        "is_flagged": False,
        "changes": [],
        "made_at": at,
    }


def _draft(
    actor: str, inquiry: str, present: InquiryState | None, to: InquiryState, patient: str, kind: BulkKind
) -> audit.Draft:
    details = {
        "from": present.value if present else None,
        "to": to.value,
        "patient": patient,
        "kind": kind.value,
    }
    return audit.Draft(actor, "patient_inquiry_state", "patient_inquiry", inquiry, details)


def moved(row: PatientInquiryRow, to: InquiryState) -> audit.Draft:
    """Sets the state of an inquiry; the draft is for the audit log, which the caller writes."""
    draft = _draft(audit.SYSTEM, row.id, row.state, to, row.patient, row.kind)
    row.state = to
    return draft


async def patients_of(session: Session, patients: Collection[str]) -> dict[str, PatientRow]:
    """The patients by id."""
    found = await session.scalars(select(PatientRow).where(PatientRow.id.in_(list(patients))))
    return {row.id: row for row in found}


async def held_consents(session: Session, patients: Collection[str]) -> dict[str, frozenset[str]]:
    """For each patient the kinds of consent that hold from home visits: the latest choice of a kind counts, a
    withdrawn one no more, and one of a check that does not serve for medical information opens none."""
    found = await session.execute(
        select(
            CheckRow.patient,
            CheckRow.serves_for_medical_information,
            ConsentRow.kind,
            ConsentRow.is_given,
            ConsentRow.withdrawn_at,
        )
        .join(CheckRow, CheckRow.id == ConsentRow.check)
        .where(
            CheckRow.patient.in_(list(patients)),
            CheckRow.setting == Setting.HOME_VISIT,
            CheckRow.check_type == CheckType.HOME_CONSENT,
            CheckRow.state != CheckState.VOID,
        )
        .order_by(ConsentRow.given_at, ConsentRow.id)
    )
    held: dict[str | None, dict[str, bool]] = {}
    for patient, serves, kind, is_given, withdrawn_at in found:
        opens = is_given and withdrawn_at is None and (serves or kind == "limit_amount")
        held.setdefault(patient, {})[kind] = bool(opens) and is_allowed(kind, CheckType.HOME_CONSENT)
    return {
        patient: frozenset(kind for kind, opens in kinds.items() if opens)
        for patient, kinds in held.items()
        if patient is not None
    }


async def last_answers(session: Session, patients: Collection[str]) -> dict[str, Answer]:
    """For each patient the newest answer that said something, about them or about a check of theirs."""
    wanted = list(patients)
    about = (
        select(
            PatientAnswerRow.patient,
            PatientAnswerRow.stored_at,
            PatientAnswerRow.content,
            func.row_number()
            .over(
                partition_by=PatientAnswerRow.patient,
                order_by=(PatientAnswerRow.stored_at.desc(), PatientAnswerRow.id),
            )
            .label("place"),
        )
        .where(PatientAnswerRow.patient.in_(wanted), PatientAnswerRow.result != Result.REFUSED)
        .subquery()
    )
    of_checks = (
        select(
            CheckRow.patient,
            AnswerRow.stored_at,
            AnswerRow.content,
            func.row_number()
            .over(partition_by=CheckRow.patient, order_by=(AnswerRow.stored_at.desc(), AnswerRow.id))
            .label("place"),
        )
        .join(InquiryRow, InquiryRow.id == AnswerRow.inquiry)
        .join(CheckRow, CheckRow.id == InquiryRow.check)
        .where(
            CheckRow.patient.in_(wanted),
            CheckRow.state.not_in((CheckState.VOID, CheckState.HELD)),
            AnswerRow.result != Result.REFUSED,
        )
        .subquery()
    )
    newest: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for table in (about, of_checks):
        rows = await session.execute(
            select(table.c.patient, table.c.stored_at, table.c.content).where(table.c.place == 1)
        )
        for patient, stored_at, content in rows:
            if patient not in newest or stored_at > newest[patient][0]:
                newest[patient] = (stored_at, content)
    return {patient: msgspec.convert(content, Answer) for patient, (_, content) in newest.items()}


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer with what it changes."""

    row: PatientInquiryRow
    answer: Answer
    changes: tuple[str, ...]
    is_flagged: bool


async def add_answers(session: Session, taken: Sequence[Taken], *, at: datetime) -> None:
    """Keeps the answers, each once with its inquiry, in the caller's transaction."""
    if not taken:
        return
    counted = await session.execute(
        select(PatientAnswerRow.inquiry, func.max(PatientAnswerRow.sequence))
        .where(PatientAnswerRow.inquiry.in_([one.row.id for one in taken]))
        .group_by(PatientAnswerRow.inquiry)
    )
    last: Mapping[str, int] = {inquiry: sequence for inquiry, sequence in counted}
    rows, drafts = [], []
    for one in taken:
        rows.append(
            {
                "id": new_id(),
                "inquiry": one.row.id,
                "sequence": last.get(one.row.id, 0) + 1,
                "patient": one.row.patient,
                "result": one.answer.result,
                "is_simulated": one.answer.simulated,
                "changes": list(one.changes),
                "content": msgspec.to_builtins(one.answer),
                "answered_at": one.answer.answered_at,
                "stored_at": at,
            }
        )
        drafts.append(moved(one.row, InquiryState.ANSWERED))
        one.row.result, one.row.is_simulated = one.answer.result, one.answer.simulated
        one.row.changes, one.row.is_flagged = list(one.changes), one.is_flagged
        one.row.answered_at, one.row.last_error = at, None
    await session.execute(insert(PatientAnswerRow.__table__), rows)  # type: ignore[arg-type]
    await session.flush()
    await audit.append_all(session, drafts, at)


async def ahead_of(session: Session, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], Ahead]:
    """What is known beforehand of these patients for these days."""
    if not wanted:
        return {}
    patients, days = {patient for patient, _ in wanted}, {day for _, day in wanted}
    found = await session.scalars(
        select(PatientInquiryRow).where(
            PatientInquiryRow.patient.in_(patients),
            PatientInquiryRow.day.in_(days),
            PatientInquiryRow.state != InquiryState.WITHDRAWN,
        )
    )
    return {(row.patient, row.day): ahead(row) for row in found}


def ahead(row: PatientInquiryRow) -> Ahead:
    """The inquiry as a value."""
    return Ahead(
        inquiry=row.id,
        kind=row.kind,
        state=row.state,
        day=row.day,
        result=row.result,
        changes=tuple(row.changes),
        is_flagged=row.is_flagged,
        is_simulated=row.is_simulated,
        answered_at=row.answered_at,
        last_error=row.last_error,
    )


async def find_patient_inquiry(session: Session, inquiry: str) -> PatientInquiryRow | None:
    """The inquiry of this id."""
    return await session.get(PatientInquiryRow, inquiry)


async def answers_of_patient_inquiry(session: Session, inquiry: str) -> Sequence[PatientAnswerRow]:
    """Every answer that came, oldest first."""
    found = await session.scalars(
        select(PatientAnswerRow).where(PatientAnswerRow.inquiry == inquiry).order_by(PatientAnswerRow.sequence)
    )
    return found.all()


async def list_patient_inquiries(
    session: Session,
    *,
    day: date,
    after: Keyset | None,
    limit: int,
    is_flagged: bool | None = None,
    state: InquiryState | None = None,
) -> Sequence[PatientInquiryRow]:
    """Those of a day in the order in which they were made, later than `after`."""
    wanted = (
        select(PatientInquiryRow)
        .where(PatientInquiryRow.day == day)
        .order_by(PatientInquiryRow.made_at, PatientInquiryRow.id)
        .limit(limit)
    )
    if is_flagged is not None:
        wanted = wanted.where(PatientInquiryRow.is_flagged.is_(is_flagged))
    if state is not None:
        wanted = wanted.where(PatientInquiryRow.state == state)
    if after is not None:
        later = and_(PatientInquiryRow.made_at == after.at, PatientInquiryRow.id > after.id)
        wanted = wanted.where(or_(PatientInquiryRow.made_at > after.at, later))
    return (await session.scalars(wanted)).all()
