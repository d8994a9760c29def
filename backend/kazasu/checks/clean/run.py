"""Reads as many entries at once as are plain checks, from the first on. Imports no SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from checksync import CheckBody
from kazasu.checks.clean.clean_check import clean_checks
from kazasu.checks.clean.service import find_related, find_touches, write_clean
from kazasu.checks.joining.day import meeting_of
from kazasu.checks.joining.service import find_met
from kazasu.checks.known import Known, Named, find_known
from kazasu.checks.opening import Opened, Unreadable, open_entry
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, lock_order
from kazasu.rules.same_visit import Meeting
from kazasu.sync.seam import EntryOutcome, StoredEntry

__all__ = ["read_run"]

_FEWEST = 2
"""A single check is no run."""


async def read_run(session: Session, entries: Sequence[StoredEntry], context: Context) -> list[EntryOutcome]:
    """What became of the first so many entries; none where they are to be read alone."""
    opened = _leading_checks(entries, context)
    if len(opened) < _FEWEST:
        return []
    # One order of locks for everybody: the audit's and feed's first.
    await lock_order(session)
    named: list[Named] = [
        (of.body, of.intent) for _, of in opened if isinstance(of.body, CheckBody) and of.intent is not None
    ]
    device = entries[0].device
    known = await find_known(session, context.keys.storage, device, named)
    related = await find_related(session, [body.check for body, _ in named])
    cards = [certificate.id for certificate in known.certificates.values()]
    since = min(min(intent.device_time, entries[0].received_at) for _, intent in named)
    touches = await find_touches(session, cards, device=device, since=since) if cards else []
    met = await _met(session, known, [intent.device_time for _, intent in named], until=entries[-1].received_at)
    clean = list(clean_checks(context, opened, known, related=related, touches=touches, met=met))
    if len(clean) < _FEWEST:
        return []
    return await write_clean(session, context, clean, known)


async def _met(
    session: Session, known: Known, times: Sequence[datetime], *, until: datetime
) -> dict[str, list[Meeting]]:
    """Checks of these persons on about these days, by patient and by card; a check by a wrong clock is not plain."""
    certificates = {certificate.id for certificate in known.certificates.values()}
    rows = await find_met(
        session,
        patients=set(known.patients),
        certificates=certificates,
        since=day_in_japan(min(times)) - timedelta(days=1),
        until=day_in_japan(max(*times, until)) + timedelta(days=1),
    )
    met: dict[str, list[Meeting]] = {}
    for row in rows:
        for person in {row.patient, row.certificate} - {None}:
            met.setdefault(str(person), []).append(meeting_of(row))
    return met


def _leading_checks(entries: Sequence[StoredEntry], context: Context) -> list[tuple[StoredEntry, Opened]]:
    found: list[tuple[StoredEntry, Opened]] = []
    for stored in entries:
        opened = open_entry(stored, context.keys.opener, context.facility.id)
        if isinstance(opened, Unreadable) or not isinstance(opened.body, CheckBody):
            break
        found.append((stored, opened))
    return found
