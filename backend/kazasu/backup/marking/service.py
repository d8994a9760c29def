"""Setting the mark that acknowledgements carry as `forgettable`."""

from datetime import datetime

from sqlalchemy import select, update

from kazasu import audit
from kazasu.backup.verification import VerifiedBackup
from kazasu.context import Context
from kazasu.db import Session
from kazasu.journal import JournalKind
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.keys.service import mark_backed_up
from kazasu.sync.models import DeviceLogRow

__all__ = ["mark_backed_up_logs"]


async def mark_backed_up_logs(session: Session, context: Context, backup: VerifiedBackup, *, at: datetime) -> None:
    """In the caller's transaction; in the journal before, so that nobody restores an older one unaware."""
    header, summary = backup.header, backup.summary
    context.journal.append(JournalKind.BACKUP_VERIFIED, header.id, at, made_at=header.made_at)
    for head in summary.heads:
        await session.execute(
            update(DeviceLogRow)
            .where(DeviceLogRow.log == head.log, DeviceLogRow.forgettable < head.number)
            .values(forgettable=head.number)
        )
    made = select(SealingKeyRow.id).where(SealingKeyRow.state == SealingKeyState.MADE)
    held = set(backup.keys.sealing_key_ids())
    for key in (await session.scalars(made)).all():
        if key in held:
            await mark_backed_up(session, key, "backup", audit.SYSTEM, at)
    details = {
        "made_at": header.made_at,
        "logs": len(summary.heads),
        "audit_entries": summary.audit_entries,
        "audit_hash": summary.audit_hash,
    }
    await audit.append(session, audit.SHELL, "backup_verified", "backup", header.id, details, at)
