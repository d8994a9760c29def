"""What an entry means and what becomes of it: the seam that `kazasu.sync` calls for each new entry.

Nothing is ever lost here: whatever cannot be read, or may not be, is held with its reason. Imports no SQL.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from checksync import (
    CheckBody,
    ConsentBody,
    ConsentWithdrawnBody,
    DeclarationBody,
    SubstituteBody,
    TroubleBody,
    VoidBody,
)
from kazasu.checks.check_reading import read_check
from kazasu.checks.clean import read_run
from kazasu.checks.door_reading import read_consent, read_document, read_listed, read_void, read_withdrawal
from kazasu.checks.opening import Opened, Unreadable, open_entry
from kazasu.checks.service import check_of_entry
from kazasu.context import Context
from kazasu.db import Session, is_busy, lock_order
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, open_holds, raise_hold, release
from kazasu.sync.seam import EntryOutcome, Outcome, StoredEntry

__all__ = ["read_entry"]

_LOGGER = logging.getLogger("kazasu.checks")


async def _read_one(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
    # One order of locks for everybody: the audit's and feed's first.
    await lock_order(session)
    known = await check_of_entry(session, stored.log, stored.number)
    if known is not None:
        return await _outcome_of(session, known.id)
    try:
        async with session.begin_nested():
            return await _read(session, stored, context)
    except Exception as error:
        if is_busy(error):
            raise
        # The type alone: what an exception says may be what the entry said.
        kind = type(error).__qualname__
        _LOGGER.error("entry %d of log %s held: %s", stored.number, stored.log[:16], kind)
        return await _hold(session, stored, HoldReason.READING_FAILED, {"error": kind})


class _Reader:
    """Entries read alone, or plain ones many at once."""

    async def __call__(self, session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        return await _read_one(session, stored, context)

    async def read_run(
        self, session: Session, entries: Sequence[StoredEntry], context: Context
    ) -> Sequence[EntryOutcome]:
        return await read_run(session, entries, context)


read_entry = _Reader()
"""Reads one stored entry within the caller's transaction; read again, it comes to the same.

Accepted: it became what it says. Held: it did too, or could not be read, and a person has to look; the reason is the
first that is open.
"""


async def _read(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
    opened = open_entry(stored, context.keys.opener, context.facility.id)
    if isinstance(opened, Unreadable):
        outcome = await _hold(session, stored, opened.reason, opened.evidence)
    else:
        outcome = await _dispatch(session, stored, context, opened) or EntryOutcome(Outcome.ACCEPTED)
    # What held the entry before and does not now is gone; what still does stands as it was raised.
    gone = [reason for reason in HoldReason if reason.value != outcome.reason]
    await release(session, gone, entry=stored.id, because="read_again", at=context.clock.now())
    known = await check_of_entry(session, stored.log, stored.number)
    return await _outcome_of(session, known.id) if known else outcome


async def _dispatch(session: Session, stored: StoredEntry, context: Context, opened: Opened) -> EntryOutcome | None:
    match opened.body:
        case CheckBody() as body:
            return await read_check(session, stored, context, opened, body)
        case SubstituteBody() as body:
            return await read_document(session, stored, context, opened, body)
        case ConsentBody() as body:
            return await read_consent(session, stored, context, opened, body)
        case ConsentWithdrawnBody() as body:
            return await read_withdrawal(session, stored, context, opened, body)
        case VoidBody() as body:
            return await read_void(session, stored, context, opened, body)
        case DeclarationBody() | TroubleBody() as body:
            return await read_listed(session, stored, context, opened, body)


async def _hold(session: Session, stored: StoredEntry, reason: HoldReason, evidence: Mapping[str, Any]) -> EntryOutcome:
    subject = Subject(entry=stored.id, device=stored.device)
    facts = {"log": stored.log, "number": stored.number, **evidence}
    await raise_hold(session, reason, subject, evidence=facts, at=stored.received_at)
    return EntryOutcome(Outcome.HELD, reason.value)


async def _outcome_of(session: Session, check: str) -> EntryOutcome:
    holds = await open_holds(session, check)
    if holds:
        return EntryOutcome(Outcome.HELD, holds[0].reason.value, check)
    return EntryOutcome(Outcome.ACCEPTED, None, check)
