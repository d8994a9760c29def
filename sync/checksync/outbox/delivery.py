"""Delivering: what is still to be sent, and what the server's verified statements change. Inside the caller's
transaction.

Every batch is verified against the device's own chain before it is sent: what the disk damaged becomes a signed gap,
and neither blocks what comes after it nor looks like a fork.
"""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from checksync.chain import next_hash, sealed_digest
from checksync.encoding import time_text
from checksync.key import SigningKey, VerifyingKey
from checksync.outbox.error import AcknowledgementError
from checksync.push import EntryOutcome, GapReport, Push
from checksync.statement import Acknowledgement, Closed, GapStatement, Head, StatementError, sign, verify

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
class _Log:
    log: str
    genesis: bytes
    number: int
    hash: bytes
    base_number: int
    base_hash: bytes
    acknowledged: int
    acknowledged_hash: bytes
    send_from: int
    is_closed: bool


_LOGS: Final = """
SELECT log, genesis, number, hash, base_number, base_hash, acknowledged, acknowledged_hash, send_from,
    closed_at IS NOT NULL
FROM log
WHERE ?1 IS NULL OR log = ?1
ORDER BY position
"""


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
    for row in connection.execute(_LOGS, (None,)).fetchall():
        log = _Log(*row)
        if log.log in without or log.send_from > log.number:
            continue
        found = _delivery_of(connection, log, key, limit, max_octets)
        if found is not None:
            return found
    return None


def _delivery_of(
    connection: sqlite3.Connection, log: _Log, key: SigningKey, limit: int, max_octets: int
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


def _start(connection: sqlite3.Connection, log: _Log, row: _Row, key: VerifyingKey) -> bytes | None:
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
    return found if found == _signed_hash(row.head, row.number, key, log) else None


def _signed_hash(signed: str, number: int, key: VerifyingKey, log: str) -> bytes | None:
    try:
        head = verify(signed, Head, key)
    except StatementError:
        return None
    return bytes.fromhex(head.hash) if (head.log, head.number) == (log, number) else None


def signed_hash_at(connection: sqlite3.Connection, log: str, number: int, key: VerifyingKey) -> bytes | None:
    """hash(number) by the device's own signature; None where the row is gone or its head damaged."""
    row = connection.execute("SELECT head FROM entry WHERE log = ? AND number = ?", (log, number)).fetchone()
    return None if row is None else _signed_hash(row[0], number, key, log)


def _newest_head(connection: sqlite3.Connection, log: _Log, key: VerifyingKey) -> str | None:
    row = connection.execute("SELECT head FROM entry WHERE log = ? AND number = ?", (log.log, log.number)).fetchone()
    return row[0] if row is not None and _signed_hash(row[0], log.number, key, log.log) is not None else None


def _damage(connection: sqlite3.Connection, log: _Log, first: int, key: SigningKey) -> GapToReport:
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
    log: _Log,
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


def known_hash(connection: sqlite3.Connection, log: str, number: int, key: VerifyingKey) -> bytes | None:
    """What this device holds to be hash(number); None where it has it no more.

    `AcknowledgementError` where the log or the number was never ours.
    """
    found = connection.execute(_LOGS, (log,)).fetchone()
    if found is None:
        raise AcknowledgementError("unknown_log")
    ours = _Log(*found)
    if number > ours.number:
        raise AcknowledgementError("ahead")
    if number == 0:
        return bytes.fromhex(log)
    if number == ours.number:
        return ours.hash
    if number == ours.base_number:
        return ours.base_hash
    return signed_hash_at(connection, log, number, key)


def acknowledge(
    connection: sqlite3.Connection, statement: Acknowledgement, outcomes: Sequence[EntryOutcome], key: VerifyingKey
) -> int:
    """How many entries became acknowledged. The statement must have been verified."""
    expected = known_hash(connection, statement.log, statement.number, key)
    if expected is None:
        # Forgotten or damaged here: nothing can be held against the statement, so nothing is taken from it.
        return 0
    if expected.hex() != statement.hash:
        raise AcknowledgementError("other_hash")
    before = connection.execute("SELECT acknowledged FROM log WHERE log = ?", (statement.log,)).fetchone()[0]
    _advance(connection, statement.log, statement.number, expected)
    connection.execute(
        "UPDATE log SET forgettable = max(forgettable, min(?, ?)) WHERE log = ?",
        (statement.forgettable, statement.number, statement.log),
    )
    for outcome in outcomes:
        # "already had" says nothing new of an entry whose outcome is known.
        connection.execute(
            "UPDATE entry SET outcome = ?, reason = ? WHERE log = ? AND number = ?"
            " AND NOT (? = 'already_had' AND outcome IS NOT NULL)",
            (outcome.outcome, _short(outcome.reason), statement.log, outcome.number, outcome.outcome),
        )
    return max(0, int(statement.number - before))


def _advance(connection: sqlite3.Connection, log: str, number: int, current: bytes) -> None:
    connection.execute(
        "UPDATE log SET acknowledged = ?, acknowledged_hash = ? WHERE log = ? AND acknowledged < ?",
        (number, current, log, number),
    )
    connection.execute("UPDATE log SET send_from = max(send_from, ?) WHERE log = ?", (number + 1, log))


def _short(reason: str | None) -> str | None:
    return None if reason is None else reason[:200]


def resume(connection: sqlite3.Connection, log: str, expected: int) -> bool:
    """The server wants more from `expected` on. False where that names nothing that this log ever had."""
    row = connection.execute("SELECT number FROM log WHERE log = ?", (log,)).fetchone()
    if row is None or not 1 <= expected <= row[0]:
        return False
    connection.execute("UPDATE log SET send_from = ? WHERE log = ?", (expected, log))
    connection.execute("UPDATE entry SET offered_at = NULL WHERE log = ? AND number >= ?", (log, expected))
    return True


def adopt_epoch(connection: sqlite3.Connection, epoch: str) -> bool:
    """Whether this is a new life of the server: then nothing counts as acknowledged.

    The newest entry of the open log is sent again first: the answer tells what the server has.
    """
    known = [row[0] for row in connection.execute("SELECT epoch FROM epoch ORDER BY position")]
    if epoch in known:
        return False
    connection.execute("INSERT INTO epoch (epoch) VALUES (?)", (epoch,))
    if known:
        connection.execute(
            "UPDATE log SET acknowledged = base_number, acknowledged_hash = base_hash, forgettable = base_number,"
            " send_from = CASE WHEN closed_at IS NULL THEN max(number, 1) ELSE base_number + 1 END"
        )
        connection.execute("UPDATE entry SET offered_at = NULL")
    return bool(known)


def current_epoch(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT epoch FROM epoch ORDER BY position DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])


def close_log(connection: sqlite3.Connection, statement: Closed, at: datetime, key: VerifyingKey) -> None:
    """Closes a log of ours by the server's verified word; what it has of ours counts as acknowledged."""
    try:
        expected = known_hash(connection, statement.log, statement.number, key)
    except AcknowledgementError as error:
        if error.fault == "unknown_log":
            raise
        expected = None
    if expected is not None and expected.hex() == statement.hash:
        _advance(connection, statement.log, statement.number, expected)
    mark_closed(connection, statement.log, statement.why, at)


def mark_closed(connection: sqlite3.Connection, log: str, why: str, at: datetime) -> None:
    connection.execute(
        "UPDATE log SET closed_at = coalesce(closed_at, ?), closed_why = coalesce(closed_why, ?) WHERE log = ?",
        (time_text(at), _short(why), log),
    )


def mark_offered(connection: sqlite3.Connection, log: str, first: int, last: int, at: datetime) -> None:
    """The server has these of a closed log, or its place was told: they are not offered again."""
    connection.execute(
        "UPDATE entry SET offered_at = ? WHERE log = ? AND number BETWEEN ? AND ?", (time_text(at), log, first, last)
    )
    connection.execute("UPDATE log SET send_from = max(send_from, ?) WHERE log = ?", (last + 1, log))


def forget(connection: sqlite3.Connection, key: VerifyingKey) -> int:
    """Deletes what the server holds, and what it said may be deleted. How many entries."""
    forgotten = 0
    for log, base, upto in connection.execute(
        "SELECT log, base_number, min(acknowledged, forgettable) FROM log"
    ).fetchall():
        if upto <= base:
            continue
        new_base = known_hash(connection, log, upto, key)
        if new_base is None:
            continue
        octets, count = connection.execute(
            "SELECT coalesce(sum(length(sealed)), 0), count(*) FROM entry WHERE log = ? AND number <= ?", (log, upto)
        ).fetchone()
        connection.execute("DELETE FROM entry WHERE log = ? AND number <= ?", (log, upto))
        connection.execute(
            "UPDATE log SET base_number = ?, base_hash = ?, kept_octets = kept_octets - ? WHERE log = ?",
            (upto, new_base, octets, log),
        )
        forgotten += count
    return forgotten
