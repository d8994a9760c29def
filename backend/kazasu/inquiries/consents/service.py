"""Fetched consents and the checks that wait for them in the database; the days that are due to be fetched."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import and_, or_, select

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.clock import day_in_japan
from kazasu.db import Session, lock_name, new_id
from kazasu.gateway import Answer, BulkKind
from kazasu.inquiries.bulk.models import BulkJobRow
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.consents.models import FetchedConsentRow
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import OPEN
from kazasu.keys import StorageKey
from kazasu.keyset import Keyset
from kazasu.rules import InquiryKey

__all__ = [
    "AGAIN_AFTER",
    "WAITS_FOR_DAYS",
    "find_consent",
    "keep_consents",
    "list_consents",
    "mark_matched",
    "waiting_inquiries",
    "want_fetch",
    "want_fetches",
]

AGAIN_AFTER: Final = timedelta(minutes=15)
"""While a check waits, its day's consents are fetched again after that long."""
WAITS_FOR_DAYS: Final = 7
"""How long after the check they are fetched by themselves; later by hand."""
_PURPOSE: Final = "fetched-consent"


async def want_fetches(session: Session, *, at: datetime) -> int:
    """Makes the jobs for the days of checks that wait for a consent; says how many."""
    today = day_in_japan(at)
    days = await session.scalars(
        select(InquiryRow.asked_for)
        .where(
            InquiryRow.key == InquiryKey.CONSENT_FETCH,
            InquiryRow.state.in_(OPEN),
            InquiryRow.asked_for >= today - timedelta(days=WAITS_FOR_DAYS),
            InquiryRow.asked_for <= today,
        )
        .distinct()
    )
    made = 0
    for day in days.all():
        made += await want_fetch(session, day, not_within=AGAIN_AFTER, actor=audit.SYSTEM, at=at)
    return made


async def want_fetch(session: Session, day: date, *, not_within: timedelta, actor: str, at: datetime) -> bool:
    """Makes a job that fetches the consents of a day; False where one is under way, or ended so shortly before."""
    await lock_name(session, "consent-fetch")
    present = await session.scalar(
        select(BulkJobRow.id)
        .where(
            BulkJobRow.kind == BulkKind.HOME_CONSENTS,
            BulkJobRow.day == day,
            or_(
                BulkJobRow.state.in_((BulkState.ASKED, BulkState.RECEIVED)),
                BulkJobRow.finished_at > at - not_within,
            ),
        )
        .limit(1)
    )
    if present is not None:
        return False
    row = BulkJobRow(
        id=new_id(), kind=BulkKind.HOME_CONSENTS, day=day, state=BulkState.ASKED, next_at=at, made_at=at, attempts=0
    )
    session.add(row)
    await session.flush()
    details = {"from": None, "to": row.state.value, "kind": row.kind.value, "day": day.isoformat()}
    await audit.append(session, actor, "bulk_job_state", "bulk_job", row.id, details, at)
    return True


async def waiting_inquiries(session: Session, day: date) -> Sequence[tuple[InquiryRow, CheckRow]]:
    """The checks of this day and after that wait for a consent: one is registered at the visit or before, not after."""
    found = await session.execute(
        select(InquiryRow, CheckRow)
        .join(CheckRow, CheckRow.id == InquiryRow.check)
        .where(
            InquiryRow.key == InquiryKey.CONSENT_FETCH,
            InquiryRow.state.in_(OPEN),
            InquiryRow.asked_for >= day,
        )
        .order_by(InquiryRow.made_at, InquiryRow.id)
    )
    return [(inquiry, check) for inquiry, check in found]


async def keep_consents(
    session: Session,
    storage: StorageKey,
    answers: Sequence[Answer],
    *,
    job: str,
    day: date,
    at: datetime,
) -> list[FetchedConsentRow]:
    """Keeps each once; gives those of them, new and known, that no check has yet."""
    by_fingerprint = {_fingerprint(storage, answer): answer for answer in answers}
    found = await session.scalars(
        select(FetchedConsentRow).where(FetchedConsentRow.fingerprint.in_(list(by_fingerprint)))
    )
    rows = {row.fingerprint: row for row in found}
    drafts = []
    for fingerprint, answer in by_fingerprint.items():
        if fingerprint in rows:
            continue
        row = FetchedConsentRow(
            id=new_id(),
            fingerprint=fingerprint,
            day=day,
            job=job,
            check=None,
            is_simulated=answer.simulated,
            content=msgspec.to_builtins(answer),
            fetched_at=at,
            matched_at=None,
        )
        session.add(row)
        rows[fingerprint] = row
        drafts.append(audit.Draft(audit.SYSTEM, "consent_fetched", "fetched_consent", row.id, {"job": job}))
    await session.flush()
    await audit.append_all(session, drafts, at)
    return [row for row in rows.values() if row.check is None]


async def mark_matched(
    session: Session, row: FetchedConsentRow, check: str, *, by: str, actor: str, at: datetime
) -> None:
    """The consent is this check's."""
    if row.check is None:
        row.check, row.matched_at = check, at
    await session.flush()
    await audit.append(session, actor, "consent_matched", "fetched_consent", row.id, {"check": check, "by": by}, at)


async def find_consent(session: Session, consent: str) -> FetchedConsentRow | None:
    """The fetched consent of this id, locked for the caller."""
    return await session.scalar(select(FetchedConsentRow).where(FetchedConsentRow.id == consent).with_for_update())


async def list_consents(
    session: Session, *, after: Keyset | None, limit: int, is_matched: bool | None = None
) -> Sequence[FetchedConsentRow]:
    """The newest first, older than `after`."""
    wanted = select(FetchedConsentRow).order_by(FetchedConsentRow.fetched_at.desc(), FetchedConsentRow.id.desc())
    if is_matched is not None:
        has_check = FetchedConsentRow.check.is_not(None)
        wanted = wanted.where(has_check if is_matched else ~has_check)
    if after is not None:
        older = and_(FetchedConsentRow.fetched_at == after.at, FetchedConsentRow.id < after.id)
        wanted = wanted.where(or_(FetchedConsentRow.fetched_at < after.at, older))
    return (await session.scalars(wanted.limit(limit))).all()


def _fingerprint(storage: StorageKey, answer: Answer) -> bytes:
    """Of the persons' numbers and of the consents with their times; not of when it was fetched."""
    parts = [
        (one.insurer_number, one.symbol, one.number, one.branch, one.birth_date, one.name_kana, one.consents)
        for one in answer.qualifications
    ]
    return storage.keyed_hash(msgspec.json.encode(parts, order="sorted"), purpose=_PURPOSE)
