"""Forming bulk jobs of what is due, leasing them to one worker at a time, and ending them. Every change is audited."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from kazasu import audit
from kazasu.clock import day_in_japan
from kazasu.db import Session, lock_name, new_id
from kazasu.gateway import BulkKind
from kazasu.inquiries.bulk.models import BulkJobRow, PatientInquiryRow
from kazasu.inquiries.bulk.service import DUE, moved
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.state import InquiryState, back_off_s
from kazasu.keyset import Keyset
from kazasu.patients.models import PatientRow
from kazasu.visits.models import VisitRow

__all__ = [
    "Job",
    "claim_job",
    "due_units",
    "end_job",
    "form_job",
    "list_jobs",
    "mark_received",
    "postpone",
    "release_units",
    "units_of",
]

_DUE_JOBS = (BulkState.ASKED, BulkState.RECEIVED)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that its claimer has until the lease ends."""

    id: str
    kind: BulkKind
    day: date
    state: BulkState
    reception_number: str | None
    attempts: int
    lease: str


async def form_job(session: Session, *, limit: int, at: datetime) -> BulkJobRow | None:
    """Puts the patients that have been due longest, of one day and kind, into one job; None where nobody is due.

    A patient whose visit was cancelled or moved to another day, or who has no number any more, is not asked about;
    nor is one whose visit is over, but by re-inquiry: a claim may still need that.
    """
    await lock_name(session, "bulk-jobs")
    due = (
        select(PatientInquiryRow)
        .where(PatientInquiryRow.state.in_(DUE), PatientInquiryRow.job.is_(None), PatientInquiryRow.next_at <= at)
        .order_by(PatientInquiryRow.next_at, PatientInquiryRow.id)
    )
    first = await session.scalar(due.limit(1))
    if first is None:
        return None
    same = due.where(PatientInquiryRow.day == first.day, PatientInquiryRow.kind == first.kind)
    rows = (await session.scalars(same.limit(limit).with_for_update())).all()
    is_over = first.kind is BulkKind.BEFORE_VISIT and first.day < day_in_japan(at)
    booked = set() if is_over else await _booked(session, {row.visit for row in rows}, first.day)
    drafts = [moved(row, InquiryState.WITHDRAWN) for row in rows if row.visit not in booked]
    asked = [row for row in rows if row.visit in booked]
    job = None
    if asked:
        job = BulkJobRow(
            id=new_id(), kind=first.kind, day=first.day, state=BulkState.ASKED, next_at=at, made_at=at, attempts=0
        )
        session.add(job)
        await session.flush()
        for row in asked:
            row.job = job.id
        drafts.append(_draft(job, None))
    await session.flush()
    await audit.append_all(session, drafts, at)
    return job


async def _booked(session: Session, visits: Collection[str], day: date) -> set[str]:
    found = await session.execute(
        select(VisitRow.id, VisitRow.at)
        .join(PatientRow, PatientRow.id == VisitRow.patient)
        .where(VisitRow.id.in_(list(visits)), VisitRow.cancelled_at.is_(None), PatientRow.number.is_not(None))
    )
    return {visit for visit, at in found if day_in_japan(at) == day}


async def claim_job(
    session: Session, *, kinds: Collection[BulkKind], lease_id: str, lease: timedelta, now: datetime
) -> Job | None:
    """Takes the job that has been due longest under this lease; commit before anything is sent."""
    row = await session.scalar(
        select(BulkJobRow)
        .where(
            BulkJobRow.state.in_(_DUE_JOBS),
            BulkJobRow.kind.in_(list(kinds)),
            BulkJobRow.next_at <= now,
            or_(BulkJobRow.leased_until.is_(None), BulkJobRow.leased_until <= now),
        )
        .order_by(BulkJobRow.next_at, BulkJobRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.leased_by, row.leased_until = lease_id, now + lease
    row.attempts += 1
    await session.flush()
    return Job(row.id, row.kind, row.day, row.state, row.reception_number, row.attempts, lease_id)


async def units_of(session: Session, job: str) -> Sequence[PatientInquiryRow]:
    """Who is asked about in a job and has no answer yet."""
    found = await session.scalars(
        select(PatientInquiryRow)
        .where(PatientInquiryRow.job == job, PatientInquiryRow.state.in_(DUE))
        .order_by(PatientInquiryRow.id)
    )
    return found.all()


async def due_units(session: Session, job: str, units: Collection[str]) -> dict[str, PatientInquiryRow]:
    """Of these inquiries those that this job still has to answer, locked for the caller."""
    found = await session.scalars(
        select(PatientInquiryRow)
        .where(PatientInquiryRow.id.in_(list(units)), PatientInquiryRow.job == job, PatientInquiryRow.state.in_(DUE))
        .with_for_update()
    )
    return {row.id: row for row in found}


async def mark_received(session: Session, job: Job, reception_number: str, *, next_at: datetime, at: datetime) -> None:
    """The request is with the national system; its result is looked for from `next_at` on."""
    row = await _leased(session, job)
    if row is None or row.state is not BulkState.ASKED:
        return
    present, row.state = row.state, BulkState.RECEIVED
    row.reception_number, row.next_at, row.attempts, row.last_error = reception_number, next_at, 0, None
    row.leased_by = row.leased_until = None
    await session.flush()
    await audit.append_all(session, [_draft(row, present)], at)


async def postpone(session: Session, job: Job, *, why: str | None, hint_s: float | None, at: datetime) -> None:
    """Nothing came, or it is still being worked on: due again later, for as long as it takes."""
    row = await _leased(session, job)
    if row is None:
        return
    row.next_at = at + timedelta(seconds=back_off_s(row.attempts, hint_s))
    row.last_error = why
    row.leased_by = row.leased_until = None
    await session.flush()


async def end_job(
    session: Session,
    job: Job,
    to: BulkState,
    *,
    why: str | None = None,
    counts: tuple[int, int, int] | None = None,
    at: datetime,
) -> bool:
    """The job is done or has failed; False where somebody else has it. Whoever is without an answer goes back."""
    row = await _leased(session, job)
    if row is None:
        return False
    present, row.state = row.state, to
    row.finished_at, row.last_error = at, why
    row.leased_by = row.leased_until = None
    if counts is not None:
        row.processed, row.normal, row.errors = counts
    await session.flush()
    await release_units(session, job.id, why=why or "not_in_result", at=at)
    await audit.append_all(session, [_draft(row, present)], at)
    return True


async def release_units(session: Session, job: str, *, why: str, at: datetime) -> None:
    """Those of the job that have no answer are due again, in another job and not at once."""
    drafts = []
    for row in await units_of(session, job):
        row.attempts += 1
        row.job, row.last_error = None, why
        row.next_at = at + timedelta(seconds=back_off_s(row.attempts, None))
        if row.state is not InquiryState.FAILED_DUE_AGAIN:
            drafts.append(moved(row, InquiryState.FAILED_DUE_AGAIN))
    await session.flush()
    await audit.append_all(session, drafts, at)


async def list_jobs(
    session: Session, *, after: Keyset | None, limit: int, day: date | None = None
) -> Sequence[BulkJobRow]:
    """The newest first, older than `after`."""
    wanted = select(BulkJobRow).order_by(BulkJobRow.made_at.desc(), BulkJobRow.id.desc()).limit(limit)
    if day is not None:
        wanted = wanted.where(BulkJobRow.day == day)
    if after is not None:
        older = and_(BulkJobRow.made_at == after.at, BulkJobRow.id < after.id)
        wanted = wanted.where(or_(BulkJobRow.made_at < after.at, older))
    return (await session.scalars(wanted)).all()


async def _leased(session: Session, job: Job) -> BulkJobRow | None:
    row = await session.scalar(select(BulkJobRow).where(BulkJobRow.id == job.id).with_for_update())
    return row if row is not None and row.leased_by == job.lease else None


def _draft(row: BulkJobRow, present: BulkState | None) -> audit.Draft:
    details = {
        "from": present.value if present else None,
        "to": row.state.value,
        "kind": row.kind.value,
        "day": row.day.isoformat(),
    }
    return audit.Draft(audit.SYSTEM, "bulk_job_state", "bulk_job", row.id, details)
