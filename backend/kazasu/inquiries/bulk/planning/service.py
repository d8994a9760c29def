"""Planning the inquiries of a day's visits: slice by slice, each in a transaction of its own, as often as one likes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, select

from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState
from kazasu.clock import JAPAN, day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.gateway import BulkGateway, BulkKind, NumberAsked
from kazasu.inquiries.bulk.service import Wanted, patients_of, want
from kazasu.inquiries.state import InquiryState
from kazasu.keys import StorageKey
from kazasu.keyset import Keyset
from kazasu.patients.service import number_of
from kazasu.problems import ProblemError
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import REASONS
from kazasu.reconciliation.state import HoldState
from kazasu.restoration.service import is_closed
from kazasu.rules import CheckType, Setting
from kazasu.rules.re_inquiry import ContinuingVisit, MayAskAgain, ReInquiryRow, may_ask_again
from kazasu.visits.models import VisitRow
from kazasu.visits.service import list_visits

__all__ = ["FURTHEST_DAYS", "Planned", "plan_day"]

FURTHEST_DAYS: Final = 31
"""What is asked further ahead than that is old before the visit."""
_AT_ONCE: Final = 200
"""Visits in one transaction: pushes and other writers wait for no more than that."""
_PURPOSE: Final = "bulk-number"


@dataclass
class Planned:
    """What a run came to. `waits_because` says why nothing is asked for now (`no_gateway`, `no_bulk`), None else."""

    day: date
    asked: int = 0
    re_inquiries: int = 0
    """How many of those asked now are asked again without a card."""
    already: int = 0
    without_number: int = 0
    cancelled: int = 0
    waits_because: str | None = None
    _seen: set[str] = field(default_factory=set, repr=False)


async def plan_day(context: Context, day: date, *, actor: str) -> Planned:
    """Makes the inquiries for this day's visits that are not made yet: run again, nobody is asked about twice.

    Problem `request-not-valid` for a day that is over or too far ahead, `server-closed` after a restore.
    """
    today = day_in_japan(context.clock.now())
    if not today <= day <= today + timedelta(days=FURTHEST_DAYS):
        wrong = {"field": "visits_on", "message": f"is not within {FURTHEST_DAYS} days from today on"}
        raise ProblemError("request-not-valid", errors=[wrong])
    planned = Planned(day)
    if not isinstance(context.gateway, BulkGateway):
        planned.waits_because = "no_gateway" if context.gateway is None else "no_bulk"
    rows = context.rulebook.rows("re_inquiries", ReInquiryRow)
    start = datetime.combine(day, time(), JAPAN)
    after: Keyset | None = None
    while True:
        async with context.database.writing() as session:
            if await is_closed(session):
                raise ProblemError("server-closed")
            visits = await list_visits(
                session, after=after, limit=_AT_ONCE, since=start, before=start + timedelta(days=1)
            )
            await _plan(session, context, visits, planned, rows, actor=actor)
            await session.commit()
        if len(visits) < _AT_ONCE:
            return planned
        after = Keyset(visits[-1].at, visits[-1].id)


async def _plan(
    session: Session,
    context: Context,
    visits: Sequence[VisitRow],
    planned: Planned,
    rows: Sequence[ReInquiryRow],
    *,
    actor: str,
) -> None:
    booked: dict[str, VisitRow] = {}
    for visit in visits:
        if visit.cancelled_at is not None:
            planned.cancelled += 1
        elif visit.patient not in planned._seen:
            planned._seen.add(visit.patient)
            booked[visit.patient] = visit
    patients = await patients_of(session, list(booked))
    checked = await _checked_on(session, list(booked), planned.day)
    wanted = []
    for patient, visit in booked.items():
        row = patients[patient]
        number = number_of(row)
        if number is None:
            planned.without_number += 1
            continue
        rule = may_ask_again(
            ContinuingVisit(
                setting=visit.setting,
                visited_on=planned.day,
                checked_on=checked.get(patient, ()),
                ended_on=row.home_visits_ended_on,
                has_number=True,
            ),
            rows,
        )
        kind = BulkKind.RE_INQUIRY if isinstance(rule, MayAskAgain) else BulkKind.BEFORE_VISIT
        wanted.append(Wanted(patient, planned.day, kind, visit.id, number_hash(context.keys.storage, number)))
    before = await want(session, wanted, actor=actor, at=context.clock.now())
    for one in wanted:
        if before[one.patient] in (None, InquiryState.WITHDRAWN):
            planned.asked += 1
            planned.re_inquiries += one.kind is BulkKind.RE_INQUIRY
        else:
            planned.already += 1


def number_hash(storage: StorageKey, number: NumberAsked) -> bytes:
    """By which it is seen that a patient's number has changed since it was asked about."""
    return storage.keyed_hash(msgspec.json.encode(number), purpose=_PURPOSE)


async def _checked_on(session: Session, patients: Sequence[str], day: date) -> dict[str, tuple[date, ...]]:
    """The first and last day before this one on which a patient's card was checked at a home visit, leaving out checks
    whose person is in doubt."""
    blocking = [reason for reason, about in REASONS.items() if about.stops_asking]
    doubted = (
        select(HoldRow.id)
        .where(
            HoldRow.check == CheckRow.id,
            HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING)),
            HoldRow.reason.in_(blocking),
        )
        .exists()
    )
    found = await session.execute(
        select(CheckRow.patient, func.min(CheckRow.checked_on), func.max(CheckRow.checked_on))
        .where(
            CheckRow.patient.in_(patients),
            CheckRow.setting == Setting.HOME_VISIT,
            CheckRow.check_type == CheckType.HOME_CONSENT,
            CheckRow.state != CheckState.VOID,
            CheckRow.checked_on < day,
            ~doubted,
        )
        .group_by(CheckRow.patient)
    )
    return {patient: (first, last) for patient, first, last in found if patient is not None}
