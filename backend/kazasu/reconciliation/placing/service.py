"""Weighs what hangs on open holds: anew whenever a patient's visits, shares or charges of a month change."""

from collections.abc import Collection, Iterable
from datetime import date

import msgspec
from sqlalchemy import select, tuple_, update

from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.checks.state import CheckState
from kazasu.db import Session
from kazasu.facility.kind import FacilityKind
from kazasu.facility.models import FacilityRow
from kazasu.gateway import Answer
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.reconciliation.models import HoldRow
from kazasu.rules.claim_deadline import claim_month
from kazasu.rules.claim_stake import VisitAtStake, tenths_at_stake

__all__ = ["facility_kind", "weigh"]


async def facility_kind(session: Session) -> FacilityKind:
    """Of the one facility."""
    return (await session.scalars(select(FacilityRow.kind))).one()


async def weigh(session: Session, checks: Iterable[tuple[str | None, date]]) -> None:
    """Weighs the open holds of these checks' patients and months anew. Costs one look where none is held."""
    wanted = {(patient, claim_month(day)) for patient, day in checks if patient is not None}
    if not wanted:
        return
    held = await session.execute(
        select(HoldRow.patient, HoldRow.month)
        .where(
            HoldRow.closed_at.is_(None),
            HoldRow.patient.in_({patient for patient, _ in wanted}),
            tuple_(HoldRow.patient, HoldRow.month).in_(wanted),
        )
        .distinct()
    )
    for patient, month in sorted((row.patient or "", row.month) for row in held):
        tenths = tenths_at_stake(await _visits(session, patient, month))
        await session.execute(
            update(HoldRow)
            .where(HoldRow.closed_at.is_(None), HoldRow.patient == patient, HoldRow.month == month)
            .values(rank=-tenths)
        )


async def _visits(session: Session, patient: str, month: date) -> list[VisitAtStake]:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    found = await session.scalars(
        select(CheckRow.id).where(
            CheckRow.patient == patient,
            CheckRow.checked_on >= month,
            CheckRow.checked_on < following,
            CheckRow.repeat_of.is_(None),
            CheckRow.state != CheckState.VOID,
        )
    )
    checks = found.all()
    shares, full = await _shares(session, checks), await _full_charges(session, checks)
    return [VisitAtStake(shares.get(check), check in full) for check in checks]


async def _shares(session: Session, checks: Collection[str]) -> dict[str, int]:
    """The share that the last answer to each check names."""
    rows = await session.execute(
        select(InquiryRow.check, AnswerRow.content)
        .join(AnswerRow, AnswerRow.inquiry == InquiryRow.id)
        .where(InquiryRow.check.in_(checks))
        .order_by(AnswerRow.stored_at, AnswerRow.sequence)
    )
    shares: dict[str, int] = {}
    for check, content in rows:
        for one in msgspec.convert(content, Answer).qualifications:
            share = one.share or (one.elderly.share if one.elderly is not None else "")
            if share.isascii() and share.isdigit():
                shares[check] = int(share)
    return shares


async def _full_charges(session: Session, checks: Collection[str]) -> set[str]:
    rows = await session.execute(
        select(RecordedEntryRow.check, RecordedEntryRow.facts).where(
            RecordedEntryRow.check.in_(checks), RecordedEntryRow.kind == "trouble"
        )
    )
    return {row.check for row in rows if row.check is not None and row.facts.get("full_charge")}
