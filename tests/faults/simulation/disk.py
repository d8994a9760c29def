"""A device's disk: SQLite itself, with a death between any two statements, a full disk, damage, copies.

Power loss in the middle of a write is not here but in tests/faults/outbox, exhaustively; a transaction is whole here
or absent.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from faults.simulation.world import DeathError

UNLIMITED_PAGES = 1_073_741_823
FILES = ("", "-wal")

_LOGS = "SELECT log, number, hash, base_number, base_hash, acknowledged, closed_at IS NOT NULL FROM log"


class MortalConnection(sqlite3.Connection):
    """Dies at the n-th statement, before or after that took effect; a dead process makes no further call."""

    calls_left = 0
    dies_after = False
    is_dead = False
    is_closed = False

    def close(self) -> None:
        """By the outbox too, when it goes over to a salvaged file."""
        self.is_closed = True
        super().close()

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if self.is_dead:
            raise DeathError
        if self.calls_left:
            self.calls_left -= 1
            if self.calls_left == 0:
                self.is_dead = True
                if self.dies_after:
                    super().execute(sql, *parameters)
                raise DeathError
        return super().execute(sql, *parameters)

    def logs(self) -> "dict[str, LogOnDevice]":
        """As this connection sees them; not one of the calls it may die at."""
        rows = super().execute(_LOGS) if not self.is_dead and not self.is_closed else ()
        return {row[0]: LogOnDevice(*row[:6], bool(row[6])) for row in rows}

    def fill(self) -> None:
        """No page more: SQLite itself answers SQLITE_FULL from here on."""
        if not self.is_dead and not self.is_closed:
            pages = super().execute("PRAGMA page_count").fetchone()[0]
            super().execute(f"PRAGMA max_page_count = {pages}")

    def clear(self) -> None:
        if not self.is_dead and not self.is_closed:
            super().execute(f"PRAGMA max_page_count = {UNLIMITED_PAGES}")


def copy_files(source: Path, target: Path) -> None:
    """The outbox as it lies on the disk now, also while processes have it open (nobody is inside a transaction)."""
    for suffix in FILES:
        beside = source.with_name(source.name + suffix)
        if beside.exists():
            shutil.copyfile(beside, target.with_name(target.name + suffix))


class LogOnDevice(NamedTuple):
    log: str
    number: int
    hash: bytes
    base_number: int
    base_hash: bytes
    acknowledged: int
    is_closed: bool


class EntryOnDevice(NamedTuple):
    log: str
    number: int
    hash: bytes
    is_offered: bool


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file itself, to look at or to damage; the one place here that knows the outbox's tables."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def logs_on(path: Path) -> dict[str, LogOnDevice]:
    with opened(path) as connection:
        rows = connection.execute(_LOGS)
        return {row[0]: LogOnDevice(*row[:6], bool(row[6])) for row in rows}


def entries_on(path: Path) -> dict[tuple[str, int], EntryOnDevice]:
    """In the order of recording: an order by the logs' ids would be by what no seed decides."""
    with opened(path) as connection:
        rows = connection.execute(
            "SELECT log, entry.number, entry.hash, offered_at IS NOT NULL FROM entry JOIN log USING (log)"
            " ORDER BY position, entry.number"
        )
        return {(row[0], row[1]): EntryOnDevice(row[0], row[1], row[2], bool(row[3])) for row in rows}


def epoch_on(path: Path) -> str | None:
    with opened(path) as connection:
        row = connection.execute("SELECT epoch FROM epoch ORDER BY position DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])


def damage_one(path: Path, log: str, number: int, place: int, *, head: bool) -> None:
    """A bit of one entry turns: of its sealed octets, or of its head."""
    read, write = _HEAD if head else _SEALED
    with opened(path) as connection:
        octets = bytearray(connection.execute(read, (log, number)).fetchone()[0])
        # Not the last octet: half of the bits of a head's last character mean nothing.
        octets[place % (len(octets) - 1)] ^= 1
        connection.execute(write, (octets.decode("ascii", "replace") if head else bytes(octets), log, number))


_SEALED = (
    "SELECT sealed FROM entry WHERE log = ? AND number = ?",
    "UPDATE entry SET sealed = ? WHERE log = ? AND number = ?",
)
_HEAD = (
    "SELECT CAST(head AS BLOB) FROM entry WHERE log = ? AND number = ?",
    "UPDATE entry SET head = ? WHERE log = ? AND number = ?",
)
