"""Destroying declarations. Sealed octets, desk rows, what was typed of them with a decision, and their keys; digests,
signatures and the audit log stay. Backups follow with the key, devices with the feed (docs/operations.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from kazasu import audit
from kazasu.audit.models import AuditEntry
from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.checks.state import CheckState
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.declarations.service import declarations_left
from kazasu.exports.models import ExportBatchRow, ExportItemRow
from kazasu.journal import JournalKind
from kazasu.keys.declaration import decision_subject, entry_subject
from kazasu.problems import ProblemError
from kazasu.reconciliation.decided import decisions_without_declared, forget_typed_claims
from kazasu.restoration.service import is_closed
from kazasu.rules.declaration_end import ClaimWork, DeclarationEnd, declaration_end
from kazasu.sync.destruction import destroy_entry

__all__ = [
    "DeclarationStanding",
    "destroy_declaration",
    "destroy_due",
    "finish_destruction",
    "mark_done",
    "standings",
]

_DONE_ON = "claim_done_on"


@dataclass(frozen=True, slots=True)
class DeclarationStanding:
    """A declaration that is there, and when it goes."""

    row: RecordedEntryRow
    end: DeclarationEnd


async def standings(session: Session, context: Context) -> list[DeclarationStanding]:
    """Every declaration that is not destroyed, the oldest first."""
    rows = await declarations_left(session)
    return [DeclarationStanding(row, await _end(session, context, row)) for row in rows]


async def mark_done(session: Session, row: RecordedEntryRow, *, actor: str, at: datetime) -> None:
    """A person says that the claim and payment work of it is done; it goes with the next run. Problem `not-found`."""
    if row.destroyed_at is not None:
        raise ProblemError("not-found")
    row.facts = {**row.facts, _DONE_ON: day_in_japan(at).isoformat()}
    await session.flush()
    details = {"check": row.check, "visit": row.visit}
    await audit.append(session, actor, "declaration_done", "recorded", row.id, details, at)


async def destroy_declaration(
    session: Session, context: Context, row: RecordedEntryRow, *, why: str, actor: str, at: datetime
) -> None:
    """In the caller's transaction; in the journal before. The key goes in `finish_destruction`, after the commit."""
    if row.destroyed_at is not None:
        return
    if row.log is not None and row.entry_number is not None:
        await destroy_entry(session, context, row.log, row.entry_number, reason=why, actor=actor, at=at)
    else:
        context.journal.append(JournalKind.RECORD_DESTROYED, row.id, at)
    row.fields, row.destroyed_at = None, at
    if row.check is not None:
        await forget_typed_claims(session, context.keys.storage, row.check)
    await session.flush()
    details = {"why": why, "check": row.check, "log": row.log, "number": row.entry_number}
    await audit.append(session, actor, "declaration_destroyed", "recorded", row.id, details, at)


async def finish_destruction(context: Context) -> int:
    """Destroys the keys of what is destroyed, and lets the database give up the pages; how many keys went.

    After the commit, and again at each run: a process that ended between the two leaves nothing behind for good.
    """
    async with context.database.reading() as session:
        found = await session.execute(
            select(RecordedEntryRow.id, RecordedEntryRow.log, RecordedEntryRow.entry_number).where(
                RecordedEntryRow.kind == "declaration", RecordedEntryRow.destroyed_at.is_not(None)
            )
        )
        subjects = [entry_subject(row.log, row.entry_number) if row.log is not None else row.id for row in found.all()]
        subjects += [
            decision_subject(decision) for decision in await decisions_without_declared(session, context.keys.storage)
        ]
    keys = context.declaration_keys
    return sum(keys.destroy(subject) for subject in subjects if keys.has(subject))


async def destroy_due(context: Context) -> int:
    """Destroys what is due today by the facility's rule, and finishes what an earlier run began; how many went."""
    now = context.clock.now()
    today = day_in_japan(now)
    async with context.database.writing() as session:
        if await is_closed(session):
            return 0
        due = [one for one in await standings(session, context) if one.end.is_due(today)]
        for one in due:
            await destroy_declaration(session, context, one.row, why=one.end.why.value, actor=audit.SYSTEM, at=now)
        await session.commit()
    finished = await finish_destruction(context)
    if due or finished:
        await context.database.give_up_deleted(("log_entries", "recorded_entries", "decisions"))
    return len(due)


async def _end(session: Session, context: Context, row: RecordedEntryRow) -> DeclarationEnd:
    visited_on = day_in_japan(min(row.device_recorded_at, row.received_at))
    done = row.facts.get(_DONE_ON)
    claimed_on = void_on = None
    check = await session.get(CheckRow, row.check) if row.check is not None else None
    if check is not None and check.repeat_of is not None:
        check = await session.get(CheckRow, check.repeat_of)
    if check is not None:
        visited_on = check.checked_on
        claimed_on = await _claimed_on(session, check.id)
        if check.state is CheckState.VOID:
            void_on = await _void_on(session, check.id)
    work = ClaimWork(
        visited_on=visited_on,
        claimed_on=claimed_on,
        done_on=date.fromisoformat(str(done)) if done is not None else None,
        void_on=void_on,
    )
    return declaration_end(work, context.settings.declaration_months)


async def _claimed_on(session: Session, check: str) -> date | None:
    """The day of the batch that stands with this check in it."""
    made = await session.scalar(
        select(ExportBatchRow.made_at)
        .join(ExportItemRow, ExportItemRow.batch == ExportBatchRow.id)
        .where(ExportItemRow.standing == check)
    )
    return None if made is None else day_in_japan(made)


async def _void_on(session: Session, check: str) -> date:
    """When it was taken back, by the audit log."""
    at: Sequence[datetime] = (
        await session.scalars(
            select(AuditEntry.at)
            .where(AuditEntry.subject_type == "check", AuditEntry.subject == check, AuditEntry.action == "check_state")
            .order_by(AuditEntry.number.desc())
            .limit(1)
        )
    ).all()
    return day_in_japan(at[0]) if at else date.min
