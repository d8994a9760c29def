"""What the server's word changes: acknowledgements, new lives of the server, closed logs, forgetting.

Inside the caller's transaction. Every statement that comes here was verified.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from checksync.encoding import time_text
from checksync.key import VerifyingKey
from checksync.outbox.error import AcknowledgementError
from checksync.outbox.stored_log import kept_hash_at, known_hash
from checksync.push import EntryOutcome
from checksync.statement import Acknowledgement, Closed


def acknowledge(
    connection: sqlite3.Connection, statement: Acknowledgement, outcomes: Sequence[EntryOutcome], key: VerifyingKey
) -> int:
    """How many entries became acknowledged. The statement must have been verified."""
    expected = known_hash(connection, statement.log, statement.number, key)
    if expected is None:
        # The head is damaged here: the hash kept beside it counts where the server's word confirms it. Otherwise
        # nothing can be held against the statement, and nothing is taken from it.
        expected = kept_hash_at(connection, statement.log, statement.number)
        if expected is None or expected.hex() != statement.hash:
            return 0
    elif expected.hex() != statement.hash:
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
    """Whether a verified statement tells of a life that is new to this device; one that it knows may come late."""
    if connection.execute("SELECT 1 FROM epoch WHERE epoch = ?", (epoch,)).fetchone() is not None:
        return False
    return enter_life(connection, epoch)


def enter_life(connection: sqlite3.Connection, epoch: str) -> bool:
    """Whether this is another life of the server than the present one: then nothing counts as acknowledged.

    The newest entry of the open log is sent again first: the answer tells what the server has.
    """
    known = current_epoch(connection)
    if epoch == known:
        return False
    # Behind all others, where a storage that went back knew it before one that it knows later.
    connection.execute("DELETE FROM epoch WHERE epoch = ?", (epoch,))
    connection.execute("INSERT INTO epoch (epoch) VALUES (?)", (epoch,))
    if known is not None:
        connection.execute(
            "UPDATE log SET acknowledged = base_number, acknowledged_hash = base_hash, forgettable = base_number,"
            " send_from = CASE WHEN closed_at IS NULL THEN max(number, 1) ELSE base_number + 1 END"
        )
        connection.execute("UPDATE entry SET offered_at = NULL")
    return known is not None


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
    # All that was not acknowledged is offered, wherever sending had gone on: to a new life of the server it went on
    # with the newest entry.
    connection.execute("UPDATE log SET send_from = acknowledged + 1 WHERE log = ? AND closed_at IS NULL", (log,))
    connection.execute(
        "UPDATE log SET closed_at = coalesce(closed_at, ?), closed_why = coalesce(nullif(closed_why, 'damaged'), ?)"
        " WHERE log = ?",
        (time_text(at), _short(why), log),
    )


def mark_offered(connection: sqlite3.Connection, log: str, first: int, last: int, at: datetime) -> None:
    """The server has these of a closed log, or its place was told: they are not offered again."""
    connection.execute(
        "UPDATE entry SET offered_at = ? WHERE log = ? AND number BETWEEN ? AND ?", (time_text(at), log, first, last)
    )
    connection.execute(
        "UPDATE log SET send_from = max(send_from, ?) WHERE log = ? AND send_from >= ?", (last + 1, log, first)
    )


def note_missing(connection: sqlite3.Connection, log: str, first: int, last: int, at: datetime) -> None:
    """The server was told that these are gone; what was named before and lies within is named once."""
    connection.execute(
        "DELETE FROM missing WHERE log = ? AND first >= ? AND (last IS NULL OR last <= ?)", (log, first, last)
    )
    connection.execute(
        "INSERT OR REPLACE INTO missing (log, first, last, at) VALUES (?, ?, ?, ?)", (log, first, last, time_text(at))
    )


def destroy(connection: sqlite3.Connection, log: str, number: int) -> bool:
    """Empties an acknowledged entry. Hash and head stay: they prove its place, and a gap if anybody asks for it."""
    row = connection.execute(
        "SELECT length(entry.sealed) FROM entry JOIN log ON log.log = entry.log"
        " WHERE entry.log = ? AND entry.number = ? AND entry.number <= log.acknowledged",
        (log, number),
    ).fetchone()
    if row is None or row[0] == 0:
        return False
    connection.execute("UPDATE entry SET sealed = x'' WHERE log = ? AND number = ?", (log, number))
    connection.execute("UPDATE log SET kept_octets = kept_octets - ? WHERE log = ?", (row[0], log))
    return True


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
