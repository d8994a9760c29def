"""Recording: an entry sealed, chained and signed in one transaction. Keeps only what the device cannot read back."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from checksync.chain import next_hash, sealed_digest
from checksync.encoding import time_text
from checksync.entry import encode_entry
from checksync.genesis import Predecessor, log_id, new_genesis
from checksync.intent import Intent
from checksync.key import SigningKey
from checksync.outbox.error import IntentOutdatedError, QueueFullError
from checksync.sealing import SealingPublicKey
from checksync.statement import Head, sign


@dataclass(frozen=True)
class Confirmed:
    """The entry is durable: it survives a crash of the process and of the machine."""

    log: str
    number: int
    hash: str


@dataclass(frozen=True)
class OpenLog:
    log: str
    number: int
    hash: bytes
    base_number: int


def open_log(connection: sqlite3.Connection) -> OpenLog | None:
    row = connection.execute(
        "SELECT log, number, hash, base_number FROM log WHERE closed_at IS NULL ORDER BY position DESC LIMIT 1"
    ).fetchone()
    return None if row is None else OpenLog(*row)


def ensure_log(
    connection: sqlite3.Connection, facility: str, device: str, note_genesis: Callable[[bytes], None]
) -> OpenLog:
    """The open log; where there is none a new one, which names the one before it and is noted beside the file."""
    found = open_log(connection)
    if found is not None:
        return found
    before = connection.execute("SELECT log, hash FROM log ORDER BY position DESC LIMIT 1").fetchone()
    predecessor = None if before is None else Predecessor(log=before[0], hash=before[1].hex())
    genesis = new_genesis(facility, device, predecessor)
    log = log_id(genesis)
    start = bytes.fromhex(log)
    note_genesis(genesis)
    connection.execute(
        "INSERT INTO log (log, genesis, number, hash, base_number, base_hash, acknowledged, acknowledged_hash,"
        " forgettable, send_from, kept_octets) VALUES (?, ?, 0, ?, 0, ?, 0, ?, 0, 1, 0)",
        (log, genesis, start, start, start),
    )
    return OpenLog(log, 0, start, 0)


def kept_octets(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(sum(kept_octets), 0) FROM log").fetchone()[0])


def recorded_check(connection: sqlite3.Connection, log: str, check: str) -> Confirmed | None:
    row = connection.execute(
        "SELECT number, hash FROM entry WHERE log = ? AND kind = 'check' AND reference = ?", (log, check)
    ).fetchone()
    return None if row is None else Confirmed(log, row[0], row[1].hex())


def record(
    connection: sqlite3.Connection,
    target: OpenLog,
    kind: str,
    body: bytes,
    reference: str | None,
    at: datetime,
    *,
    intent: Intent | None,
    signing_key: SigningKey,
    sealing_key: SealingPublicKey,
    capacity_octets: int,
) -> Confirmed:
    """Inside a transaction: confirmed only when that has committed."""
    if intent is not None and (intent.fields.log, intent.fields.last_hash) != (target.log, target.hash.hex()):
        raise IntentOutdatedError
    number = target.number + 1
    sealed = sealing_key.seal(encode_entry(target.log, number, at, kind, body), target.log, number)
    kept = kept_octets(connection)
    if kept + len(sealed) > capacity_octets:
        raise QueueFullError("capacity", kept)
    current = next_hash(target.hash, number, sealed_digest(sealed))
    oldest = connection.execute("SELECT min(number) FROM entry WHERE log = ?", (target.log,)).fetchone()[0]
    head = Head(log=target.log, number=number, hash=current.hex(), oldest=oldest or number, device_time=at)
    connection.execute(
        "INSERT INTO entry (log, number, kind, reference, recorded_at, sealed, hash, head, before)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (target.log, number, kind, reference, time_text(at), sealed, current, sign(head, signing_key), target.hash),
    )
    connection.execute(
        "UPDATE log SET number = ?, hash = ?, kept_octets = kept_octets + ? WHERE log = ?",
        (number, current, len(sealed), target.log),
    )
    return Confirmed(target.log, number, current.hex())
