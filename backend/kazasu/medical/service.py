"""What the guard judges by, out of the database, and the audit of looks. Nothing that was fetched comes here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from kazasu.checks.models import CheckRow, ConsentRow, RecordedEntryRow
from kazasu.checks.service import find_check
from kazasu.checks.state import CheckState
from kazasu.clock import JAPAN
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.duty.service import covers, find_duty_pass
from kazasu.gateway import Answer, BulkKind, ConsentFlag, MedicalGateway, Qualification, QualificationKind, Result
from kazasu.inquiries.bulk.models import PatientAnswerRow, PatientInquiryRow
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.medical.consenting import Said
from kazasu.medical.guard import Facts
from kazasu.patients.models import PatientRow
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import DecisionRow, HoldRow
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.rules import Setting
from kazasu.rules.certificate import CertificateStateRow
from kazasu.rules.consent_window import WindowRow
from kazasu.staff import Role
from kazasu.staff.models import StaffRow
from kazasu.visits.models import VisitRow

__all__ = [
    "OnDuty",
    "checks_for_visit",
    "facts_of",
    "on_duty_now",
]

_INSURANCE = (QualificationKind.INSURANCE, QualificationKind.LATE_STAGE_ELDERLY)
_LOOKED_THROUGH = 20
_CLOSING = [decision for decision in Decision if decision.closes_the_hold]


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who holds a duty pass now, with the roles that pass and staff list both have."""

    staff: str
    roles: frozenset[Role]


async def facts_of(session: Session, context: Context, check: str) -> Facts | None:
    """Everything that is known of a check for the guard; None where there is no such check."""
    row = await find_check(session, check)
    if row is None:
        return None
    original = await find_check(session, row.repeat_of) if row.repeat_of else None
    touches = await _touches(session, original or row)
    holds = await _holds(session, {row.id, (original or row).id})
    answers = await _answers(session, original or row)
    latest = answers[-1] if answers else None
    return Facts(
        check_type=row.check_type,
        setting=row.setting,
        certificate=row.certificate_state,
        serves=row.serves_for_medical_information,
        assurance=row.assurance,
        is_void=row.state is CheckState.VOID,
        is_other_person=await _may_be_another(session, holds),
        is_held=any(
            hold.state.is_open and hold.reason is not HoldReason.OTHER_PERSON and REASONS[hold.reason].stops_asking
            for hold in holds
        ),
        touched_at=_touched_at(row, holds),
        said=await _said(session, row, touches),
        is_answered=latest is not None,
        qualification=_insured(latest) if latest is not None and latest.result is Result.VALID else None,
        flags=_flags(answers),
        relation_until=await _relation_until(session, context, row),
        has_gateway=isinstance(context.gateway, MedicalGateway),
        checked_on=row.checked_on,
        certificates=context.rulebook.rows("certificates", CertificateStateRow),
        windows=context.rulebook.rows("consent_windows", WindowRow),
    )


async def on_duty_now(session: Session, duty_pass: str, *, device: str, at: datetime) -> OnDuty | None:
    """Whom a pass of this device names while it runs, and only while that person is still with the facility."""
    row = await find_duty_pass(session, duty_pass)
    if row is None or not covers(row, device=device, at=at):
        return None
    staff = await session.get(StaffRow, row.staff)
    if staff is None or staff.deactivated_at is not None:
        return None
    return OnDuty(staff.id, frozenset(Role(role) for role in {*row.roles} & {*staff.roles}))


async def checks_for_visit(session: Session, visit: str) -> Sequence[str]:
    """Of a visit to one patient at home: the checks whose consents may still open something, the newest first."""
    patient = await session.scalar(
        select(VisitRow.patient).where(
            VisitRow.id == visit, VisitRow.setting == Setting.HOME_VISIT, VisitRow.cancelled_at.is_(None)
        )
    )
    if patient is None:
        return ()
    found = await session.scalars(
        select(CheckRow.id)
        .where(
            CheckRow.patient == patient,
            CheckRow.setting == Setting.HOME_VISIT,
            CheckRow.state != CheckState.VOID,
        )
        .order_by(CheckRow.checked_at.desc(), CheckRow.id.desc())
        .limit(_LOOKED_THROUGH)
    )
    return found.all()


async def _touches(session: Session, original: CheckRow) -> set[str]:
    """The touch and its repeats: one and the same patient at one door."""
    repeats = select(CheckRow.id).where(CheckRow.repeat_of == original.id, CheckRow.state != CheckState.VOID)
    return {original.id, *(await session.scalars(repeats))}


async def _holds(session: Session, checks: set[str]) -> Sequence[HoldRow]:
    return (await session.scalars(select(HoldRow).where(HoldRow.check.in_(checks)))).all()


async def _may_be_another(session: Session, holds: Sequence[HoldRow]) -> bool:
    for hold in holds:
        if hold.reason is HoldReason.OTHER_PERSON and not await _is_accepted(session, hold):
            return True
    return False


async def _is_accepted(session: Session, hold: HoldRow) -> bool:
    """Whether a person decided that it is the right one. Nothing else opens it: no release, no other decision."""
    if hold.state is not HoldState.DECIDED:
        return False
    last = await session.scalar(
        select(DecisionRow)
        .where(DecisionRow.hold == hold.id, DecisionRow.decision.in_(_CLOSING), DecisionRow.undone_at.is_(None))
        .order_by(DecisionRow.decided_at.desc(), DecisionRow.id.desc())
        .limit(1)
    )
    return last is not None and last.decision is Decision.ACCEPT


def _touched_at(row: CheckRow, holds: Sequence[HoldRow]) -> datetime | None:
    # Without an anchor nothing bounds the device's time from below, and the server's own time would be the sync's.
    is_believed = not any(hold.reason is HoldReason.DEVICE_TIME_IMPLAUSIBLE for hold in holds if hold.check == row.id)
    return row.checked_at if is_believed and row.recorded_after is not None else row.recorded_after


async def _said(session: Session, row: CheckRow, touches: set[str]) -> list[Said]:
    """What the person said, for this check and otherwise; found by patient, and by card where none is linked."""
    made_by = aliased(CheckRow)
    whose: list[ColumnElement[bool]] = [ConsentRow.check.in_(touches)]
    if row.patient is not None:
        whose.append(or_(ConsentRow.patient == row.patient, made_by.patient == row.patient))
    if row.certificate is not None:
        whose.append(made_by.certificate == row.certificate)
    if row.visit is not None:
        whose.append(and_(ConsentRow.check.is_(None), ConsentRow.visit == row.visit))
    found = await session.execute(
        select(ConsentRow, RecordedEntryRow.device_recorded_at, RecordedEntryRow.received_at)
        .outerjoin(made_by, made_by.id == ConsentRow.check)
        .outerjoin(RecordedEntryRow, RecordedEntryRow.entry == ConsentRow.withdrawn_by_entry)
        .where(or_(*whose))
        # What a check that was taken back says may be another person's word.
        .where(or_(made_by.id.is_(None), made_by.state != CheckState.VOID, made_by.id == row.id))
    )
    said = []
    for consent, device_recorded_at, received_at in found:
        withdrawn_at = consent.withdrawn_at
        if withdrawn_at is not None and device_recorded_at is not None:
            # Said at the door and pushed later: a consent given in between is newer than that.
            withdrawn_at = min(device_recorded_at, received_at, withdrawn_at)
        said.append(
            Said(consent.kind, consent.is_given, consent.given_at, withdrawn_at, _serves(consent, row, touches))
        )
    return said


def _serves(consent: ConsentRow, row: CheckRow, touches: set[str]) -> bool:
    if consent.check is not None:
        return consent.check in touches
    return consent.visit == row.visit if consent.visit is not None else True


async def _answers(session: Session, check: CheckRow) -> list[Answer]:
    """Every answer about a check, oldest first; for continuing visits with those that were asked again without card."""
    of_check = await session.execute(
        select(AnswerRow.stored_at, AnswerRow.sequence, AnswerRow.content)
        .join(InquiryRow, InquiryRow.id == AnswerRow.inquiry)
        .where(InquiryRow.check == check.id)
    )
    found = [(stored_at, sequence, msgspec.convert(content, Answer)) for stored_at, sequence, content in of_check]
    if found and check.setting is Setting.HOME_VISIT and check.patient is not None:
        found += await _asked_again(session, check.patient, since=min(one[0] for one in found))
    return [answer for _, _, answer in sorted(found, key=lambda one: one[:2])]


async def _asked_again(session: Session, patient: str, *, since: datetime) -> list[tuple[datetime, int, Answer]]:
    """What re-inquiries about the patient brought since then; another birth date is another person's answer."""
    birth_date = await session.scalar(select(PatientRow.birth_date).where(PatientRow.id == patient))
    rows = await session.execute(
        select(PatientAnswerRow.stored_at, PatientAnswerRow.sequence, PatientAnswerRow.content)
        .join(PatientInquiryRow, PatientInquiryRow.id == PatientAnswerRow.inquiry)
        .where(
            PatientAnswerRow.patient == patient,
            PatientInquiryRow.kind == BulkKind.RE_INQUIRY,
            PatientAnswerRow.result != Result.REFUSED,
            PatientAnswerRow.stored_at > since,
        )
    )
    found = []
    for stored_at, sequence, content in rows:
        answer = msgspec.convert(content, Answer)
        if {one.birth_date for one in answer.qualifications if one.birth_date} <= {f"{birth_date:%Y%m%d}"}:
            found.append((stored_at, sequence, answer))
    return found


def _insured(answer: Answer) -> Qualification | None:
    found = [qualification for qualification in answer.qualifications if qualification.kind in _INSURANCE]
    return found[0] if len(found) == 1 else None


def _flags(answers: Sequence[Answer]) -> dict[str, ConsentFlag]:
    """By kind and part, as the last answer had it that carries it at all: one asked by number alone says nothing."""
    flags: dict[str, ConsentFlag] = {}
    for answer in answers:
        insured = _insured(answer)
        if insured is not None:
            flags |= insured.consents
    return flags


async def _relation_until(session: Session, context: Context, row: CheckRow) -> datetime | None:
    """For continuing visits: some days after the last visit, made or planned, or the last check of one."""
    if row.setting is not Setting.HOME_VISIT:
        return None
    last = row.checked_at
    if row.patient is not None:
        visits = select(func.max(VisitRow.at)).where(
            VisitRow.patient == row.patient,
            VisitRow.setting == Setting.HOME_VISIT,
            VisitRow.cancelled_at.is_(None),
        )
        checks = select(func.max(CheckRow.checked_at)).where(
            CheckRow.patient == row.patient,
            CheckRow.setting == Setting.HOME_VISIT,
            CheckRow.state != CheckState.VOID,
        )
        for statement in (visits, checks):
            found = await session.scalar(statement)
            last = max(last, found) if found is not None else last
    until = last + timedelta(days=context.settings.continuing_visit_days)
    ended_on = await session.scalar(select(PatientRow.home_visits_ended_on).where(PatientRow.id == row.patient))
    if ended_on is not None and row.checked_on <= ended_on:
        # The office said so; what the card was shown for afterwards is a relation of its own.
        until = min(until, datetime.combine(ended_on + timedelta(days=1), time(), tzinfo=JAPAN))
    return until
