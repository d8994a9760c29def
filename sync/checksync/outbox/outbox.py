"""The device's outbox: one SQLite file that holds what was recorded until the server says that it may be forgotten.

What is confirmed is durable. What is kept is sealed: the device cannot read it back, and no plaintext ever reaches
the disk. Two processes may use one file; each uses an object of its own, and each object is for one lane (one touch
at a time).
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, Final, NotRequired, ParamSpec, Self, TypedDict, TypeVar, Unpack

from checksync.body import Body
from checksync.check import CheckBody
from checksync.encoding import time_text
from checksync.entry import encode_body
from checksync.genesis import log_id
from checksync.intent import (
    AnchorSeen,
    CheckType,
    ConsentChoice,
    Holder,
    IdentityMethod,
    Intent,
    NotOnList,
    PatientSubject,
    Proxy,
    Setting,
    VisitSubject,
    build_intent,
    parse_intent,
)
from checksync.key import SigningKey
from checksync.outbox import delivery, recording, salvage, settlement
from checksync.outbox.database import Database, translated_errors
from checksync.outbox.delivery import Batch, GapToReport
from checksync.outbox.error import IntentOfOtherCheckError, OtherOwnerError, OutboxDamagedError, OutboxError
from checksync.outbox.recording import Confirmed, OpenLog
from checksync.outbox.report import read_failures, read_recorded, read_state
from checksync.outbox.reservation import Reservation
from checksync.outbox.state import Capacity, Failure, QueueState, RecordedEntry
from checksync.outbox.stored_log import stored_logs
from checksync.push import MAX_PUSH_ENTRIES, MAX_PUSH_OCTETS, EntryOutcome
from checksync.sealing import SealingPublicKey
from checksync.statement import Acknowledgement, Closed

LONGEST_TOUCH_S: Final = 120.0
"""How long a fixed intent keeps others from recording, if its touch neither ends nor its process dies."""

_FAILURES_KEPT: Final = 500


class IntentChoices(TypedDict):
    """What the person at the device decides about a check; the log fixes the rest."""

    check: NotRequired[str]
    check_type: CheckType
    setting: Setting
    identity_method: IdentityMethod
    pin_typed_by: Holder | Proxy | None
    subject: VisitSubject | PatientSubject | NotOnList
    consents: list[ConsentChoice]
    duty_pass: str
    device_time: datetime
    anchor: AnchorSeen | None


P = ParamSpec("P")
R = TypeVar("R")


def _repaired(method: "Callable[Concatenate[Outbox, P], R]") -> "Callable[Concatenate[Outbox, P], R]":
    """On the file that is in its place now; where it turns out to be damaged, once more, on what could be saved."""

    @wraps(method)
    def called(self: "Outbox", /, *arguments: P.args, **named: P.kwargs) -> R:
        try:
            self._follow()
            return method(self, *arguments, **named)
        except OutboxDamagedError:
            self._repair()
        return method(self, *arguments, **named)

    return called


class Outbox:
    """Opens or makes the file. `sealing_key` may be replaced when the facility announces another.

    A damaged file is salvaged by itself: what can be proven of it is kept and delivered, `state().missing` names what
    cannot, and recording goes on in a new log.
    """

    def __init__(
        self,
        path: Path,
        *,
        facility: str,
        signing_key: SigningKey,
        sealing_key: SealingPublicKey,
        capacity: Capacity = Capacity(),  # noqa: B008 - frozen
        patience_s: float = 10.0,
        longest_touch_s: float = LONGEST_TOUCH_S,
        connection_class: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        self.facility = facility
        self.sealing_key = sealing_key
        self.capacity = capacity
        self._signing_key = signing_key
        self._patience_s = patience_s
        self._longest_touch_s = longest_touch_s
        self._lock_path = path.with_name(f"{path.name}-touch")
        self._reservation: Reservation | None = None
        self._reserved_for: str | None = None
        self._is_sending = False
        self._path = path
        self._connection_class = connection_class
        try:
            self._database = self._opened(path)
        except OutboxDamagedError:
            with self._alone():
                self._salvage()

    def _opened(self, path: Path) -> Database:
        database = Database(path, busy_s=self._patience_s, connection_class=self._connection_class)
        try:
            self._claim(database)
            if path == self._path and database.is_empty and salvage.has_known_logs(path):
                # Cut to nothing, or lost.
                raise OutboxDamagedError
        except BaseException:
            database.close()
            raise
        return database

    def _repair(self) -> None:
        with self._alone():
            with suppress(OutboxError):
                self._database.close()
            self._salvage()

    def _salvage(self) -> None:
        """Under the log's lock. Another process may have done it meanwhile."""
        with suppress(OutboxDamagedError):
            database = self._opened(self._path)
            if database.is_whole and self._has_sound_logs(database):
                self._database = database
                return
            database.close()
        fresh = self._path.with_name(f"{self._path.name}-salvaged")
        with translated_errors():
            for suffix in ("", "-wal", "-shm"):
                fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
            filled = self._opened(fresh)
            try:
                with filled.transaction() as connection:
                    salvage.refill(connection, self._path, self.facility, self._signing_key.verifying_key)
                    self._open_log(connection)
            finally:
                # The last one to close it leaves one file.
                filled.close()
            salvage.set_aside(self._path, fresh)
        self._database = self._opened(self._path)

    @staticmethod
    def _has_sound_logs(database: Database) -> bool:
        with database.reading() as connection:
            return all(log_id(log.genesis) == log.log for log in stored_logs(connection))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._reservation is not None and self._reservation.is_held:
            yield
            return
        reservation = Reservation(self._lock_path, patience_s=self._patience_s, longest_s=None)
        try:
            yield
        finally:
            reservation.release()

    def _claim(self, database: Database) -> None:
        owner = {"facility": self.facility, "device": self._signing_key.thumbprint}
        with database.transaction() as connection:
            found = dict(connection.execute("SELECT name, value FROM setting WHERE name IN ('facility', 'device')"))
            if found and found != owner:
                raise OtherOwnerError
            if not found:
                connection.executemany("INSERT INTO setting (name, value) VALUES (?, ?)", owner.items())

    def close(self) -> None:
        """Lets go of the file; an unfinished touch is dropped."""
        self._release()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Outbox>"

    # Recording

    @_repaired
    def begin_check(self, **choices: Unpack[IntentChoices]) -> Intent:
        """Fixes the intent of a check against the log's last hash and holds the log for the touch.

        An intent that this object fixed before is dropped. `LogReservedError` while another lane's touch lasts.
        """
        self._release()
        reservation = Reservation(self._lock_path, patience_s=self._patience_s, longest_s=self._longest_touch_s)
        self._reservation = reservation
        try:
            with self._held_log(), self._database.transaction() as connection:
                target = self._open_log(connection)
            intent = build_intent(log=target.log, last_hash=target.hash.hex(), facility=self.facility, **choices)
        except BaseException:
            self._release()
            raise
        self._reserved_for = intent.fields.check
        return intent

    def drop_check(self, intent: Intent) -> None:
        """The check will not be recorded: others need not wait for it."""
        if self._reserved_for == intent.fields.check:
            self._release()

    @_repaired
    def append(self, body: Body, at: datetime) -> Confirmed:
        """Records; durable when it returns, and not recorded at all when it raises.

        A check that this log has already is confirmed again and not recorded twice: after an error whose outcome is
        in doubt (a failing disk), calling again with the same body is right. `IntentOutdatedError` where something
        else was recorded since the intent was fixed; `QueueFullError`, `EntryTooLargeError` and `MalformedError`
        before anything is.
        """
        octets = encode_body(body)
        intent = reference = None
        if isinstance(body, CheckBody):
            intent, reference = parse_intent(body.intent), body.check
            if (intent.fields.check, intent.fields.facility) != (body.check, self.facility):
                raise IntentOfOtherCheckError
        else:
            reference = getattr(body, "check", None)
        with self._held_log(), self._database.transaction() as connection:
            confirmed = None
            target = self._open_log(connection)
            if intent is not None:
                confirmed = recording.recorded_check(connection, intent.fields.log, intent.fields.check)
            if confirmed is None:
                confirmed = recording.record(
                    connection,
                    target,
                    body.kind,
                    octets,
                    reference,
                    at,
                    intent=intent,
                    signing_key=self._signing_key,
                    sealing_key=self.sealing_key,
                    capacity_octets=self.capacity.octets,
                )
        if intent is not None:
            self.drop_check(intent)
        return confirmed

    def _open_log(self, connection: sqlite3.Connection) -> OpenLog:
        def note_genesis(genesis: bytes) -> None:
            salvage.note_genesis(self._path, genesis)

        return recording.ensure_log(connection, self.facility, self._signing_key.thumbprint, note_genesis)

    @contextmanager
    def _held_log(self) -> Iterator[None]:
        with self._alone():
            self._follow()
            yield

    def _follow(self) -> None:
        """Where another process salvaged the file: what were written to the old one now would be lost with it, and
        what is recorded in the new one would never be sent from the old."""
        if not self._database.is_current:
            with suppress(OutboxError):
                self._database.close()
            self._database = self._opened(self._path)

    def _release(self) -> None:
        if self._reservation is not None:
            self._reservation.release()
        self._reservation = self._reserved_for = None

    # Delivering

    @_repaired
    def pending(
        self,
        limit: int = MAX_PUSH_ENTRIES,
        max_octets: int = MAX_PUSH_OCTETS,
        *,
        without: Collection[str] = (),
    ) -> Batch | GapToReport | None:
        """What is to be sent next; logs named in `without` are passed over. A single entry always fits."""
        with self._database.reading() as connection:
            return delivery.next_delivery(
                connection, self._signing_key, limit=limit, max_octets=max_octets, without=without
            )

    def everything_out(self) -> Iterator[Batch | GapToReport]:
        """What the server has not acknowledged, to be carried to it by hand: one view, nothing marked as sent."""
        with self._database.reading() as connection:
            yield from delivery.everything_out(
                connection, self._signing_key, limit=MAX_PUSH_ENTRIES, max_octets=MAX_PUSH_OCTETS
            )

    @_repaired
    def acknowledge(self, statement: Acknowledgement, outcomes: Sequence[EntryOutcome], at: datetime) -> int:
        """Takes a verified acknowledgement; how many entries became acknowledged by it.

        One of an earlier life of the server changes nothing, however late it comes. `AcknowledgementError` where it
        does not fit.
        """
        with self._database.transaction() as connection:
            is_new = settlement.adopt_epoch(connection, statement.epoch)
            if settlement.current_epoch(connection) != statement.epoch:
                return 0
            newly = settlement.acknowledge(connection, statement, outcomes, self._signing_key.verifying_key)
            if is_new:
                # No need to ask what the restored server has of this log: it just said so.
                settlement.resume(connection, statement.log, statement.number + 1)
            self._note_success(connection, at)
            return newly

    @_repaired
    def adopt_epoch(self, epoch: str) -> bool:
        """Whether this is a new life of the server: then everything kept is due again until it is acknowledged anew."""
        with self._database.transaction() as connection:
            return settlement.adopt_epoch(connection, epoch)

    @_repaired
    def resume(self, log: str, expected: int) -> bool:
        """The server wants the log from this number on. False where this log never had it."""
        with self._database.transaction() as connection:
            return settlement.resume(connection, log, expected)

    @_repaired
    def close_log(self, statement: Closed, at: datetime) -> bool:
        """Takes a verified statement that a log is closed. What the server did not take is kept, stranded, and offered.

        False where the statement is of an earlier life of the server: then it changes nothing.
        """
        with self._database.transaction() as connection:
            settlement.adopt_epoch(connection, statement.epoch)
            is_current = settlement.current_epoch(connection) == statement.epoch
            if is_current:
                settlement.close_log(connection, statement, at, self._signing_key.verifying_key)
            return is_current

    @_repaired
    def abandon_log(self, log: str, why: str, at: datetime) -> None:
        """Closes a log without the server's word, because its next entry could only be a fork."""
        with self._database.transaction() as connection:
            settlement.mark_closed(connection, log, why, at)

    @_repaired
    def open_successor(self) -> str:
        """The open log; a new one, naming the one before it, where that is closed. `append` does the same by itself."""
        with self._database.transaction() as connection:
            return self._open_log(connection).log

    @_repaired
    def mark_offered(self, log: str, first: int, last: int, at: datetime) -> None:
        """The server answered to these of a closed log: it has the branch."""
        with self._database.transaction() as connection:
            settlement.mark_offered(connection, log, first, last, at)

    @_repaired
    def forget(self) -> int:
        """Deletes the entries that the server has and said may be deleted; how many."""
        with self._database.transaction() as connection:
            return settlement.forget(connection, self._signing_key.verifying_key)

    @_repaired
    def note_missing(self, log: str, first: int, last: int, at: datetime) -> None:
        """The server was told by a gap that these are gone."""
        with self._database.transaction() as connection:
            settlement.note_missing(connection, log, first, last, at)

    # Telling

    @property
    @_repaired
    def epoch(self) -> str | None:
        """The server's present life, as far as this device has heard of it."""
        with self._database.reading() as connection:
            return settlement.current_epoch(connection)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """For the block the queue says that it is sending."""
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    @_repaired
    def note_success(self, at: datetime) -> None:
        with self._database.transaction() as connection:
            self._note_success(connection, at)

    def _note_success(self, connection: sqlite3.Connection, at: datetime) -> None:
        connection.execute(
            "INSERT INTO setting (name, value) VALUES ('last_success_at', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (time_text(at),),
        )
        connection.execute("DELETE FROM setting WHERE name = 'held_back'")

    @_repaired
    def note_failure(self, failure: Failure) -> None:
        """Kept with its reason and time, until `failures` has newer ones in plenty."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO failure (at, name, reason, log, first, last) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    time_text(failure.at),
                    failure.name,
                    None if failure.reason is None else failure.reason[:200],
                    failure.log,
                    failure.first,
                    failure.last,
                ),
            )
            connection.execute(
                "INSERT INTO setting (name, value) VALUES ('held_back', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (failure.name,),
            )
            connection.execute(
                "DELETE FROM failure WHERE position <= (SELECT max(position) FROM failure) - ?", (_FAILURES_KEPT,)
            )

    @_repaired
    def failures(self, limit: int = 50) -> list[Failure]:
        """The newest first."""
        with self._database.reading() as connection:
            return read_failures(connection, limit)

    @_repaired
    def state(self) -> QueueState:
        with self._database.reading() as connection:
            return read_state(connection, self.capacity, is_sending=self._is_sending)

    @_repaired
    def recorded(self) -> list[RecordedEntry]:
        """Every entry that is kept, in order of its recording."""
        with self._database.reading() as connection:
            return read_recorded(connection)
