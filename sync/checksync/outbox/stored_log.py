"""A log as the outbox keeps it, and the hashes that the device vouches for. Inside the caller's transaction."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from checksync.chain import next_hash, sealed_digest
from checksync.key import VerifyingKey
from checksync.outbox.error import AcknowledgementError
from checksync.statement import Head, StatementError, verify


@dataclass(frozen=True)
class StoredLog:
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
    """The server closed it, or will. One that only damage ended here is sent on as ever, gaps and all."""


_LOGS: Final = """
SELECT log, genesis, number, hash, base_number, base_hash, acknowledged, acknowledged_hash, send_from,
    closed_at IS NOT NULL AND closed_why IS NOT 'damaged'
FROM log
WHERE ?1 IS NULL OR log = ?1
ORDER BY position
"""


def stored_logs(connection: sqlite3.Connection, log: str | None = None) -> list[StoredLog]:
    """All logs in the order of their beginning, or the one that is named."""
    return [StoredLog(*row) for row in connection.execute(_LOGS, (log,))]


def signed_hash(signed: str, number: int, key: VerifyingKey, log: str) -> bytes | None:
    try:
        head = verify(signed, Head, key)
    except StatementError:
        return None
    return bytes.fromhex(head.hash) if (head.log, head.number) == (log, number) else None


def signed_hash_at(connection: sqlite3.Connection, log: str, number: int, key: VerifyingKey) -> bytes | None:
    """hash(number) by the device's own signature; None where the row is gone or its head damaged."""
    row = connection.execute("SELECT head FROM entry WHERE log = ? AND number = ?", (log, number)).fetchone()
    return None if row is None else signed_hash(row[0], number, key, log)


def kept_hash_at(connection: sqlite3.Connection, log: str, number: int) -> bytes | None:
    """hash(number) as it was kept beside the entry; nobody signed it there."""
    row = connection.execute("SELECT hash FROM entry WHERE log = ? AND number = ?", (log, number)).fetchone()
    return None if row is None else bytes(row[0])


def known_hash(connection: sqlite3.Connection, log: str, number: int, key: VerifyingKey) -> bytes | None:
    """What this device holds to be hash(number); None where it has it no more.

    `AcknowledgementError` where the log or the number was never ours.
    """
    found = stored_logs(connection, log)
    if not found:
        raise AcknowledgementError("unknown_log")
    (ours,) = found
    if number > ours.number:
        raise AcknowledgementError("ahead")
    if number == 0:
        return bytes.fromhex(log)
    if number == ours.number:
        return ours.hash
    if number == ours.base_number:
        return ours.base_hash
    return signed_hash_at(connection, log, number, key) or linked_hash_at(connection, log, number, key)


def linked_hash_at(connection: sqlite3.Connection, log: str, number: int, key: VerifyingKey) -> bytes | None:
    """hash(number) as the entry after it kept it, where that entry's signature proves it."""
    row = connection.execute(
        "SELECT before, sealed, head FROM entry WHERE log = ? AND number = ?", (log, number + 1)
    ).fetchone()
    if row is None:
        return None
    before, sealed, head = row
    chained = next_hash(before, number + 1, sealed_digest(sealed))
    return bytes(before) if chained == signed_hash(head, number + 1, key, log) else None
