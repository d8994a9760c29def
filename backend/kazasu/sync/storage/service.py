"""`LogStorage` in SQL: one transaction's view of the stored logs. Plain statements, no objects that a rolled back
savepoint could leave stale. Never commits.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from checksync import Accepted, AlreadyClosed, Fork, GapAccepted, Genesis, LogState, VerifiedEntry
from kazasu.db import Session, insert_if_absent, lock_name
from kazasu.journal import JournalKind
from kazasu.journal.models import JournalMarkRow
from kazasu.sync.models import (
    BranchEntryRow,
    BranchEvidenceRow,
    DeviceLogRow,
    LogEntryRow,
    LogGapRow,
    RefusedPushRow,
)
from kazasu.sync.seam import Outcome

KEPT_REFUSED_PER_DEVICE = 100
"""So many refused pushes of a device are kept whole; of further ones the hash: a broken device must fill no disk."""


class SqlLogStorage:
    """The logs of this server within the session's transaction."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._session = session
        self._at = at

    async def read_state(self, log: str) -> LogState | None:
        """Locks the log's name to the end of the transaction, known or not (SQLite: the writer has the whole file)."""
        await lock_name(self._session, log)
        row = (
            await self._session.execute(
                select(DeviceLogRow.number, DeviceLogRow.hash, DeviceLogRow.is_closed).where(DeviceLogRow.log == log)
            )
        ).one_or_none()
        return None if row is None else LogState(row.number, row.hash, row.is_closed)

    async def read_hash(self, log: str, number: int) -> bytes | None:
        """hash(number), of an entry or of the last number of a gap."""
        entry = select(LogEntryRow.hash).where(LogEntryRow.log == log, LogEntryRow.number == number)
        gap = select(LogGapRow.hash_after).where(LogGapRow.log == log, LogGapRow.to_number == number)
        return await self._session.scalar(entry.union_all(gap))

    async def read_digests(self, log: str, first: int, last: int) -> Sequence[bytes | None]:
        """From `first` on as far as stored; None inside a gap."""
        reached = await self._session.scalar(select(DeviceLogRow.number).where(DeviceLogRow.log == log))
        rows = await self._session.execute(
            select(LogEntryRow.number, LogEntryRow.digest).where(
                LogEntryRow.log == log, LogEntryRow.number.between(first, last)
            )
        )
        found = {row.number: row.digest for row in rows}
        return [found.get(number) for number in range(first, min(last, reached or 0) + 1)]

    async def append(self, accepted: Accepted, genesis: bytes) -> None:
        """Stores the new entries as `pending`, in order, and what the newest head tells."""
        await self._open(accepted.log, accepted.genesis, genesis)
        if accepted.new:
            last = accepted.new[-1].number
            destroyed = await self._destroyed(accepted.log)
            await self._session.execute(
                insert(LogEntryRow),
                [
                    self._entry(
                        accepted.log,
                        entry,
                        accepted.head if entry.number == last else None,
                        destroyed.get(entry.number),
                    )
                    for entry in accepted.new
                ],
            )
            await self._advance(accepted.log, last, accepted.new[-1].hash)
        await self._session.execute(
            update(DeviceLogRow)
            .where(DeviceLogRow.log == accepted.log, DeviceLogRow.newest_number <= accepted.newest.number)
            .values(
                newest_number=accepted.newest.number,
                oldest_number=accepted.newest.oldest,
                newest_head=accepted.newest_head,
                heard_at=self._at,
            )
        )

    async def append_gap(self, gap: GapAccepted, genesis: bytes) -> None:
        """Stores the statement; the log goes on behind it."""
        await self._open(gap.log, gap.genesis, genesis)
        await self._session.execute(
            insert(LogGapRow).values(
                log=gap.log,
                from_number=gap.from_number,
                to_number=gap.to_number,
                why=gap.statement.why,
                hash_after=gap.hash_after,
                statement=gap.signed,
                received_at=self._at,
            )
        )
        await self._advance(gap.log, gap.to_number, gap.hash_after)

    async def close(self, fork: Fork) -> None:
        """What was committed stays; the log takes no more."""
        await self._session.execute(
            update(DeviceLogRow)
            .where(DeviceLogRow.log == fork.log, DeviceLogRow.is_closed.is_(False))
            .values(is_closed=True, closed_at=self._at)
        )
        await self._keep_branch(fork.log, fork.branch, fork.evidence)

    async def keep_branch(self, closed: AlreadyClosed) -> None:
        """Once each."""
        await self._keep_branch(closed.log, closed.branch, closed.evidence)

    async def keep_refused(self, log: str, device: str, octets: bytes, reason: str) -> None:
        """Once each, by the hash of the octets."""
        kept = await self._session.scalar(
            select(func.count()).select_from(RefusedPushRow).where(RefusedPushRow.device == device)
        )
        row = {
            "log": log,
            "device": device,
            "octets_hash": hashlib.sha256(octets).digest(),
            "octets": octets if (kept or 0) < KEPT_REFUSED_PER_DEVICE else None,
            "reason": reason,
            "received_at": self._at,
        }
        await insert_if_absent(self._session, RefusedPushRow.__table__, [row])

    async def _open(self, log: str, genesis: Genesis, octets: bytes) -> None:
        row = {
            "log": log,
            "device": genesis.device,
            "genesis": octets,
            "predecessor": genesis.predecessor.log if genesis.predecessor else None,
            "number": 0,
            "hash": bytes.fromhex(log),
            "newest_number": 0,
            "oldest_number": 1,
            "newest_head": None,
            "forgettable": 0,
            "is_closed": False,
            "opened_at": self._at,
            "last_push_at": self._at,
            "heard_at": self._at,
            "closed_at": None,
        }
        await insert_if_absent(self._session, DeviceLogRow.__table__, [row])

    async def _advance(self, log: str, number: int, hashed: bytes) -> None:
        await self._session.execute(
            update(DeviceLogRow)
            .where(DeviceLogRow.log == log)
            .values(number=number, hash=hashed, last_push_at=self._at, heard_at=self._at)
        )

    async def _keep_branch(self, log: str, branch: Sequence[VerifiedEntry], evidence: str) -> None:
        rows: list[dict[str, Any]] = [
            {
                "log": log,
                "number": entry.number,
                "digest": entry.digest,
                "hash": entry.hash,
                "sealed": entry.sealed,
                "received_at": self._at,
            }
            for entry in branch
        ]
        await insert_if_absent(self._session, BranchEntryRow.__table__, rows)
        statement = {
            "log": log,
            "statement_hash": hashlib.sha256(evidence.encode()).digest(),
            "statement": evidence,
            "received_at": self._at,
        }
        await insert_if_absent(self._session, BranchEvidenceRow.__table__, [statement])

    async def _destroyed(self, log: str) -> dict[int, datetime]:
        """The numbers of this log whose content was destroyed before a restore brought the log back without them."""
        # A range of the primary key: nothing is read where nothing was ever destroyed.
        found = await self._session.execute(
            select(JournalMarkRow.subject, JournalMarkRow.at).where(
                JournalMarkRow.kind == JournalKind.ENTRY_DESTROYED.value,
                JournalMarkRow.subject > f"{log}:",
                JournalMarkRow.subject < f"{log};",
            )
        )
        return {int(row.subject.partition(":")[2]): row.at for row in found}

    def _entry(self, log: str, entry: VerifiedEntry, head: str | None, destroyed_at: datetime | None) -> dict[str, Any]:
        return {
            "log": log,
            "number": entry.number,
            "sealed": entry.sealed if destroyed_at is None else b"",
            "destroyed_at": destroyed_at,
            "digest": entry.digest,
            "hash": entry.hash,
            "head": head,
            "received_at": self._at,
            "outcome": Outcome.PENDING,
        }
