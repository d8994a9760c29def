"""The file behind an outbox: whose it is, and what is done where it is damaged, cut short, lost, or replaced by another
process that salvaged it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from checksync.genesis import log_id
from checksync.key import VerifyingKey
from checksync.outbox import recording, salvage
from checksync.outbox.database import Database, translated_errors
from checksync.outbox.error import OtherOwnerError, OutboxDamagedError, OutboxError
from checksync.outbox.recording import OpenLog
from checksync.outbox.reservation import Lane
from checksync.outbox.stored_log import stored_logs


class RepairedDatabase:
    """The database in the file that is in its place now."""

    def __init__(
        self,
        path: Path,
        lane: Lane,
        facility: str,
        key: VerifyingKey,
        *,
        busy_s: float,
        connection_class: type[sqlite3.Connection],
    ) -> None:
        self._path = path
        self._lane = lane
        self._facility = facility
        self._key = key
        self._busy_s = busy_s
        self._connection_class = connection_class
        try:
            self._database = self._opened(path)
        except OutboxDamagedError:
            with lane.alone():
                self._salvage()

    def close(self) -> None:
        self._database.close()

    @property
    def connection(self) -> sqlite3.Connection:
        return self._database.connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `Database.transaction`."""
        with self._database.transaction() as connection:
            yield connection

    def give_up_log(self) -> None:
        """As `Database.give_up_log`."""
        self._database.give_up_log()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """As `Database.reading`."""
        with self._database.reading() as connection:
            yield connection

    def open_log(self, connection: sqlite3.Connection) -> OpenLog:
        """The log that is recorded in; where there is none a new one, inside the caller's transaction."""

        def note_genesis(genesis: bytes) -> None:
            salvage.note_genesis(self._path, genesis)

        return recording.ensure_log(connection, self._facility, self._key.thumbprint, note_genesis)

    def follow(self) -> None:
        """Where another process salvaged the file: what were written to the old one now would be lost with it, and
        what is recorded in the new one would never be sent from the old."""
        if not self._database.is_current:
            with suppress(OutboxError):
                self._database.close()
            self._database = self._opened(self._path)

    def repair(self) -> None:
        """Keeps of the damaged file what can be proven, and goes on with that."""
        with self._lane.alone():
            with suppress(OutboxError):
                self._database.close()
            self._salvage()

    def _opened(self, path: Path) -> Database:
        database = Database(path, busy_s=self._busy_s, connection_class=self._connection_class)
        try:
            self._claim(database)
            if path == self._path and database.is_empty and salvage.has_known_logs(path):
                # Cut to nothing, or lost.
                raise OutboxDamagedError
        except BaseException:
            database.close()
            raise
        return database

    def _claim(self, database: Database) -> None:
        owner = {"facility": self._facility, "device": self._key.thumbprint}
        with database.transaction() as connection:
            found = dict(connection.execute("SELECT name, value FROM setting WHERE name IN ('facility', 'device')"))
            if found and found != owner:
                raise OtherOwnerError
            if not found:
                connection.executemany("INSERT INTO setting (name, value) VALUES (?, ?)", owner.items())

    def _salvage(self) -> None:
        """Under the log's lock. Another process may have done it meanwhile."""
        with suppress(OutboxDamagedError):
            database = self._opened(self._path)
            if database.is_whole and _has_sound_logs(database):
                self._database = database
                return
            database.close()
        fresh = self._path.with_name(f"{self._path.name}-salvaged")
        with translated_errors():
            for suffix in ("", "-wal", "-shm"):
                fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
            filled = self._opened(fresh)
            try:
                with filled.transaction() as connection:
                    salvage.refill(connection, self._path, self._facility, self._key)
                    self.open_log(connection)
            finally:
                # The last one to close it leaves one file.
                filled.close()
            salvage.set_aside(self._path, fresh)
        self._database = self._opened(self._path)


def _has_sound_logs(database: Database) -> bool:
    with database.reading() as connection:
        return all(log_id(log.genesis) == log.log for log in stored_logs(connection))


class KeepsDatabase(Protocol):
    """Whatever works on a database that is repaired by itself."""

    _database: RepairedDatabase


K = TypeVar("K", bound=KeepsDatabase)
P = ParamSpec("P")
R = TypeVar("R")


def repaired(method: Callable[Concatenate[K, P], R]) -> Callable[Concatenate[K, P], R]:
    """On the file that is in its place now; where it turns out to be damaged, once more, on what could be saved."""

    @wraps(method)
    def called(self: K, /, *arguments: P.args, **named: P.kwargs) -> R:
        try:
            self._database.follow()
            return method(self, *arguments, **named)
        except OutboxDamagedError:
            self._database.repair()
        return method(self, *arguments, **named)

    return called
