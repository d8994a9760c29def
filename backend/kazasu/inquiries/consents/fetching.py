"""Fetching the consents of chosen days, by whom it is wanted. Imports no SQL."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.gateway import BulkGateway, BulkKind
from kazasu.inquiries.consents.service import want_fetch
from kazasu.problems import ProblemError
from kazasu.restoration.service import is_closed

__all__ = ["MOST_DAYS", "Fetches", "fetch_days"]

MOST_DAYS: Final = 31


@dataclass(frozen=True)
class Fetches:
    """How many days are fetched now, of how many a fetch is under way, and why none goes out where none does."""

    days: int
    under_way: int
    waits_because: str | None


async def fetch_days(context: Context, since: date, until: date, *, actor: str) -> Fetches:
    """Makes the jobs for these days, both included; problem `request-not-valid` for days that cannot be."""
    now = context.clock.now()
    if not since <= until <= day_in_japan(now) or (until - since).days >= MOST_DAYS:
        wrong = {"field": "until", "message": f"no more than {MOST_DAYS} days, and none to come"}
        raise ProblemError("request-not-valid", errors=[wrong])
    days = [since + timedelta(days=step) for step in range((until - since).days + 1)]
    made = 0
    async with context.database.writing() as session:
        if await is_closed(session):
            raise ProblemError("server-closed")
        for day in days:
            made += await want_fetch(session, day, not_within=timedelta(0), actor=actor, at=now)
        await session.commit()
    gateway = context.gateway
    waits_because = None
    if gateway is None:
        waits_because = "no_gateway"
    elif not isinstance(gateway, BulkGateway) or BulkKind.HOME_CONSENTS not in gateway.bulk_kinds:
        waits_because = "no_bulk"
    return Fetches(made, len(days) - made, waits_because)
