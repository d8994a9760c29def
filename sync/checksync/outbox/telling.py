"""What an outbox is told of its deliveries, and what it says of itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from checksync.encoding import time_text
from checksync.outbox import settlement
from checksync.outbox.repair import RepairedDatabase, repaired
from checksync.outbox.report import read_failures, read_recorded, read_state
from checksync.outbox.state import Capacity, Failure, QueueState, RecordedEntry

_FAILURES_KEPT: Final = 500


class TellingOutbox:
    """The part of an outbox that a screen asks."""

    def __init__(self, database: RepairedDatabase, capacity: Capacity) -> None:
        self.capacity = capacity
        self._database = database
        self._is_sending = False

    @property
    @repaired
    def epoch(self) -> str | None:
        """The server's present life, as far as this device has heard of it."""
        with self._database.reading() as connection:
            return settlement.current_epoch(connection)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """For the block the queue says that it is sending."""
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    @repaired
    def note_success(self, at: datetime) -> None:
        with self._database.transaction() as connection:
            note_success(connection, at)

    @repaired
    def note_failure(self, failure: Failure) -> None:
        """Kept with its reason and time, until `failures` has newer ones in plenty."""
        with self._database.transaction() as connection:
            note_failure(connection, failure)

    @repaired
    def failures(self, limit: int = 50) -> list[Failure]:
        """The newest first."""
        with self._database.reading() as connection:
            return read_failures(connection, limit)

    @repaired
    def state(self) -> QueueState:
        with self._database.reading() as connection:
            return read_state(connection, self.capacity, is_sending=self._is_sending)

    @repaired
    def recorded(self) -> list[RecordedEntry]:
        """Every entry that is kept, in order of its recording."""
        with self._database.reading() as connection:
            return read_recorded(connection)


def note_success(connection: sqlite3.Connection, at: datetime) -> None:
    connection.execute(
        "INSERT INTO setting (name, value) VALUES ('last_success_at', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (time_text(at),),
    )
    connection.execute("DELETE FROM setting WHERE name = 'held_back'")


def note_failure(connection: sqlite3.Connection, failure: Failure) -> None:
    connection.execute(
        "INSERT INTO failure (at, name, reason, log, first, last) VALUES (?, ?, ?, ?, ?, ?)",
        (
            time_text(failure.at),
            failure.name,
            None if failure.reason is None else failure.reason[:200],
            failure.log,
            failure.first,
            failure.last,
        ),
    )
    connection.execute(
        "INSERT INTO setting (name, value) VALUES ('held_back', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (failure.name,),
    )
    connection.execute(
        "DELETE FROM failure WHERE position <= (SELECT max(position) FROM failure) - ?", (_FAILURES_KEPT,)
    )
