"""Making, claiming, answering inquiries. Exactly one row a check and key; a lost worker's job is due again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import event, func, insert, or_, select
from sqlalchemy.orm import Session as SyncSession

from kazasu import audit
from kazasu.db import Session, new_id
from kazasu.gateway import NumberAsked, Result
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.inquiries.request import open_number, sealed_number
from kazasu.inquiries.state import OPEN, InquiryState, back_off_s
from kazasu.inquiries.wake import wake
from kazasu.keys import StorageKey, StoredOctetsDamagedError
from kazasu.rules import InquiryKey

__all__ = [
    "Claimed",
    "FirstInquiry",
    "claim_due",
    "fail",
    "make_first_inquiries",
    "make_inquiry",
    "mark_answered",
    "withdraw",
]

BY_HAND = frozenset({InquiryKey.APP_TEXT, InquiryKey.TERMINAL_SCREEN, InquiryKey.CONSENT_FETCH})
"""Keys that a person, or a bulk fetch, answers: no worker claims them where the gateway does not."""


_MADE = "kazasu_inquiry_made"


@event.listens_for(SyncSession, "after_commit")
def _wake_worker(session: SyncSession) -> None:
    # A savepoint that is released says nothing yet; the job is there when the transaction is.
    if not session.in_nested_transaction() and session.info.pop(_MADE, False):
        wake()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that its claimer has until the lease ends."""

    id: str
    check: str
    key: InquiryKey
    asked_for: date
    attempts: int
    lease: str
    for_claim: bool
    sealed_number: bytes | None
    """Opened only when it is asked: one that does not open must not keep the others from being claimed."""


async def make_inquiry(
    session: Session,
    *,
    check: str,
    key: InquiryKey,
    asked_for: date,
    number: NumberAsked | None,
    waits_because: str | None,
    storage: StorageKey,
    at: datetime,
    for_claim: bool = False,
) -> InquiryRow:
    """The inquiry of this check by this key: made, or asked again where it was answered or has a better number.

    `waits_because` is one word where nothing can be asked by itself now: the job then waits, visibly.
    """
    row = await session.scalar(select(InquiryRow).where(InquiryRow.check == check, InquiryRow.key == key))
    present: InquiryState | None = None
    if row is None:
        values = _values(FirstInquiry(check, key, asked_for, number, waits_because), storage, at)
        row = InquiryRow(**values | {"for_claim": for_claim})
        session.add(row)
    else:
        state = _first_state(waits_because)
        present = row.state
        if present in OPEN and number == _number_of(row, storage):
            return row
        row.state, row.attempts, row.next_at, row.last_error = state, 0, at, waits_because
        row.leased_by = row.leased_until = None
        row.number = sealed_number(storage, row.id, number) if number else None
        row.for_claim = for_claim
    await session.flush()
    await _audit(session, row, present, at)
    session.info[_MADE] = True
    return row


def _number_of(row: InquiryRow, storage: StorageKey) -> NumberAsked | None:
    try:
        return open_number(storage, row.id, row.number) if row.number else None
    except StoredOctetsDamagedError:
        return None  # then the one that is known now takes its place


@dataclass(frozen=True, slots=True)
class FirstInquiry:
    """The inquiry of a check that is new."""

    check: str
    key: InquiryKey
    asked_for: date
    number: NumberAsked | None
    waits_because: str | None


async def make_first_inquiries(
    session: Session, wanted: Sequence[FirstInquiry], *, storage: StorageKey, at: datetime
) -> list[audit.Draft]:
    """Makes the inquiries of checks that are new, by one statement; the audit's drafts, in their order, are left to
    the caller."""
    rows = [_values(inquiry, storage, at) for inquiry in wanted]
    if rows:
        await session.execute(insert(InquiryRow.__table__), rows)  # type: ignore[arg-type]
        session.info[_MADE] = True
    return [
        audit.Draft(
            audit.SYSTEM, "inquiry_state", "inquiry", row["id"], _details(None, row["state"], row["check"], row["key"])
        )
        for row in rows
    ]


def _first_state(waits_because: str | None) -> InquiryState:
    return InquiryState.ASKED if waits_because is None else InquiryState.WAITING


def _values(inquiry: FirstInquiry, storage: StorageKey, at: datetime) -> dict[str, Any]:
    id_ = new_id()
    return {
        "id": id_,
        "check": inquiry.check,
        "key": inquiry.key,
        "state": _first_state(inquiry.waits_because),
        "asked_for": inquiry.asked_for,
        "number": sealed_number(storage, id_, inquiry.number) if inquiry.number else None,
        "attempts": 0,
        "next_at": at,
        "last_error": inquiry.waits_because,
        "made_at": at,
        "for_claim": False,
    }


def _details(present: InquiryState | None, to: InquiryState, check: str, key: InquiryKey) -> dict[str, Any]:
    return {"from": present.value if present else None, "to": to.value, "check": check, "key": key.value}


async def claim_due(
    session: Session,
    *,
    keys: Collection[InquiryKey],
    lease_id: str,
    lease: timedelta,
    limit: int,
    now: datetime,
) -> list[Claimed]:
    """Takes due jobs under this lease. Commit before asking: the lease then keeps every other worker away.

    On PostgreSQL jobs that another worker is just claiming are passed over; on SQLite there is one writer at a time.
    """
    due = (
        select(InquiryRow)
        .where(
            InquiryRow.state.in_(OPEN),
            InquiryRow.key.in_(list(keys)),
            InquiryRow.next_at <= now,
            or_(InquiryRow.leased_until.is_(None), InquiryRow.leased_until <= now),
        )
        .order_by(InquiryRow.next_at, InquiryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for row in (await session.scalars(due)).all():
        row.leased_by, row.leased_until = lease_id, now + lease
        row.attempts += 1
        claimed.append(
            Claimed(row.id, row.check, row.key, row.asked_for, row.attempts, lease_id, row.for_claim, row.number)
        )
    await session.flush()
    return claimed


async def mark_answered(
    session: Session,
    inquiry: str,
    *,
    result: Result,
    is_simulated: bool,
    content: Mapping[str, Any],
    answered_at: datetime,
    typed_by: str | None,
    at: datetime,
    lease: str | None = None,
) -> AnswerRow | None:
    """Keeps the answer; None where the job was answered or withdrawn meanwhile, or asked anew with another number."""
    row = await session.scalar(select(InquiryRow).where(InquiryRow.id == inquiry).with_for_update())
    if row is None or row.state not in OPEN or (lease is not None and row.leased_by != lease):
        return None
    sequence = await session.scalar(
        select(func.coalesce(func.max(AnswerRow.sequence), 0)).where(AnswerRow.inquiry == inquiry)
    )
    answer = AnswerRow(
        id=new_id(),
        inquiry=inquiry,
        sequence=(sequence or 0) + 1,
        result=result,
        is_simulated=is_simulated,
        typed_by=typed_by,
        content=dict(content),
        answered_at=answered_at,
        stored_at=at,
    )
    session.add(answer)
    present, row.state = row.state, InquiryState.ANSWERED
    row.answered_at, row.last_error = at, None
    row.leased_by = row.leased_until = None
    await session.flush()
    actor = audit.staff_actor(typed_by) if typed_by else audit.SYSTEM
    await _audit(session, row, present, at, actor=actor, result=result.value, simulated=is_simulated)
    return answer


async def fail(session: Session, claimed: Claimed, *, why: str, retry_after_s: float | None, now: datetime) -> None:
    """Nothing answered: due again later, for as long as it takes; what went wrong is kept in one word."""
    row = await session.scalar(select(InquiryRow).where(InquiryRow.id == claimed.id).with_for_update())
    if row is None or row.state not in OPEN or row.leased_by != claimed.lease:
        return
    present, row.state = row.state, InquiryState.FAILED_DUE_AGAIN
    row.next_at = now + timedelta(seconds=back_off_s(row.attempts, retry_after_s))
    row.last_error, row.last_failed_at = why, now
    row.leased_by = row.leased_until = None
    await session.flush()
    await _audit(session, row, present, now, why=why)


async def withdraw(session: Session, check: str, *, at: datetime, but: str | None = None) -> None:
    """Nothing is asked for the check any more: it is void, or was answered by another road (`but`).

    A consent that is still to be fetched is: no other road brings it.
    """
    wanted = select(InquiryRow).where(InquiryRow.check == check, InquiryRow.state.in_(OPEN))
    if but is not None:
        wanted = wanted.where(InquiryRow.id != but, InquiryRow.key != InquiryKey.CONSENT_FETCH)
    found = await session.scalars(wanted.with_for_update())
    for row in found.all():
        present, row.state = row.state, InquiryState.WITHDRAWN
        row.leased_by = row.leased_until = None
        await session.flush()
        await _audit(session, row, present, at)


async def _audit(
    session: Session,
    row: InquiryRow,
    present: InquiryState | None,
    at: datetime,
    *,
    actor: str = audit.SYSTEM,
    **more: Any,
) -> None:
    if present is row.state:
        return
    details = _details(present, row.state, row.check, row.key) | more
    await audit.append(session, actor, "inquiry_state", "inquiry", row.id, details, at)
