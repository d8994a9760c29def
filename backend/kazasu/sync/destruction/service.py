"""Destroying the content of one entry, and what the server made of it. Digest, hash and number stay, so that chain,
receipts and evidence still verify. The device is told by its feed. Of a declaration, backups hold the content under a
key of its own, which is destroyed with it; of other entries, older backups keep theirs until they are replaced, and a
restore destroys it again by the journal.
"""

import base64
from datetime import datetime

from sqlalchemy import delete, func, select, update

from kazasu import audit
from kazasu.checks.models import CertificateRow, CheckRow, RecordedEntryRow
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.models import DeviceRow
from kazasu.inquiries.models import AnswerRow, InquiryRow
from kazasu.journal import JournalKind
from kazasu.problems import ProblemError
from kazasu.sync.feed import publish
from kazasu.sync.models import BranchEntryRow, DeviceLogRow, FeedItemRow, LogEntryRow, RefusedPushRow
from kazasu.sync.seam import Outcome
from kazasu.sync.service import DESTROYED

__all__ = ["destroy_content", "destroy_entry"]


async def destroy_entry(
    session: Session, context: Context, log: str, number: int, *, reason: str, actor: str, at: datetime
) -> None:
    """In the caller's transaction; in the journal before. Again is harmless. Problem `not-found`."""
    row = await _entry(session, log, number)
    if row is None:
        raise ProblemError("not-found")
    if row.destroyed_at is not None:
        return
    context.journal.append(JournalKind.ENTRY_DESTROYED, f"{log}:{number}", at)
    await destroy_content(session, log, number, at=at)
    await audit.append(session, actor, "entry_destroyed", "log", log, {"number": number, "reason": reason}, at)


async def destroy_content(session: Session, log: str, number: int, *, at: datetime) -> bool:
    """Empties the entry and what came of it; False where it is not here, or is empty already."""
    row = await _entry(session, log, number)
    if row is None or row.destroyed_at is not None:
        return False
    sealed, row.sealed, row.destroyed_at = row.sealed, b"", at
    row.outcome, row.reason = Outcome.ACCEPTED, DESTROYED
    await session.execute(
        update(RecordedEntryRow).where(RecordedEntryRow.entry == row.id).values(fields=None, destroyed_at=at)
    )
    await _destroy_copies(session, row, sealed)
    await _tell_device(session, log, number, at=at)
    check = await session.scalar(select(CheckRow).where(CheckRow.log == log, CheckRow.entry_number == number))
    if check is not None:
        await _destroy_check(session, check)
    await session.flush()
    return True


async def _destroy_copies(session: Session, row: LogEntryRow, sealed: bytes) -> None:
    """The same octets where they were kept as evidence: on the other branch of a fork, in a push that was refused."""
    await session.execute(
        update(BranchEntryRow)
        .where(BranchEntryRow.log == row.log, BranchEntryRow.digest == row.digest)
        .values(sealed=b"")
    )
    if not sealed:
        return
    refused = await session.scalars(
        select(RefusedPushRow).where(RefusedPushRow.log == row.log, RefusedPushRow.octets.is_not(None))
    )
    written = base64.b64encode(sealed)
    for push in refused:
        if push.octets is not None and written in push.octets:
            # The hash stays, and with it that there was one.
            push.octets = None


async def _tell_device(session: Session, log: str, number: int, *, at: datetime) -> None:
    device = await session.scalar(
        select(DeviceRow.id)
        .join(DeviceLogRow, DeviceLogRow.device == DeviceRow.thumbprint)
        .where(DeviceLogRow.log == log)
    )
    if device is not None:
        await publish(session, device, "destroyed", {"log": log, "number": number}, at=at)


async def _destroy_check(session: Session, check: CheckRow) -> None:
    certificate, check.certificate = check.certificate, None
    check.attributes = check.pin_proxy_relation = None
    await session.flush()
    if certificate is not None:
        others = select(func.count()).select_from(CheckRow).where(CheckRow.certificate == certificate)
        if not await session.scalar(others):
            await session.execute(delete(CertificateRow).where(CertificateRow.id == certificate))
    inquiries = select(InquiryRow.id).where(InquiryRow.check == check.id)
    await session.execute(update(AnswerRow).where(AnswerRow.inquiry.in_(inquiries)).values(content={}))
    await session.execute(update(InquiryRow).where(InquiryRow.check == check.id).values(number=None))
    await session.execute(
        delete(FeedItemRow).where(FeedItemRow.kind == "answer", FeedItemRow.data["check"].as_string() == check.id)
    )


async def _entry(session: Session, log: str, number: int) -> LogEntryRow | None:
    return await session.scalar(select(LogEntryRow).where(LogEntryRow.log == log, LogEntryRow.number == number))
