"""A backup's rows in an empty database: made at the backup's own schema, then brought up to this version's."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Date, MetaData, Table, inspect, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kazasu.backup.content import Rows, as_mapping, read_frames
from kazasu.backup.stream import BackupError, read_encrypted
from kazasu.backup.verification import VerifiedBackup
from kazasu.checks.models import RecordedEntryRow
from kazasu.db.migration import upgrade_connection
from kazasu.keys import StorageKey
from kazasu.keys.declaration import (
    GUARDED,
    DeclarationKeyMissingError,
    DeclarationKeys,
    decision_subject,
    entry_subject,
)
from kazasu.reconciliation.models import DecisionRow
from kazasu.sync.models import LogEntryRow
from kazasu.sync.seam import Outcome
from kazasu.sync.service import DESTROYED
from kazasu.tables import metadata

__all__ = ["DatabaseNotEmptyError", "load_backup", "refuse_unless_empty"]


class DatabaseNotEmptyError(Exception):
    """There is something in the database already; a restore writes over nothing."""


async def refuse_unless_empty(connection: AsyncConnection) -> None:
    """`DatabaseNotEmptyError` where the database has any table."""
    if await connection.run_sync(lambda plain: inspect(plain).get_table_names()):
        raise DatabaseNotEmptyError


async def load_backup(
    connection: AsyncConnection,
    path: Path,
    backup: VerifiedBackup,
    storage: StorageKey,
    keys: DeclarationKeys,
    *,
    at: datetime,
) -> int:
    """In the caller's transaction. The tables are taken as that schema made them, so that old backups load too.

    A declaration whose key is gone comes back empty, as destroyed; how many did.
    """
    opening = _Declarations(keys, at)
    await connection.run_sync(upgrade_connection, backup.header.schema)
    found = MetaData()
    await connection.run_sync(found.reflect)
    if connection.dialect.name == "sqlite":
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    with path.open("rb") as file:
        for frame in read_frames(read_encrypted(file, storage)):
            if isinstance(frame, Rows) and frame.rows:
                await _insert(connection, found, opening.unguarded(frame))
    await connection.run_sync(upgrade_connection)
    if connection.dialect.name == "postgresql":
        await connection.run_sync(_set_sequences)
    if opening.gone:
        await connection.execute(
            update(RecordedEntryRow)
            .where(RecordedEntryRow.entry.in_(opening.gone), RecordedEntryRow.destroyed_at.is_(None))
            .values(destroyed_at=at)
        )
    return len(opening.gone)


@dataclass
class _Declarations:
    """What is guarded in the backup, opened by the keys that are here."""

    keys: DeclarationKeys
    at: datetime
    gone: list[int] = field(default_factory=list)
    """Row ids of the entries whose keys are not."""

    def unguarded(self, frame: Rows) -> Rows:
        take = {LogEntryRow.__tablename__: self._row, DecisionRow.__tablename__: self._decision}.get(frame.table)
        if take is None:
            return frame
        rows = [take(as_mapping(frame.columns, row)) for row in frame.rows]
        return Rows(
            table=frame.table, columns=frame.columns, rows=[[row[one] for one in frame.columns] for row in rows]
        )

    def _decision(self, row: dict[str, Any]) -> dict[str, Any]:
        kept = row.get("kept")
        if kept is None or not kept.startswith(GUARDED):
            return row
        try:
            return {**row, "kept": self.keys.open(decision_subject(row["id"]), kept)}
        except DeclarationKeyMissingError:
            return {**row, "kept": None}

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        if not row["sealed"].startswith(GUARDED):
            return row
        try:
            return {**row, "sealed": self.keys.open(entry_subject(row["log"], row["number"]), row["sealed"])}
        except DeclarationKeyMissingError:
            self.gone.append(row["id"])
            return {
                **row,
                "sealed": b"",
                "destroyed_at": self.at,
                "outcome": Outcome.ACCEPTED.value,
                "reason": DESTROYED,
            }


async def _insert(connection: AsyncConnection, found: MetaData, frame: Rows) -> None:
    table = found.tables.get(frame.table)
    if table is None or set(frame.columns) - set(table.columns.keys()):
        raise BackupError("contradicts_itself", "table")
    for column in table.columns:
        if isinstance(column.type, JSON):
            column.type.none_as_null = True
    days = [column.name for column in table.columns if isinstance(column.type, Date)]
    rows = [_with_days(as_mapping(frame.columns, row), days) for row in frame.rows]
    await connection.execute(table.insert(), rows)


def _with_days(row: dict[str, Any], days: list[str]) -> dict[str, Any]:
    for name in days:
        if isinstance(row.get(name), str):
            row[name] = date.fromisoformat(row[name])
    return row


def _set_sequences(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            _set_sequence(connection, table, column.name)


def _set_sequence(connection: Connection, table: Table, column: str) -> None:
    # Names are the models' own.
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), "  # noqa: S608
            f"coalesce(max({column}), 1), max({column}) IS NOT NULL) FROM {table.name}"
        )
    )
