"""What is counted, out of the tables. Checks are counted by their day in Japan, repeats and taken-back ones never."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.checks.state import CheckState
from kazasu.clock import JAPAN, day_in_japan
from kazasu.db import Session
from kazasu.devices.models import DeviceRow
from kazasu.inquiries.bulk.models import PatientInquiryRow
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import InquiryState
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.reports.trouble_log import CATEGORY_OF_REASON, HeldCheck, RecordedTrouble
from kazasu.rules.substitute import Substitute
from kazasu.rules.usage import CheckCounted, MonthlyUsage, monthly_usage
from kazasu.staff.models import StaffRow
from kazasu.visits.models import VisitRow

__all__ = [
    "Names",
    "OpenHolds",
    "asked_without_card",
    "checks_of_month",
    "find_names",
    "held_checks",
    "open_holds_by_reason",
    "recorded_trouble",
]

NOT_ANSWERED = "not_answered"
NOT_RECORDED = "not_recorded"
AT_DESK = "desk"
"""In the place of a device, of what was recorded in the office."""
_STATED = (Substitute.ORAL_CONFIRMATION.value, Substitute.DECLARATION.value)
_DOCUMENT_KINDS = ("substitute", "declaration")


@dataclass(frozen=True)
class Names:
    """How devices and staff are called, by id."""

    devices: dict[str, str]
    staff: dict[str, str]


@dataclass(frozen=True)
class OpenHolds:
    """The open holds of one reason."""

    reason: HoldReason
    count: int
    oldest: datetime


async def checks_of_month(session: Session, year: int, month: int) -> MonthlyUsage:
    """The month's counts: checks by card, and what was recorded of a visit where no card was touched."""
    first, last = date(year, month, 1), _last_day(year, month)
    counted = [*await _by_card(session, first, last), *await _without_card(session, first, last)]
    return monthly_usage(check for one, times in counted for check in repeat(one, times))


async def asked_without_card(session: Session, year: int, month: int) -> dict[str, int]:
    """Answered inquiries about patients of the month's days, by kind: asked again, or ahead of the visits."""
    found = await session.execute(
        select(PatientInquiryRow.kind, func.count())
        .where(
            PatientInquiryRow.state == InquiryState.ANSWERED,
            PatientInquiryRow.day >= date(year, month, 1),
            PatientInquiryRow.day <= _last_day(year, month),
        )
        .group_by(PatientInquiryRow.kind)
    )
    return {kind.value: count for kind, count in sorted(found.all(), key=lambda row: row[0].value)}


async def recorded_trouble(session: Session, since: date, until: date) -> list[RecordedTrouble]:
    """What devices and the desk recorded as trouble; a device's clock that ran ahead counts by the receipt."""
    rows = await _recorded(session, ("trouble",), since, until)
    return [
        RecordedTrouble(
            day=_day(row),
            category=str(row.facts.get("category", "")),
            response=str(row.facts.get("response", "")),
            full_charge=bool(row.facts.get("full_charge")),
            check=row.check,
            device=row.device or AT_DESK,
        )
        for row in rows
    ]


async def held_checks(session: Session, since: date, until: date) -> list[HeldCheck]:
    """The period's checks that were held for a reason of the trouble log, open still or not."""
    found = await session.execute(
        select(HoldRow.id, HoldRow.reason, CheckRow.id.label("check"), CheckRow.device, CheckRow.checked_on)
        .join(CheckRow, CheckRow.id == HoldRow.check)
        .where(HoldRow.reason.in_(list(CATEGORY_OF_REASON)), *_counted(since, until))
        .order_by(CheckRow.checked_on, HoldRow.raised_at, HoldRow.id)
    )
    rows = found.all()
    documents = await _documents_of(session, since, until)
    decisions: dict[str, list[DecisionRow]] = {}
    made = (
        select(DecisionRow)
        .join(HoldRow, HoldRow.id == DecisionRow.hold)
        .join(CheckRow, CheckRow.id == HoldRow.check)
        .where(*_counted(since, until))
        .order_by(DecisionRow.decided_at, DecisionRow.id)
    )
    for decision in await session.scalars(made):
        decisions.setdefault(decision.hold, []).append(decision)
    return [
        HeldCheck(
            day=row.checked_on,
            reason=row.reason,
            check=row.check,
            device=row.device,
            documents=tuple(documents.get(row.check, ())),
            decisions=tuple(decision.decision for decision in decisions.get(row.id, ())),
        )
        for row in rows
    ]


async def open_holds_by_reason(session: Session) -> list[OpenHolds]:
    """Every reason with open holds, the oldest first."""
    found = await session.execute(
        select(HoldRow.reason, func.count(), func.min(HoldRow.raised_at).label("oldest"))
        .where(HoldRow.state.in_((HoldState.OPEN, HoldState.WAITING)))
        .group_by(HoldRow.reason)
    )
    holds = [OpenHolds(reason, count, oldest) for reason, count, oldest in found.all()]
    return sorted(holds, key=lambda hold: (hold.oldest, hold.reason))


async def find_names(session: Session) -> Names:
    """The names of all devices and staff."""
    devices = (await session.execute(select(DeviceRow.id, DeviceRow.name))).all()
    staff = (await session.execute(select(StaffRow.id, StaffRow.name))).all()
    return Names({AT_DESK: "窓口"} | {row.id: row.name for row in devices}, {row.id: row.name for row in staff})


async def _by_card(session: Session, first: date, last: date) -> list[tuple[CheckCounted, int]]:
    road = (
        select(InquiryRow.key)
        .where(InquiryRow.check == CheckRow.id, InquiryRow.state == InquiryState.ANSWERED)
        .order_by(InquiryRow.answered_at, InquiryRow.key)
        .limit(1)
        .scalar_subquery()
        .label("road")
    )
    columns = (
        CheckRow.identity_method, CheckRow.assurance, CheckRow.check_type, CheckRow.device, CheckRow.staff,
        CheckRow.setting,
    )  # fmt: skip
    checks = select(*columns, road).where(*_counted(first, last)).subquery()
    found = await session.execute(select(*checks.c, func.count().label("times")).group_by(*checks.c))
    return [
        (
            CheckCounted(
                by_card=True,
                method=row.road.value if row.road is not None else NOT_ANSWERED,
                identity=row.identity_method.value,
                assurance=row.assurance.value,
                check_type=row.check_type.value,
                device=row.device,
                staff=row.staff or NOT_RECORDED,
                setting=row.setting.value,
            ),
            row.times,
        )
        for row in found.all()
    ]


async def _without_card(session: Session, first: date, last: date) -> list[tuple[CheckCounted, int]]:
    """A document or statement alone, once a visit; where the visit has a check, that one counts."""
    rows = [row for row in await _recorded(session, _DOCUMENT_KINDS, first, last) if row.check is None]
    visits = {row.visit for row in rows if row.visit is not None}
    settings = dict(await _settings(session, visits))
    checked = set(await _checked(session, visits))
    seen: set[str] = set()
    counted = []
    # A document before a declaration of the same visit: it is what the claim stands on.
    for row in sorted(rows, key=lambda row: (row.kind != "substitute", row.received_at, row.entry or 0)):
        subject = row.visit or row.id
        if subject in seen or row.visit in checked:
            continue
        seen.add(subject)
        method = str(row.facts.get("document", "")) if row.kind == "substitute" else Substitute.DECLARATION.value
        is_known = method in {substitute.value for substitute in Substitute}
        counted.append(
            (
                CheckCounted(
                    by_card=False,
                    is_online=False,
                    method=method if is_known else "other_document",
                    identity=NOT_RECORDED,
                    assurance="stated" if method in _STATED else "document",
                    check_type=NOT_RECORDED,
                    device=row.device or AT_DESK,
                    staff=row.staff or NOT_RECORDED,
                    setting=settings.get(row.visit or "", NOT_RECORDED),
                ),
                1,
            )
        )
    return counted


async def _settings(session: Session, visits: Iterable[str]) -> Iterator[tuple[str, str]]:
    found = await session.execute(select(VisitRow.id, VisitRow.setting).where(VisitRow.id.in_(list(visits))))
    return ((row.id, row.setting.value) for row in found.all())


async def _checked(session: Session, visits: Iterable[str]) -> Sequence[str | None]:
    found = select(CheckRow.visit).where(CheckRow.visit.in_(list(visits)), CheckRow.state != CheckState.VOID)
    return (await session.scalars(found)).all()


async def _documents_of(session: Session, since: date, until: date) -> dict[str, list[str]]:
    """What was recorded in place of the answer, by check."""
    held = exists().where(HoldRow.check == RecordedEntryRow.check, HoldRow.reason.in_(list(CATEGORY_OF_REASON)))
    found = await session.scalars(
        select(RecordedEntryRow)
        .join(CheckRow, CheckRow.id == RecordedEntryRow.check)
        .where(RecordedEntryRow.kind.in_(_DOCUMENT_KINDS), held, *_counted(since, until))
        .order_by(RecordedEntryRow.received_at, RecordedEntryRow.entry, RecordedEntryRow.id)
    )
    documents: dict[str, list[str]] = {}
    for row in found:
        word = str(row.facts.get("document", "")) if row.kind == "substitute" else Substitute.DECLARATION.value
        documents.setdefault(row.check or "", []).append(word)
    return documents


async def _recorded(session: Session, kinds: tuple[str, ...], since: date, until: date) -> Sequence[RecordedEntryRow]:
    start, end = _midnight(since), _midnight(until + timedelta(days=1))
    recorded, received = RecordedEntryRow.device_recorded_at, RecordedEntryRow.received_at
    found = await session.scalars(
        select(RecordedEntryRow)
        .where(
            RecordedEntryRow.kind.in_(kinds),
            and_(recorded >= start, received >= start),
            or_(recorded < end, received < end),
        )
        .order_by(RecordedEntryRow.received_at, RecordedEntryRow.entry, RecordedEntryRow.id)
    )
    return found.all()


def _counted(since: date, until: date) -> tuple[Any, ...]:
    """Which checks count. None is received before it was made, so that the index by receipt narrows the search."""
    return (
        CheckRow.received_at >= _midnight(since),
        CheckRow.checked_on >= since,
        CheckRow.checked_on <= until,
        CheckRow.repeat_of.is_(None),
        CheckRow.state != CheckState.VOID,
    )


def _day(row: RecordedEntryRow) -> date:
    return day_in_japan(min(row.device_recorded_at, row.received_at))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JAPAN)


def _last_day(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
