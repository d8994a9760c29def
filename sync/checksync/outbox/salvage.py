"""An outbox file that was damaged: everything that can still be proven goes over to a new file, whose logs are
closed, so that recording goes on at once in a successor. What is missing is named by number.

Nothing is believed for having been found: an entry counts only by the device's signature or the chain of its hashes.
The damaged file is kept beside the new one. Imports no transport.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from checksync.chain import next_hash, sealed_digest
from checksync.encoding import MalformedError, time_text
from checksync.genesis import log_id, parse_genesis
from checksync.key import VerifyingKey
from checksync.outbox.carving import Row, carved_rows
from checksync.outbox.stored_log import signed_hash

LOGS_SUFFIX: Final = "-logs"
"""Beside the outbox: the genesis of each of its logs, one a line, durable before the log's first entry."""

_DAMAGED: Final = "-damaged-"
_GENESIS: Final = re.compile(rb'\{"format":"kazasu-log-v1"[^{}]*(?:\{[^{}]*\})?[^{}]*\}')
_ENTRY_COLUMNS: Final = 12
_LOG_COLUMNS: Final = 14
_FARTHEST: Final = 10_000
"""A log's own row may name at most so many numbers more than any signature does: a flipped bit must not make a gap of
millions."""


@dataclass
class _FoundEntry:
    values: list[Any] = field(repr=False)
    before: bytes
    hash: bytes
    is_signed: bool
    is_intact: bool

    @property
    def rank(self) -> int:
        return 2 * self.is_intact + self.is_signed


@dataclass
class _FoundLog:
    log: str
    genesis: bytes
    position: int = 1 << 62
    rows: list[list[Any]] = field(default_factory=list)
    entries: dict[int, _FoundEntry] = field(default_factory=dict)


def note_genesis(path: Path, genesis: bytes) -> None:
    """Durable when it returns."""
    descriptor = os.open(path.with_name(path.name + LOGS_SUFFIX), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(genesis + b"\n")
        file.flush()
        os.fsync(file.fileno())


def has_known_logs(path: Path) -> bool:
    """Whether this outbox ever had a log: then a file without any is a damaged one."""
    try:
        return path.with_name(path.name + LOGS_SUFFIX).stat().st_size > 0
    except FileNotFoundError:
        return False


def set_aside(path: Path, filled: Path) -> None:
    """The damaged file gets a name of its own and the filled one its place. A crash in between is salvaged again."""
    number = 1
    while path.with_name(f"{path.name}{_DAMAGED}{number}").exists():
        number += 1
    aside = path.with_name(f"{path.name}{_DAMAGED}{number}")
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    for suffix in ("-wal", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.replace(aside.with_name(aside.name + suffix))
    filled.replace(path)


def refill(connection: sqlite3.Connection, path: Path, facility: str, key: VerifyingKey) -> None:
    """Fills a new outbox, inside the caller's transaction, with what can be proven of the damaged one at `path`."""
    at = time_text(_last_written(path))
    for found in sorted(_found_logs(path, facility, key), key=lambda log: log.position):
        _insert(connection, found, at)


def _found_logs(path: Path, facility: str, key: VerifyingKey) -> list[_FoundLog]:
    logs: dict[str, _FoundLog] = {}
    rows: list[Row] = []
    for database, write_ahead in _octets(path):
        for octets in (database, write_ahead):
            for match in _GENESIS.finditer(octets):
                _take_genesis(logs, match.group(), facility, key)
        rows += carved_rows(database, write_ahead)
    for row in rows:
        if len(row.values) == _LOG_COLUMNS and row.values[1] in logs and row.values[2] == logs[row.values[1]].genesis:
            found = logs[row.values[1]]
            found.position = min(found.position, row.rowid)
            found.rows.append(row.values)
        elif len(row.values) == _ENTRY_COLUMNS and row.values[0] in logs:
            _take_entry(logs[row.values[0]], row.values, key)
    return list(logs.values())


def _octets(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """The file with its write-ahead log, those that were set aside before, and the list of logs."""
    for file in [path, *sorted(path.parent.glob(f"{path.name}{_DAMAGED}*"))]:
        if not file.name.endswith(("-wal", "-shm", "-journal")):
            yield _read(file), _read(file.with_name(file.name + "-wal"))
    yield b"", _read(path.with_name(path.name + LOGS_SUFFIX))


def _last_written(path: Path) -> datetime:
    """When the damaged file was last written, as the device believed."""
    for file in (path, path.with_name(path.name + LOGS_SUFFIX)):
        if file.exists():
            return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return datetime.fromtimestamp(0, UTC)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _take_genesis(logs: dict[str, _FoundLog], octets: bytes, facility: str, key: VerifyingKey) -> None:
    try:
        genesis = parse_genesis(octets)
    except MalformedError:
        return
    if (genesis.facility, genesis.device) == (facility, key.thumbprint):
        log = log_id(octets)
        logs.setdefault(log, _FoundLog(log, octets))


def _take_entry(found: _FoundLog, values: list[Any], key: VerifyingKey) -> None:
    log, number, kind, _reference, recorded_at, sealed, digest, head, *_rest, before = values
    if not (isinstance(number, int) and number > 0 and isinstance(sealed, bytes) and _is_digest(before)):
        return
    if not isinstance(kind, str) or not isinstance(recorded_at, str) or not _is_moment(recorded_at):
        return
    signed = signed_hash(head, number, key, log) if isinstance(head, str) else None
    chained = next_hash(before, number, sealed_digest(sealed))
    known = signed or (digest if _is_digest(digest) else None)
    entry = _FoundEntry(values, before, known or chained, signed is not None, chained == known)
    # Without signature and without a chain there is nothing that speaks for it.
    if entry.rank and (number not in found.entries or entry.rank > found.entries[number].rank):
        found.entries[number] = entry


def _is_digest(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == 32


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _insert(connection: sqlite3.Connection, found: _FoundLog, at: str) -> None:
    hashes = {number: entry.hash for number, entry in found.entries.items()}
    hashes |= {number - 1: entry.before for number, entry in found.entries.items() if entry.is_intact}
    hashes[0] = bytes.fromhex(found.log)
    signed = max(hashes)
    # The rows of a log are not signed: one counts as far as what is signed does not speak against it.
    rows = [row for row in found.rows if _fits(row, hashes, signed)]
    newest = max(rows, key=lambda row: (row[3], row[7]), default=None)
    number, current = signed, hashes[signed]
    base, base_hash, acknowledged, acknowledged_hash, forgettable = 0, hashes[0], 0, hashes[0], 0
    closed_at, why = at, "damaged"
    if newest is not None:
        if newest[3] > number:
            number, current = newest[3], newest[4]
        base, base_hash, acknowledged, acknowledged_hash, forgettable = newest[5:10]
        closed_at, why = newest[12] or at, newest[13] or "damaged"
    kept = {number: entry for number, entry in found.entries.items() if number > base}
    # Where nothing tells what was forgotten, the server says what it wants.
    first = acknowledged + 1 if newest is not None else min(kept, default=1)
    connection.execute(
        "INSERT INTO log (log, genesis, number, hash, base_number, base_hash, acknowledged, acknowledged_hash,"
        " forgettable, send_from, kept_octets, closed_at, closed_why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (found.log, found.genesis, number, current, base, base_hash, acknowledged, acknowledged_hash, forgettable,
         first, sum(len(entry.values[5]) for entry in kept.values()), closed_at, why),
    )  # fmt: skip
    for entry in kept.values():
        values = [*entry.values[:8], None, *entry.values[9:11], entry.before]
        values[6] = entry.hash
        if not isinstance(values[7], str):
            values[7] = ""
        for place in (3, 9, 10):
            values[place] = values[place] if isinstance(values[place], str) else None
        connection.execute(
            "INSERT OR IGNORE INTO entry (log, number, kind, reference, recorded_at, sealed, hash, head, offered_at,"
            " outcome, reason, before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    intact = {number for number, entry in found.entries.items() if entry.is_intact}
    for start, end in _missing(first, number, intact):
        connection.execute(
            "INSERT INTO missing (log, first, last, at) VALUES (?, ?, ?, ?)", (found.log, start, end, at)
        )
    if newest is None and not found.entries:
        # That the log was there is known, and no more: its last number is not.
        connection.execute("INSERT INTO missing (log, first, last, at) VALUES (?, 1, NULL, ?)", (found.log, at))


def _fits(row: list[Any], hashes: dict[int, bytes], signed: int) -> bool:
    _, _, _, number, current, base, base_hash, acknowledged, acknowledged_hash, forgettable, send_from, *_ = row
    numbers = (number, base, acknowledged, forgettable, send_from)
    if not all(isinstance(value, int) and value >= 0 for value in numbers):
        return False
    if not all(_is_digest(value) for value in (current, base_hash, acknowledged_hash)):
        return False
    if number > signed + _FARTHEST or max(base, acknowledged) > number or forgettable > acknowledged:
        return False
    named = ((number, current), (base, base_hash), (acknowledged, acknowledged_hash))
    # A hash that is known to belong to another number is a damaged number.
    places = {digest: place for place, digest in hashes.items()}
    return all(hashes.get(n, digest) == digest and places.get(digest, n) == n for n, digest in named)


def _missing(first: int, last: int, intact: set[int]) -> Iterator[tuple[int, int]]:
    start = None
    for number in range(first, last + 2):
        is_gone = number <= last and number not in intact
        if is_gone and start is None:
            start = number
        elif not is_gone and start is not None:
            yield start, number - 1
            start = None
