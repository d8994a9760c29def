"""What an outbox says of itself, read in one view."""

import sqlite3
from datetime import datetime

from checksync.outbox.recording import kept_octets, open_log
from checksync.outbox.settlement import current_epoch
from checksync.outbox.state import Capacity, Failure, MissingEntries, QueueName, QueueState, RecordedEntry


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def read_failures(connection: sqlite3.Connection, limit: int) -> list[Failure]:
    rows = connection.execute(
        "SELECT at, name, reason, log, first, last FROM failure ORDER BY position DESC LIMIT ?", (limit,)
    )
    return [Failure(datetime.fromisoformat(row[0]), *row[1:]) for row in rows]


def read_missing(connection: sqlite3.Connection) -> list[MissingEntries]:
    rows = connection.execute("SELECT log, first, last, at FROM missing ORDER BY at, rowid")
    return [MissingEntries(row[0], row[1], row[2], datetime.fromisoformat(row[3])) for row in rows]


def read_recorded(connection: sqlite3.Connection) -> list[RecordedEntry]:
    rows = connection.execute(
        "SELECT log, entry.number, kind, reference, recorded_at, entry.number <= acknowledged,"
        " entry.number > acknowledged AND NOT is_sent_on, outcome, reason"
        " FROM entry JOIN"
        " (SELECT *, closed_at IS NULL OR closed_why IS 'damaged' AS is_sent_on FROM log)"
        " USING (log) ORDER BY position, entry.number"
    )
    return [
        RecordedEntry(
            row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4]), bool(row[5]), bool(row[6]), *row[7:]
        )
        for row in rows
    ]


def read_state(connection: sqlite3.Connection, capacity: Capacity, *, is_sending: bool) -> QueueState:
    settings = dict(connection.execute("SELECT name, value FROM setting"))
    counts = connection.execute(
        "SELECT count(*) FILTER (WHERE entry.number > acknowledged AND is_sent_on),"
        " count(*) FILTER (WHERE entry.number <= acknowledged),"
        " count(*) FILTER (WHERE entry.number <= acknowledged AND outcome = 'held'),"
        " count(*) FILTER (WHERE entry.number > acknowledged AND NOT is_sent_on),"
        " min(recorded_at) FILTER (WHERE entry.number > acknowledged AND is_sent_on)"
        " FROM entry JOIN"
        " (SELECT *, closed_at IS NULL OR closed_why IS 'damaged' AS is_sent_on FROM log)"
        " USING (log)"
    ).fetchone()
    waiting, acknowledged, held, stranded, oldest = counts
    has_log = connection.execute("SELECT count(*) FROM log").fetchone()[0] > 0
    current = open_log(connection)
    kept = kept_octets(connection)
    held_back = settings.get("held_back")
    failures = read_failures(connection, 1)
    largest = connection.execute("SELECT coalesce(max(length(sealed)), 1) FROM entry").fetchone()[0]
    if kept + largest > capacity.octets:
        name = QueueName.FULL
    elif is_sending:
        name = QueueName.SENDING
    elif has_log and current is None:
        name = QueueName.CLOSED
    elif waiting == 0:
        name = QueueName.EMPTY
    elif held_back == "clock-wrong":
        name = QueueName.CLOCK_WRONG
    else:
        name = QueueName.WAITING if held_back is None else QueueName.HELD_BACK
    return QueueState(
        name=name,
        reason=held_back if name is QueueName.HELD_BACK else None,
        log=None if current is None else current.log,
        number=0 if current is None else current.number,
        waiting=waiting,
        acknowledged=acknowledged,
        held=held,
        stranded=stranded,
        missing=tuple(read_missing(connection)),
        kept_octets=kept,
        capacity_octets=capacity.octets,
        is_nearly_full=kept >= capacity.octets * capacity.warn_at,
        oldest_waiting_at=_moment(oldest),
        last_success_at=_moment(settings.get("last_success_at")),
        last_failure=failures[0] if failures else None,
        epoch=current_epoch(connection),
    )
