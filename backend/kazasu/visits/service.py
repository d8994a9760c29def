"""Visits: booking, changing, and what devices hear of them."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from checksync import time_text
from kazasu import audit
from kazasu.checks.certificates import forgettable_certificates
from kazasu.clock import day_in_japan
from kazasu.db import Session, new_id
from kazasu.inquiries.bulk.ahead import Ahead, feed_part
from kazasu.inquiries.bulk.service import ahead_of
from kazasu.keys import StorageKey
from kazasu.keyset import Keyset
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient, number_of
from kazasu.problems import ProblemError
from kazasu.rules import InquiryKey, Setting
from kazasu.sync.feed import publish
from kazasu.visits.models import VisitRow
from mynacard.certificate import Certificate

__all__ = [
    "VisitData",
    "add_visit",
    "ahead_of_visits",
    "change_visit",
    "find_visit",
    "list_visits",
    "publish_patient",
]


@dataclass(frozen=True, slots=True)
class VisitData:
    """What the back office books."""

    patient: str
    at: datetime
    setting: Setting
    staff: str | None
    device: str | None
    calendar_id: str | None
    is_cancelled: bool = False


async def add_visit(session: Session, storage: StorageKey, data: VisitData, *, actor: str, at: datetime) -> VisitRow:
    """A new visit, told to its device; problems `not-found` (patient), `conflict` (staff or device unknown)."""
    row = VisitRow(id=new_id(), made_at=at)
    await _fill(session, row, data, at)
    await audit.append(session, actor, "visit_added", "visit", row.id, _details(row), at)
    await _publish(session, storage, row, at)
    return row


async def change_visit(
    session: Session,
    storage: StorageKey,
    visit: str,
    data: VisitData,
    *,
    actor: str,
    at: datetime,
    seen_changed_at: datetime | None = None,
) -> VisitRow:
    """The visit anew, cancelled where it says so; told to its device, and to the one that had it before.

    Problem `conflict` where it was changed after `seen_changed_at`.
    """
    row = await session.scalar(select(VisitRow).where(VisitRow.id == visit).with_for_update())
    if row is None:
        raise ProblemError("not-found")
    if seen_changed_at is not None and row.changed_at != seen_changed_at:
        raise ProblemError("conflict")
    device_before = row.device
    await _fill(session, row, data, at)
    await audit.append(session, actor, "visit_changed", "visit", row.id, _details(row), at)
    if device_before != row.device:
        await publish(session, device_before, "roster", {"visit": row.id, "removed": True}, at=at)
    await _publish(session, storage, row, at)
    return row


async def find_visit(session: Session, visit: str) -> VisitRow | None:
    """The visit of this id."""
    return await session.get(VisitRow, visit)


async def list_visits(
    session: Session,
    *,
    after: Keyset | None,
    limit: int,
    since: datetime | None = None,
    before: datetime | None = None,
    device: str | None = None,
) -> Sequence[VisitRow]:
    """In the order of their times, later than `after`."""
    wanted = select(VisitRow).order_by(VisitRow.at, VisitRow.id).limit(limit)
    if since is not None:
        wanted = wanted.where(VisitRow.at >= since)
    if before is not None:
        wanted = wanted.where(VisitRow.at < before)
    if device is not None:
        wanted = wanted.where(VisitRow.device == device)
    if after is not None:
        later = and_(VisitRow.at == after.at, VisitRow.id > after.id)
        wanted = wanted.where(or_(VisitRow.at > after.at, later))
    return (await session.scalars(wanted)).all()


async def ahead_of_visits(session: Session, visits: Sequence[VisitRow]) -> dict[str, Ahead]:
    """What is known of the patients' qualifications for the days of these visits, by the visits' ids."""
    places = {visit.id: (visit.patient, day_in_japan(visit.at)) for visit in visits}
    found = await ahead_of(session, set(places.values()))
    return {visit: found[place] for visit, place in places.items() if place in found}


async def publish_patient(session: Session, storage: StorageKey, patient: str, *, at: datetime) -> None:
    """Tells devices anew of the patient's coming visits: name or number on file has changed."""
    found = await session.scalars(
        select(VisitRow).where(VisitRow.patient == patient, VisitRow.at >= at, VisitRow.cancelled_at.is_(None))
    )
    for row in found.all():
        await _publish(session, storage, row, at)


async def _fill(session: Session, row: VisitRow, data: VisitData, at: datetime) -> None:
    if await find_patient(session, data.patient) is None:
        raise ProblemError("not-found")
    row.patient, row.at, row.setting = data.patient, data.at.astimezone(UTC), data.setting
    row.staff, row.device, row.calendar_id = data.staff, data.device, data.calendar_id
    row.changed_at = at
    if not data.is_cancelled:
        row.cancelled_at = None
    elif row.cancelled_at is None:
        row.cancelled_at = at
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise ProblemError("conflict") from None


async def _publish(session: Session, storage: StorageKey, row: VisitRow, at: datetime) -> None:
    if row.cancelled_at is not None:
        await publish(session, row.device, "roster", {"visit": row.id, "removed": True}, at=at)
        return
    patient = await session.get_one(PatientRow, row.patient)
    keys = [InquiryKey.INSURED_NUMBER.value] if number_of(patient) else []
    known = await forgettable_certificates(session, storage, patient.id)
    data: dict[str, Any] = {
        "visit": row.id,
        "patient": patient.id,
        "name": patient.name,
        "name_kana": patient.name_kana,
        "birth_date": patient.birth_date.isoformat(),
        "at": time_text(row.at),
        "setting": row.setting.value,
        "keys": keys,
        "known_certificates": [_known(octets) for octets in known],
    }
    eligibility = feed_part((await ahead_of_visits(session, [row])).get(row.id))
    if eligibility is not None:
        data["eligibility"] = eligibility
    await publish(session, row.device, "roster", data, at=at)


def _known(octets: bytes) -> dict[str, str]:
    certificate = Certificate.parse(octets)
    return {
        "serial": f"{certificate.serial:x}",
        "sha256": certificate.sha256.hex(),
        "certificate": base64.b64encode(octets).decode(),
    }


def _details(row: VisitRow) -> dict[str, object]:
    return {
        "patient": row.patient,
        "setting": row.setting.value,
        "staff": row.staff,
        "device": row.device,
        "cancelled": row.cancelled_at is not None,
    }
