"""Making, keeping and withdrawing batches. A check is out once, in the batch that stands."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select, update

from kazasu import audit
from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session, lock_name, lock_order, new_id
from kazasu.exports.batch.content import ExportedCheck, ExportFormat, batch_files
from kazasu.exports.claiming.planning import claim_records, planned_fields, planned_for
from kazasu.exports.claiming.service import claim_facts
from kazasu.exports.fhir import PatientFacts
from kazasu.exports.models import ExportBatchRow, ExportFileRow, ExportItemRow
from kazasu.exports.numbering import take_export_number
from kazasu.exports.receipt_record import RecordLines
from kazasu.exports.standing import EXPORT_LOCK
from kazasu.patients.models import PatientRow
from kazasu.problems import ProblemError

__all__ = ["LARGEST_BATCH", "batch_file", "list_batches", "make_batch", "withdraw_batch"]

LARGEST_BATCH = 500
"""Checks in a batch; what is over goes into the next."""
_SERIES = "batches"
_PURPOSE = "export-file"


async def make_batch(
    session: Session, context: Context, *, since: date, until: date, staff: str, at: datetime
) -> ExportBatchRow:
    """The settled checks of these days that are not out yet, in the caller's transaction; problem
    `nothing-to-export`."""
    await lock_name(session, EXPORT_LOCK)
    checks = await _not_out(session, since, until)
    if not checks:
        raise ProblemError("nothing-to-export")
    exported = [await _exported(session, context, check, filed_on=day_in_japan(at)) for check in checks]
    code, is_exercise = context.facility.institution_code, context.facility.is_exercise
    if is_exercise is not code.startswith("99"):
        raise AssertionError(code)  # invariant 10, once more where it goes out
    number = await take_export_number(session, context, _SERIES, at=at)
    batch = ExportBatchRow(
        id=new_id(), number=number, epoch=context.facility.epoch, since=since, until=until, count=len(checks),
        made_at=at, made_by=staff, withdrawn_at=None, withdrawn_by=None, withdrawn_because=None,
    )  # fmt: skip
    session.add(batch)
    await session.flush()
    for position, check in enumerate(checks, start=1):
        session.add(ExportItemRow(batch=batch.id, position=position, check=check.id, standing=check.id))
    for kind, octets in batch_files(exported, code, is_exercise=is_exercise).items():
        sealed = context.keys.storage.encrypt(octets, purpose=_PURPOSE, subject=f"{batch.id}:{kind}")
        session.add(ExportFileRow(batch=batch.id, format=kind.value, octets=sealed))
    await session.flush()
    await _still_settled(session, checks)
    details = {"number": number, "count": len(checks), "since": since.isoformat(), "until": until.isoformat()}
    await audit.append(session, audit.staff_actor(staff), "export_made", "export_batch", batch.id, details, at)
    return batch


async def batch_file(session: Session, context: Context, batch: str, kind: ExportFormat) -> tuple[int, bytes]:
    """The batch's number and file, the same octets each time; problems `not-found`, `export-withdrawn`."""
    row = await session.get(ExportBatchRow, batch)
    file = await session.get(ExportFileRow, (batch, kind.value))
    if row is None or file is None:
        raise ProblemError("not-found")
    if row.withdrawn_at is not None:
        raise ProblemError("export-withdrawn")
    return row.number, context.keys.storage.decrypt(file.octets, purpose=_PURPOSE, subject=f"{batch}:{kind}")


async def withdraw_batch(session: Session, batch: str, *, because: str, staff: str, at: datetime) -> ExportBatchRow:
    """Takes a batch back as a whole: its checks may go out again; problems `not-found`, `export-withdrawn`."""
    await lock_name(session, EXPORT_LOCK)
    row = await session.scalar(select(ExportBatchRow).where(ExportBatchRow.id == batch).with_for_update())
    if row is None:
        raise ProblemError("not-found")
    if row.withdrawn_at is not None:
        raise ProblemError("export-withdrawn")
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = at, staff, because
    await session.execute(update(ExportItemRow).where(ExportItemRow.batch == batch).values(standing=None))
    await session.flush()
    details = {"number": row.number, "count": row.count}
    await audit.append(session, audit.staff_actor(staff), "export_withdrawn", "export_batch", row.id, details, at)
    return row


async def list_batches(session: Session, *, before: int | None, limit: int) -> Sequence[ExportBatchRow]:
    """The newest first, with a number below `before`."""
    wanted = select(ExportBatchRow).order_by(ExportBatchRow.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(ExportBatchRow.number < before)
    return (await session.scalars(wanted)).all()


async def _still_settled(session: Session, checks: Sequence[CheckRow]) -> None:
    """From here on no answer or decision comes between; problem `conflict` where one just did."""
    await lock_order(session)
    settled = select(func.count()).where(
        CheckRow.id.in_([check.id for check in checks]), CheckRow.state == CheckState.RECONCILED
    )
    if await session.scalar(settled) != len(checks):
        raise ProblemError("conflict")


async def _not_out(session: Session, since: date, until: date) -> Sequence[CheckRow]:
    out = select(ExportItemRow.standing).where(ExportItemRow.standing == CheckRow.id).exists()
    found = await session.scalars(
        select(CheckRow)
        .where(
            CheckRow.state == CheckState.RECONCILED,
            CheckRow.repeat_of.is_(None),
            CheckRow.checked_on >= since,
            CheckRow.checked_on <= until,
            ~out,
        )
        .order_by(CheckRow.checked_on, CheckRow.checked_at, CheckRow.id)
        .limit(LARGEST_BATCH)
    )
    return found.all()


async def _exported(session: Session, context: Context, check: CheckRow, *, filed_on: date) -> ExportedCheck:
    patient = await session.get(PatientRow, check.patient) if check.patient else None
    facts = await claim_facts(session, context.keys.storage, check, patient)
    fields = planned_fields(facts, planned_for(context, facts, filed_on))
    records = claim_records(context, fields, facts.visit_date)
    return ExportedCheck(
        facts=facts,
        fields=fields,
        records=records if isinstance(records, RecordLines) else None,
        patient=None if patient is None else _patient(patient, context.facility.institution_code),
        check_type=check.check_type.value,
        setting=check.setting.value,
        identity=check.identity_method.value,
        assurance=check.assurance.value,
    )


def _patient(row: PatientRow, institution_code: str) -> PatientFacts:
    return PatientFacts(
        id=uuid.UUID(hex=row.id),
        institution_code=institution_code,
        chart_number=row.chart_number or "",
        name=row.name,
        name_kana=row.name_kana,
        birth_date=row.birth_date,
        sex=row.sex,
    )
