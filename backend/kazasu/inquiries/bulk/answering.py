"""What bulk answers do: kept with the patient, compared with what was known, told with the visit. Imports no SQL."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.gateway import Answer, BulkKind, BulkUnit, Result
from kazasu.inquiries.answering import SimulatedAnswerError
from kazasu.inquiries.bulk.jobs.service import Job, due_units
from kazasu.inquiries.bulk.known import known_by_answer, known_by_number, with_consents
from kazasu.inquiries.bulk.service import Taken, add_answers, held_consents, last_answers, patients_of
from kazasu.patients.models import PatientRow
from kazasu.patients.service import number_of
from kazasu.rules.qualification_change import KnownQualification, changes
from kazasu.visits.service import publish_patient

__all__ = ["take_units"]


async def take_units(
    session: Session, context: Context, job: Job, units: Sequence[BulkUnit], *, is_simulated: bool, at: datetime
) -> None:
    """Keeps these persons' answers in the caller's transaction; what was answered before stays as it is.

    `before_visit` keeps eligibility alone. `re_inquiry` keeps what the answer carries for those kinds whose first
    consent holds at this moment: one withdrawn while the answer was on its way opens nothing.
    """
    if is_simulated and not context.facility.is_exercise:
        raise SimulatedAnswerError
    await lock_order(session)
    rows = await due_units(session, job.id, [unit.identifier for unit in units])
    patients = await patients_of(session, [row.patient for row in rows.values()])
    held = await held_consents(session, list(patients)) if job.kind is BulkKind.RE_INQUIRY else {}
    earlier = await last_answers(session, list(patients))
    taken = []
    for unit in units:
        # One that stands twice in a result counts once.
        row = rows.pop(unit.identifier, None)
        if row is None:
            continue
        answer = unit.answer or _refused(job, unit, is_simulated=is_simulated, at=at)
        answer = with_consents(answer, held.get(row.patient, frozenset()))
        now = known_by_answer(answer)
        before = _before(patients[row.patient], earlier.get(row.patient))
        found = tuple(change.value for change in changes(before, now)) if now is not None else ()
        is_flagged = bool(found) or answer.result is not Result.VALID
        taken.append(Taken(row, answer, found, is_flagged))
    await add_answers(session, taken, at=at)
    for patient in patients:
        await publish_patient(session, context.keys.storage, patient, at=at)


def _before(patient: PatientRow, answer: Answer | None) -> KnownQualification:
    """The last answer that said something, else the roster; the birth date is always the roster's."""
    known = known_by_answer(answer) if answer is not None else None
    known = known or known_by_number(number_of(patient)) or KnownQualification()
    return KnownQualification(
        is_valid=known.is_valid,
        insurer_number=known.insurer_number,
        symbol=known.symbol,
        number=known.number,
        branch=known.branch,
        share=known.share,
        personal_family=known.personal_family,
        has_public_assistance=known.has_public_assistance,
        birth_date=f"{patient.birth_date:%Y%m%d}",
    )


def _refused(job: Job, unit: BulkUnit, *, is_simulated: bool, at: datetime) -> Answer:
    return Answer(
        result=Result.REFUSED,
        asked_for=job.day,
        answered_at=at,
        simulated=is_simulated,
        code=unit.code,
        reference=msgspec.json.encode([job.reception_number, unit.identifier]).decode(),
    )
