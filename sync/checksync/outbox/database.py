"""The outbox's SQLite file: schema, durability read back, transactions, errors. Knows nothing of entries.

Two processes may have it open. Everything that is written goes through `transaction`.
"""

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from checksync.outbox.error import (
    OutboxBusyError,
    OutboxDamagedError,
    OutboxError,
    OutboxNotDurableError,
    OutboxStorageError,
    QueueFullError,
)

_SCHEMA: Final = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE epoch (position INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    log TEXT NOT NULL UNIQUE,
    genesis BLOB NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- The last number that was forgotten, and its hash: the chain of what is kept begins there.
    base_number INTEGER NOT NULL,
    base_hash BLOB NOT NULL,
    -- Only a verified statement of the server moves these.
    acknowledged INTEGER NOT NULL,
    acknowledged_hash BLOB NOT NULL,
    forgettable INTEGER NOT NULL,
    -- Where sending goes on: past the acknowledged, or where the server said that it wants more.
    send_from INTEGER NOT NULL,
    kept_octets INTEGER NOT NULL,
    closed_at TEXT,
    closed_why TEXT
) STRICT;
-- Kind and reference (the id of a check) are in clear: opaque, and by them a device can say what it has recorded.
CREATE TABLE entry (
    log TEXT NOT NULL REFERENCES log (log),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT,
    recorded_at TEXT NOT NULL,
    sealed BLOB NOT NULL,
    hash BLOB NOT NULL,
    head TEXT NOT NULL,
    offered_at TEXT,
    outcome TEXT,
    reason TEXT,
    -- hash(number - 1): with it a row proves itself, whatever became of the one before.
    before BLOB NOT NULL,
    PRIMARY KEY (log, number)
) STRICT;
CREATE UNIQUE INDEX one_entry_a_check ON entry (log, reference) WHERE kind = 'check';
-- Numbers that were recorded and cannot be read any more; `last` is NULL where it is not known either.
CREATE TABLE missing (
    log TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER,
    at TEXT NOT NULL,
    PRIMARY KEY (log, first)
) STRICT;
CREATE TABLE failure (
    position INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT,
    log TEXT,
    first INTEGER,
    last INTEGER
) STRICT;
"""

_VERSION: Final = 1
_DURABLE: Final = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}


def _translated(error: sqlite3.Error) -> OutboxError:
    # The low byte is the primary code (https://www.sqlite.org/rescode.html).
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return QueueFullError("disk")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return OutboxBusyError()
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return OutboxDamagedError()
    return OutboxStorageError(getattr(error, "sqlite_errorname", type(error).__name__))


@contextmanager
def translated_errors() -> Iterator[None]:
    """SQLite's errors and the system's as ours, once, at the boundary; the cause is kept (it holds no value that was
    bound).
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise QueueFullError("disk") from error
        raise OutboxStorageError(errno.errorcode.get(error.errno or 0, "unknown")) from error


class Database:
    """One connection; threads take turns."""

    def __init__(self, path: Path, *, busy_s: float, connection_class: type[sqlite3.Connection]) -> None:
        self.path = path
        self._turn = threading.RLock()
        # Made for the owner alone before SQLite opens it; its -wal and -shm take the same mode.
        with translated_errors():
            self._file_id = _file_id(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            # Autocommit: transactions begin where `transaction` says and nowhere else.
            self.connection = sqlite3.connect(
                path, timeout=busy_s, isolation_level=None, check_same_thread=False, factory=connection_class
            )
        try:
            with translated_errors():
                self._make_durable()
                self._make_schema()
        except BaseException:
            self.connection.close()
            raise

    def _make_durable(self) -> None:
        for name, value in _DURABLE.items():
            self.connection.execute(f"PRAGMA {name} = {value}")
        # Without these a barrier may stop at the drive's cache on Apple systems; no effect elsewhere.
        self.connection.execute("PRAGMA fullfsync = 1")
        self.connection.execute("PRAGMA checkpoint_fullfsync = 1")
        self.connection.execute("PRAGMA temp_store = MEMORY")
        for name, value in _DURABLE.items():
            found = str(self.connection.execute(f"PRAGMA {name}").fetchone()[0])
            if found != value:
                raise OutboxNotDurableError(name, found)

    def _make_schema(self) -> None:
        with self.transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                # Statement by statement: executescript would commit the transaction first.
                for statement in _statements(_SCHEMA):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise OutboxDamagedError
        if os.name == "posix":  # pragma: no branch - Windows cannot open a directory
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Committed and durable after the block; rolled back when anything is raised, the commit included."""
        with self._turn, translated_errors():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view."""
        with self._turn, translated_errors():
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                self.connection.execute("ROLLBACK")

    def give_up_log(self) -> None:
        """What was overwritten leaves the write-ahead log too, unless another process reads it at this moment."""
        with self._turn, translated_errors():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def is_current(self) -> bool:
        """Whether the file at the path is still the one that is open: another process may have replaced a damaged
        one.
        """
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._file_id

    @property
    def is_whole(self) -> bool:
        """Whether SQLite finds every page of it as it should be; reads the whole file."""
        try:
            with self.reading() as connection:
                return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        except OutboxDamagedError:
            return False

    @property
    def is_empty(self) -> bool:
        """Whether it never held a log."""
        with self.reading() as connection:
            return bool(connection.execute("SELECT count(*) FROM log").fetchone()[0] == 0)

    def close(self) -> None:
        with self._turn, translated_errors():
            self.connection.close()


def _file_id(descriptor: int) -> tuple[int, int]:
    try:
        found = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return found.st_dev, found.st_ino


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
