"""The device's outbox: one SQLite file that holds what was recorded until the server says that it may be forgotten.

What is confirmed is durable. What is kept is sealed: the device cannot read it back, and no plaintext ever reaches
the disk. Two processes may use one file; each uses an object of its own, and each object is for one lane (one touch
at a time).
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Self, Unpack

from checksync.body import Body
from checksync.check import CheckBody
from checksync.entry import encode_body
from checksync.intent import Intent, build_intent, parse_intent
from checksync.key import SigningKey
from checksync.outbox import delivery, recording, settlement
from checksync.outbox.choice import IntentChoices
from checksync.outbox.delivery import Batch, GapToReport
from checksync.outbox.error import IntentOfOtherCheckError
from checksync.outbox.recording import Confirmed
from checksync.outbox.repair import RepairedDatabase, repaired
from checksync.outbox.reservation import Lane
from checksync.outbox.state import Capacity
from checksync.outbox.telling import TellingOutbox, note_success
from checksync.push import MAX_PUSH_ENTRIES, MAX_PUSH_OCTETS, EntryOutcome
from checksync.sealing import SealingPublicKey
from checksync.statement import Acknowledgement, Closed

LONGEST_TOUCH_S: Final = 120.0
"""How long a fixed intent keeps others from recording, if its touch neither ends nor its process dies."""


class Outbox(TellingOutbox):
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
        self._signing_key = signing_key
        self._lane = Lane(path.with_name(f"{path.name}-touch"), patience_s=patience_s, longest_touch_s=longest_touch_s)
        database = RepairedDatabase(
            path,
            self._lane,
            facility,
            signing_key.verifying_key,
            busy_s=patience_s,
            connection_class=connection_class,
        )
        super().__init__(database, capacity)

    def close(self) -> None:
        """Lets go of the file; an unfinished touch is dropped."""
        self._lane.end_touch()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Outbox>"

    # Recording

    @repaired
    def begin_check(self, **choices: Unpack[IntentChoices]) -> Intent:
        """Fixes the intent of a check against the log's last hash and holds the log for the touch.

        An intent that this object fixed before is dropped. `LogReservedError` while another lane's touch lasts.
        """
        self._lane.begin_touch()
        try:
            with self._held_log(), self._database.transaction() as connection:
                target = self._database.open_log(connection)
            intent = build_intent(log=target.log, last_hash=target.hash.hex(), facility=self.facility, **choices)
        except BaseException:
            self._lane.end_touch()
            raise
        self._lane.name_touch(intent.fields.check)
        return intent

    def drop_check(self, intent: Intent) -> None:
        """The check will not be recorded: others need not wait for it."""
        self._lane.end_touch(intent.fields.check)

    @repaired
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
            target = self._database.open_log(connection)
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

    @contextmanager
    def _held_log(self) -> Iterator[None]:
        with self._lane.alone():
            # Another process may have salvaged the file while this one waited.
            self._database.follow()
            yield

    # Delivering

    @repaired
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

    @repaired
    def acknowledge(self, statement: Acknowledgement, outcomes: Sequence[EntryOutcome], at: datetime) -> int:
        """Takes a verified acknowledgement; how many entries became acknowledged by it.

        One of an earlier life of the server changes nothing, however late it comes. `AcknowledgementError` where it
        does not fit.
        """
        is_new = self._hear_of(statement.epoch)
        with self._database.transaction() as connection:
            if settlement.current_epoch(connection) != statement.epoch:
                return 0
            newly = settlement.acknowledge(connection, statement, outcomes, self._signing_key.verifying_key)
            if is_new:
                # No need to ask what the restored server has of this log: it just said so.
                settlement.resume(connection, statement.log, statement.number + 1)
            note_success(connection, at)
            return newly

    def _hear_of(self, epoch: str) -> bool:
        # By itself: that there is such a life is known, whatever else the statement says fits or does not.
        with self._database.transaction() as connection:
            return settlement.adopt_epoch(connection, epoch)

    @repaired
    def enter_life(self, epoch: str) -> bool:
        """Whether this is another life of the server: then everything kept is due again until it is acknowledged anew.

        For the word of a transport that asked just now (`Transport.present_life`), and for nothing that may come late.
        """
        with self._database.transaction() as connection:
            return settlement.enter_life(connection, epoch)

    @repaired
    def resume(self, log: str, expected: int) -> bool:
        """The server wants the log from this number on. False where this log never had it."""
        with self._database.transaction() as connection:
            return settlement.resume(connection, log, expected)

    @repaired
    def close_log(self, statement: Closed, at: datetime) -> bool:
        """Takes a verified statement that a log is closed. What the server did not take is kept, stranded, and offered.

        False where the statement is of an earlier life of the server: then it changes nothing.
        """
        self._hear_of(statement.epoch)
        with self._database.transaction() as connection:
            is_current = settlement.current_epoch(connection) == statement.epoch
            if is_current:
                settlement.close_log(connection, statement, at, self._signing_key.verifying_key)
            return is_current

    @repaired
    def abandon_log(self, log: str, why: str, at: datetime) -> None:
        """Closes a log without the server's word, because its next entry could only be a fork."""
        with self._database.transaction() as connection:
            settlement.mark_closed(connection, log, why, at)

    @repaired
    def open_successor(self) -> str:
        """The open log; a new one, naming the one before it, where that is closed. `append` does the same by itself."""
        with self._database.transaction() as connection:
            return self._database.open_log(connection).log

    @repaired
    def mark_offered(self, log: str, first: int, last: int, at: datetime) -> None:
        """The server answered to these of a closed log: it has the branch."""
        with self._database.transaction() as connection:
            settlement.mark_offered(connection, log, first, last, at)

    @repaired
    def forget(self) -> int:
        """Deletes the entries that the server has and said may be deleted; how many."""
        with self._database.transaction() as connection:
            return settlement.forget(connection, self._signing_key.verifying_key)

    @repaired
    def destroy(self, log: str, number: int) -> bool:
        """Deletes what an entry says, by the server's word that it was destroyed there; its place in the chain stays.

        False where it is not here, is empty already, or is not acknowledged: what the server has not got is never
        deleted.
        """
        with self._database.transaction() as connection:
            # Overwritten as it goes, and not when its page happens to be used again.
            connection.execute("PRAGMA secure_delete = ON")
            is_destroyed = settlement.destroy(connection, log, number)
        if is_destroyed:
            self._database.give_up_log()
        return is_destroyed

    @repaired
    def note_missing(self, log: str, first: int, last: int, at: datetime) -> None:
        """The server was told by a gap that these are gone."""
        with self._database.transaction() as connection:
            settlement.note_missing(connection, log, first, last, at)
