"""Putting together what one check rests on. That it was done is audited: a bundle contains a certificate."""

from datetime import datetime

from sqlalchemy import select

from checksync import Acknowledgement, CheckBody, MalformedError, SealingError, decode_body, decode_entry, sign
from kazasu import audit
from kazasu.checks.certificates import certificate_of_check
from kazasu.checks.models import CheckRow
from kazasu.checks.opening import fields_of_intent
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.models import DeviceRow, DutyPassRow
from kazasu.evidence.bundle import Bundle, BundleAnswer, BundleDevice, BundleEntry, BundleFacility
from kazasu.gateway import outside_medical
from kazasu.inquiries.listed import latest_answer
from kazasu.problems import ProblemError
from kazasu.restoration.service import is_closed
from kazasu.sync.models import DeviceLogRow, LogEntryRow, LogGapRow

__all__ = ["gather"]


async def gather(session: Session, context: Context, check: str, *, actor: str, at: datetime) -> Bundle:
    """The check's bundle, in the caller's transaction. Problems `not-found`, `server-closed`."""
    if await is_closed(session):
        raise ProblemError("server-closed")
    row = await session.get(CheckRow, check)
    if row is None:
        raise ProblemError("not-found")
    log = await session.get_one(DeviceLogRow, row.log)
    device = await session.get_one(DeviceRow, row.device)
    entry = await _entry(session, context, row, log)
    opened = _body(entry)
    anchor = fields_of_intent(opened.intent).anchor if opened is not None else None
    duty = await session.get(DutyPassRow, row.duty_pass)
    acknowledgement = Acknowledgement(
        epoch=context.facility.epoch,
        log=log.log,
        number=log.number,
        hash=log.hash.hex(),
        forgettable=log.forgettable,
        time=at,
    )
    facility = context.facility
    bundle = Bundle(
        made_at=at,
        check=check,
        facility=BundleFacility(facility.id, facility.name, facility.mode.value, facility.institution_code),
        epoch=facility.epoch,
        server_key=dict(context.keys.server.jwk),
        device=BundleDevice(device.id, dict(device.jwk), device.revoked_at),
        entry=entry,
        intent=opened.intent if opened else None,
        card_signature=opened.card.signature if opened else None,
        certificate=await certificate_of_check(session, context.keys.storage, check),
        anchor=anchor.statement if anchor else None,
        duty_pass=duty.statement if duty else None,
        acknowledgement=sign(acknowledgement, context.keys.server),
        answer=await _answer(session, row),
    )
    await audit.append(
        session, actor, "evidence_made", "check", check, {"certificate": bundle.certificate is not None}, at
    )
    return bundle


async def _entry(session: Session, context: Context, row: CheckRow, log: DeviceLogRow) -> BundleEntry:
    found = await session.get_one(LogEntryRow, row.entry)
    # A push brought the entries up to the next head, without a gap between.
    following = (
        await session.scalars(
            select(LogEntryRow)
            .where(LogEntryRow.log == row.log, LogEntryRow.number >= row.entry_number)
            .order_by(LogEntryRow.number)
            .limit(200)
        )
    ).all()
    head: str | None = None
    digests: list[str] = []
    for following_row in following:
        if following_row.id != found.id:
            digests.append(following_row.digest.hex())
        if following_row.head is not None:
            head = following_row.head
            break
    else:
        digests = []
    try:
        opened = context.keys.opener.open(found.sealed, found.log, found.number) if found.sealed else None
    except SealingError:
        opened = None
    return BundleEntry(
        log=log.log,
        genesis=log.genesis,
        number=found.number,
        before=await _hash_before(session, log.log, found.number),
        digest=found.digest.hex(),
        sealed=found.sealed,
        opened=opened,
        following=digests,
        head=head,
        received_at=found.received_at,
    )


async def _hash_before(session: Session, log: str, number: int) -> str:
    if number == 1:
        return log
    before = select(LogEntryRow.hash).where(LogEntryRow.log == log, LogEntryRow.number == number - 1)
    gap = select(LogGapRow.hash_after).where(LogGapRow.log == log, LogGapRow.to_number == number - 1)
    found: bytes = (await session.execute(before.union_all(gap))).scalar_one()
    return found.hex()


def _body(entry: BundleEntry) -> CheckBody | None:
    if entry.opened is None:
        return None
    try:
        body = decode_body(decode_entry(entry.opened))
    except MalformedError:
        return None
    return body if isinstance(body, CheckBody) else None


async def _answer(session: Session, row: CheckRow) -> BundleAnswer | None:
    answer = await latest_answer(session, row.repeat_of or row.id)
    if answer is None:
        return None
    return BundleAnswer(
        answer.result.value, answer.is_simulated, answer.typed_by, answer.answered_at, outside_medical(answer.content)
    )
