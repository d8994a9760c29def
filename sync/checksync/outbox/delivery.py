"""Delivering: what is still to be sent. Inside the caller's transaction.

Every batch is verified against the device's own chain before it is sent: what the disk damaged becomes a signed gap,
and neither blocks what comes after it nor looks like a fork.
"""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from checksync.genesis import log_id
from checksync.key import SigningKey, VerifyingKey
from checksync.outbox.error import OutboxDamagedError
from checksync.outbox.intact import intact_run, proven_hash
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
    why: Literal["damaged", "lost", "destroyed"]
    report: GapReport


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
        if log_id(log.genesis) != log.log:
            # The server could only refuse it; it is noted beside the file as well.
            raise OutboxDamagedError
        found = _delivery_of(connection, log, key, limit, max_octets)
        if found is not None:
            return found
    return None


def everything_out(
    connection: sqlite3.Connection, key: SigningKey, *, limit: int, max_octets: int
) -> Iterator[Batch | GapToReport]:
    """All that is not acknowledged, of every log, in the order of sending; nothing is marked as sent."""
    for log in stored_logs(connection):
        first = log.acknowledged + 1
        while first <= log.number:
            found = _delivery_of(connection, replace(log, send_from=first, is_closed=False), key, limit, max_octets)
            if found is None:  # pragma: no cover - up to the log's number there is always a batch or a gap
                break
            yield found
            first = found.last + 1


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

    run = intact_run(connection, log, first, key, limit=limit, octets=max_octets - _ENVELOPE_OCTETS)
    if run is None:
        return _damage(connection, log, first, key)
    push = Push(
        genesis=log.genesis,
        first=first,
        before=run.before.hex(),
        sealed=[row.sealed for row in run.rows],
        head=run.head,
        newest_head=_newest_head(connection, log, key.verifying_key) or run.head,
    )
    return Batch(log.log, push, log.is_closed)


def _newest_head(connection: sqlite3.Connection, log: StoredLog, key: VerifyingKey) -> str | None:
    row = connection.execute("SELECT head FROM entry WHERE log = ? AND number = ?", (log.log, log.number)).fetchone()
    return row[0] if row is not None and signed_hash(row[0], log.number, key, log.log) is not None else None


def _damage(connection: sqlite3.Connection, log: StoredLog, first: int, key: SigningKey) -> GapToReport:
    """The gap from a damaged entry to the first number whose hash the device still vouches for."""
    present = connection.execute(
        "SELECT length(sealed) FROM entry WHERE log = ? AND number = ?", (log.log, first)
    ).fetchone()
    before = signed_hash_at(connection, log.log, first - 1, key.verifying_key)
    last, after = first, proven_hash(connection, log, first, key.verifying_key)
    while after is None and last < log.number:
        last += 1
        after = proven_hash(connection, log, last, key.verifying_key)
    why: Literal["damaged", "lost", "destroyed"] = "lost" if present is None else "damaged"
    if present is not None and present[0] == 0 and last == first:
        why = "destroyed"
    return _gap(log, first, last, before, after or log.hash, why, key)


def _gap(
    log: StoredLog,
    first: int,
    last: int,
    before: bytes | None,
    after: bytes,
    why: Literal["damaged", "lost", "destroyed"],
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
