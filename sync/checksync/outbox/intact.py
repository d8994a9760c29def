"""Which of the kept rows are still what the device signed when it recorded them. Inside the caller's transaction.

A head covers every entry before it, so one signature vouches for a whole run: an entry whose own head the disk
damaged is vouched for by the next one, or, failing that, by the hash that was kept beside it (no accident makes octets
and hash fit each other).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from checksync.chain import next_hash, sealed_digest
from checksync.key import SigningKey, VerifyingKey
from checksync.outbox.stored_log import StoredLog, kept_hash_at, signed_hash, signed_hash_at
from checksync.statement import Head, sign


@dataclass(frozen=True)
class Row:
    number: int
    sealed: bytes = field(repr=False)
    head: str
    hash: bytes
    recorded_at: str

    @property
    def encoded_octets(self) -> int:
        """In base64, with quotes and a comma."""
        return (len(self.sealed) + 2) // 3 * 4 + 3


@dataclass(frozen=True)
class IntactRun:
    """Rows without a break that chain from `before` to what `head` signs."""

    before: bytes
    rows: list[Row]
    head: str


def intact_run(
    connection: sqlite3.Connection, log: StoredLog, first: int, key: SigningKey, *, limit: int, octets: int
) -> IntactRun | None:
    """From `first` on as far as the limits and the device's signatures go; one row always fits.

    None where the row is gone or damaged.
    """
    rows = _within(octets, islice(_rows(connection, log.log, first), limit))
    if not rows:
        return None
    for before in _hashes_before(connection, log, first, key.verifying_key):
        found = _vouched(connection, log, before, rows, key)
        if found is not None:
            return found
    return None


def proven_hash(connection: sqlite3.Connection, log: StoredLog, number: int, key: VerifyingKey) -> bytes | None:
    """hash(number), where a signature of the device proves it: its own, or that of the entry after it."""
    signed = signed_hash_at(connection, log.log, number, key)
    if signed is not None or number == log.number:
        # The last number's hash stands beside the log itself; the next entry will be chained to it.
        return signed or log.hash
    after = next(_rows(connection, log.log, number + 1), None)
    if after is None:
        return None
    signed = signed_hash(after.head, after.number, key, log.log)
    # Kept twice: beside the entry itself, and with the one after it.
    for kept in (kept_hash_at(connection, log.log, number), _before_of(connection, log.log, number + 1)):
        if kept is not None and next_hash(kept, after.number, sealed_digest(after.sealed)) == signed:
            return kept
    return None


def _before_of(connection: sqlite3.Connection, log: str, number: int) -> bytes | None:
    row = connection.execute("SELECT before FROM entry WHERE log = ? AND number = ?", (log, number)).fetchone()
    return None if row is None else bytes(row[0])


def _rows(connection: sqlite3.Connection, log: str, first: int) -> Iterator[Row]:
    """From `first` on, up to the first number that is not there."""
    found = connection.execute(
        "SELECT number, sealed, head, hash, recorded_at FROM entry WHERE log = ? AND number >= ? ORDER BY number",
        (log, first),
    )
    for number, row in enumerate(found, first):
        if row[0] != number:
            return
        yield Row(*row)


def _within(octets: int, rows: Iterable[Row]) -> list[Row]:
    taken: list[Row] = []
    for row in rows:
        octets -= row.encoded_octets
        if taken and octets < 0:
            break
        taken.append(row)
    return taken


def _hashes_before(connection: sqlite3.Connection, log: StoredLog, first: int, key: VerifyingKey) -> Iterator[bytes]:
    """Whatever may be hash(first - 1); which of them it is, the rows' signatures say."""
    number = first - 1
    candidates = (
        log.base_hash if number == log.base_number else None,
        log.acknowledged_hash if number == log.acknowledged else None,
        signed_hash_at(connection, log.log, number, key),
        kept_hash_at(connection, log.log, number),
        _before_of(connection, log.log, first),
    )
    yield from dict.fromkeys(found for found in candidates if found is not None)


def _vouched(
    connection: sqlite3.Connection, log: StoredLog, before: bytes, rows: list[Row], key: SigningKey
) -> IntactRun | None:
    hashes = list(_chain(before, rows))
    if _signed(rows[-1], log, key) == hashes[-1]:
        return IntactRun(before, rows, rows[-1].head)
    intact = 0
    for index, row in enumerate(rows):
        signed = _signed(row, log, key)
        if hashes[index] == (row.hash if signed is None else signed):
            intact = index + 1
        elif signed is not None:
            break
    else:
        if intact < len(rows) and _is_vouched_ahead(connection, log, rows[-1].number, hashes[-1], key):
            intact = len(rows)
    if not intact:
        return None
    last = rows[intact - 1]
    head = last.head if _signed(last, log, key) is not None else _new_head(log, last, hashes[intact - 1], key)
    return IntactRun(before, rows[:intact], head)


def _is_vouched_ahead(
    connection: sqlite3.Connection, log: StoredLog, number: int, current: bytes, key: SigningKey
) -> bool:
    """Whether the first head after `number` that is still whole signs a history with `current` in it."""
    for row in _rows(connection, log.log, number + 1):
        number, current = row.number, next_hash(current, row.number, sealed_digest(row.sealed))
        signed = _signed(row, log, key)
        if signed is not None:
            return signed == current
    return number == log.number and current == log.hash


def _chain(before: bytes, rows: list[Row]) -> Iterator[bytes]:
    for row in rows:
        before = next_hash(before, row.number, sealed_digest(row.sealed))
        yield before


def _signed(row: Row, log: StoredLog, key: SigningKey) -> bytes | None:
    return signed_hash(row.head, row.number, key.verifying_key, log.log)


def _new_head(log: StoredLog, row: Row, current: bytes, key: SigningKey) -> str:
    head = Head(
        log=log.log,
        number=row.number,
        hash=current.hex(),
        oldest=min(log.base_number + 1, row.number),
        device_time=datetime.fromisoformat(row.recorded_at),
    )
    return sign(head, key)
