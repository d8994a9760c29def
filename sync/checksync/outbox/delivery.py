"""Delivering: what is still to be sent. Inside the caller's transaction.

Every batch is verified against the device's own chain before it is sent: what the disk damaged becomes a signed gap,
and neither blocks what comes after it nor looks like a fork.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal

from checksync.chain import next_hash, sealed_digest
from checksync.key import SigningKey, VerifyingKey
from checksync.outbox.stored_log import StoredLog, signed_hash, signed_hash_at, stored_logs
from checksync.push import GapReport, Push
from checksync.statement import GapStatement, sign

_ENVELOPE_OCTETS: Final = 4096
"""Of a push's body beside the sealed entries: genesis and two heads are below 3 KiB together."""


@dataclass(frozen=True)
class Batch:
    """Entries to push. `is_offer`: of a closed log, for the server to have the other branch whole."""

    log: str
    push: Push
    is_offer: bool

    @property
    def first(self) -> int:
        return self.push.first

    @property
    def last(self) -> int:
        return self.push.last


@dataclass(frozen=True)
class GapToReport:
    """Numbers that this device has no more, signed."""

    log: str
    first: int
    last: int
    why: Literal["damaged", "lost"]
    report: GapReport


@dataclass(frozen=True)
class _Row:
    number: int
    sealed: bytes = field(repr=False)
    head: str


def _encoded_octets(sealed: bytes) -> int:
    return (len(sealed) + 2) // 3 * 4 + 3


def next_delivery(
    connection: sqlite3.Connection,
    key: SigningKey,
    *,
    limit: int,
    max_octets: int,
    without: Collection[str],
) -> Batch | GapToReport | None:
    """What is to be sent next, of the oldest log that has something and is not left out."""
    for log in stored_logs(connection):
        if log.log in without or log.send_from > log.number:
            continue
        found = _delivery_of(connection, log, key, limit, max_octets)
        if found is not None:
            return found
    return None


def _delivery_of(
    connection: sqlite3.Connection, log: StoredLog, key: SigningKey, limit: int, max_octets: int
) -> Batch | GapToReport | None:
    first = log.send_from
    if first <= log.base_number:
        return _gap(log, first, log.base_number, None, log.base_hash, "lost", key)
    if log.is_closed:
        unoffered = connection.execute(
            "SELECT min(number) FROM entry WHERE log = ? AND number >= ? AND offered_at IS NULL", (log.log, first)
        ).fetchone()[0]
        if unoffered is None:
            return None
        first = unoffered

    rows = _rows(connection, log.log, first, limit)
    start = _start(connection, log, rows[0], key.verifying_key) if rows and rows[0].number == first else None
    if start is None:
        return _damage(connection, log, first, key)
    taken: list[_Row] = []
    room = max_octets - _ENVELOPE_OCTETS
    current = start
    for number, row in enumerate(rows, first):
        room -= _encoded_octets(row.sealed)
        found = _intact_hash(row, current, key.verifying_key, log.log) if row.number == number else None
        if found is None or (taken and room < 0):
            break
        taken.append(row)
        current = found
    push = Push(
        genesis=log.genesis,
        first=first,
        before=start.hex(),
        sealed=[row.sealed for row in taken],
        head=taken[-1].head,
        newest_head=_newest_head(connection, log, key.verifying_key) or taken[-1].head,
    )
    return Batch(log.log, push, log.is_closed)


def _start(connection: sqlite3.Connection, log: StoredLog, row: _Row, key: VerifyingKey) -> bytes | None:
    """The hash before the row, as far as anything that vouches for one makes the row fit; None where the row is
    damaged.
    """
    unsigned = connection.execute(
        "SELECT hash FROM entry WHERE log = ? AND number = ?", (log.log, row.number - 1)
    ).fetchone()
    candidates = [
        log.base_hash if row.number - 1 == log.base_number else None,
        log.acknowledged_hash if row.number - 1 == log.acknowledged else None,
        signed_hash_at(connection, log.log, row.number - 1, key),
        None if unsigned is None else unsigned[0],
    ]
    return next((found for found in candidates if found is not None and _intact_hash(row, found, key, log.log)), None)


def _rows(connection: sqlite3.Connection, log: str, first: int, limit: int) -> list[_Row]:
    rows = connection.execute(
        "SELECT number, sealed, head FROM entry WHERE log = ? AND number >= ? ORDER BY number LIMIT ?",
        (log, first, limit),
    )
    return [_Row(*row) for row in rows]


def _intact_hash(row: _Row, before: bytes, key: VerifyingKey, log: str) -> bytes | None:
    """The row's hash, if its sealed octets make the one that the device signed when it recorded them."""
    found = next_hash(before, row.number, sealed_digest(row.sealed))
    return found if found == signed_hash(row.head, row.number, key, log) else None


def _newest_head(connection: sqlite3.Connection, log: StoredLog, key: VerifyingKey) -> str | None:
    row = connection.execute("SELECT head FROM entry WHERE log = ? AND number = ?", (log.log, log.number)).fetchone()
    return row[0] if row is not None and signed_hash(row[0], log.number, key, log.log) is not None else None


def _damage(connection: sqlite3.Connection, log: StoredLog, first: int, key: SigningKey) -> GapToReport:
    """The gap from a damaged entry to the first number whose hash the device still vouches for."""
    present = connection.execute("SELECT 1 FROM entry WHERE log = ? AND number = ?", (log.log, first)).fetchone()
    before = signed_hash_at(connection, log.log, first - 1, key.verifying_key)
    last, after = first, signed_hash_at(connection, log.log, first, key.verifying_key)
    while after is None and last < log.number:
        last += 1
        after = signed_hash_at(connection, log.log, last, key.verifying_key)
    # The last number's hash stands beside the log itself.
    return _gap(log, first, last, before, after or log.hash, "damaged" if present else "lost", key)


def _gap(
    log: StoredLog,
    first: int,
    last: int,
    before: bytes | None,
    after: bytes,
    why: Literal["damaged", "lost"],
    key: SigningKey,
) -> GapToReport:
    statement = GapStatement(
        log=log.log,
        from_number=first,
        to_number=last,
        why=why,
        hash_before=None if before is None else before.hex(),
        hash_after=after.hex(),
    )
    return GapToReport(log.log, first, last, why, GapReport(genesis=log.genesis, gap=sign(statement, key)))
