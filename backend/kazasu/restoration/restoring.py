"""`kazasu restore`: a backup in the place of the database, the journal replayed, a new epoch, and the server closed.

All of it or nothing: what was there stays until the new database stands whole, and is kept beside it. Imports no SQL.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from checksync import SigningKey
from kazasu import audit
from kazasu.backup.dump import read_summary
from kazasu.backup.loading import load_backup, refuse_unless_empty
from kazasu.backup.stream import BackupError
from kazasu.backup.verification import VerifiedBackup
from kazasu.clock import Clock
from kazasu.db import Connection, Database, Session, new_id
from kazasu.journal import JournalKind, JournalRead
from kazasu.keys import StorageKey
from kazasu.keys.declaration import DeclarationKeys
from kazasu.restoration.replaying import begin_epoch, replay
from kazasu.restoration.service import close_after_restore
from kazasu.settings import Settings

__all__ = ["JournalMissingError", "OlderBackupError", "Restored", "restore_database"]


class JournalMissingError(Exception):
    """Without the journal nobody knows which revocations and withdrawals the backup would undo."""


class OlderBackupError(Exception):
    """A later backup was verified; devices may have deleted what only that one holds. Carries when it was made."""

    def __init__(self, later_made_at: str) -> None:
        super().__init__(later_made_at)
        self.later_made_at = later_made_at


@dataclass(frozen=True, slots=True)
class Restored:
    """A server that stands again, closed."""

    epoch: str
    replayed: Mapping[str, int]
    """How many lines of the journal changed something, by kind."""
    damaged_lines: int
    kept: Path | None
    """Where the database that was there is now."""
    declarations_gone: int = 0
    """Declarations that came back empty, because the key of each is gone: destroyed since, or lost with its folder."""


async def restore_database(
    settings: Settings,
    path: Path,
    backup: VerifiedBackup,
    *,
    storage: StorageKey,
    server: SigningKey,
    journal: JournalRead | None,
    clock: Clock,
    allows_older: bool = False,
) -> Restored:
    """Nobody may serve the home meanwhile. `journal` None: somebody chose to do without."""
    if journal is not None:
        _refuse_unfit(journal, backup, allows_older=allows_older)
    now = clock.now()
    epoch = new_id()
    async with _empty_database(settings, now) as (database, kept), database.engine.begin() as connection:
        await refuse_unless_empty(connection)
        keys = DeclarationKeys(settings.declaration_keys_folder, storage)
        gone = await load_backup(connection, path, backup, storage, keys, at=now)
        if await read_summary(connection) != backup.summary:
            raise BackupError("contradicts_itself", "restored database")
        replayed = await _begin(connection, backup, journal, server=server, epoch=epoch, at=now)
    return Restored(epoch, replayed, journal.damaged if journal else 0, kept, gone)


def _refuse_unfit(journal: JournalRead, backup: VerifiedBackup, *, allows_older: bool) -> None:
    if journal.facility is None:
        raise JournalMissingError
    if journal.facility != backup.header.facility:
        raise BackupError("of_another_facility", "journal")
    later = [
        str(record.details.get("made_at"))
        for record in journal.records
        if record.kind == JournalKind.BACKUP_VERIFIED.value and record.subject != backup.header.id
    ]
    newest = max(later, default="")
    if newest > backup.header.made_at and not allows_older:
        raise OlderBackupError(newest)


async def _begin(
    connection: Connection,
    backup: VerifiedBackup,
    journal: JournalRead | None,
    *,
    server: SigningKey,
    epoch: str,
    at: datetime,
) -> Mapping[str, int]:
    header = backup.header
    async with Session(bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        before = await begin_epoch(session, epoch)
        id_ = new_id()
        is_whole = journal is not None and not journal.damaged
        await close_after_restore(
            session,
            id=id_,
            epoch=epoch,
            backup=header.id,
            backup_made_at=datetime.fromisoformat(header.made_at),
            is_journal_whole=is_whole,
            at=at,
        )
        details = {
            "backup": header.id,
            "backup_made_at": header.made_at,
            "epoch_before": before,
            "epoch": epoch,
            "journal_lines": len(journal.records) if journal else None,
            "journal_damaged": journal.damaged if journal else None,
        }
        await audit.append(session, audit.SHELL, "facility_restored", "restoration", id_, details, at)
        records = journal.records if journal else []
        replayed = await replay(session, records, facility=header.facility, server=server, at=at)
        await session.commit()
    return replayed


@asynccontextmanager
async def _empty_database(settings: Settings, now: datetime) -> AsyncIterator[tuple[Database, Path | None]]:
    """The database to restore into: a file beside the embedded one, put into its place at a clean end; any other must
    be empty."""
    if settings.database:
        database = Database(settings.database_url)
        try:
            await database.prove_durable()
            yield database, None
        finally:
            await database.close()
        return
    place = settings.home / "kazasu.db"
    draft = settings.home / "kazasu.db.restoring"
    kept = settings.home / f"kazasu.db.before-{now:%Y%m%dT%H%M%SZ}"
    _remove(draft)
    database = Database(f"sqlite:///{draft.absolute()}")
    try:
        await database.prove_durable()
        yield database, kept if _exists(place) else None
    except BaseException:
        await database.close()
        _remove(draft)
        raise
    await database.close()
    _put_in_place(draft, place, kept)


def _exists(path: Path) -> bool:
    return path.exists()


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _put_in_place(draft: Path, place: Path, kept: Path) -> None:
    # A write-ahead log left behind belongs to the old database and must never meet the new one.
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            place.with_name(place.name + suffix).rename(kept.with_name(kept.name + suffix))
    draft.rename(place)
    descriptor = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
