"""The fake that ships with the package: a server in this process, on logs in memory, behind a road that loses,
repeats, reorders and cuts.

For tests and demonstrations. It judges by the same acceptance as the real server.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from checksync.acceptance import (
    Accepted,
    AlreadyClosed,
    EnrolledDevice,
    Fork,
    Gap,
    GapAccepted,
    GapJudgement,
    PushJudgement,
    Refused,
)
from checksync.feed import FeedItem, FeedPage, encode_feed_page
from checksync.identifier import new_identifier
from checksync.key import SigningKey
from checksync.memory_log_storage import MemoryLogStorage
from checksync.problem import PREFIX, Problem, encode_problem
from checksync.push import EntryOutcome, PushAnswer, PushTooLargeError, digest_of_request, encode_push_answer
from checksync.reception import receive_gap, receive_push
from checksync.statement import Acknowledgement, Anchor, Closed, sign
from checksync.transport import Reply, TransportError

T = TypeVar("T")


class Fault(StrEnum):
    """What the road does to one call."""

    NONE = "none"
    LOSE_REQUEST = "lose_request"
    LOSE_ANSWER = "lose_answer"
    CUT_ANSWER = "cut_answer"
    REPEAT_REQUEST = "repeat_request"
    LATE_ANSWER = "late_answer"
    """The answer to an earlier call comes instead."""
    PORTAL = "portal"
    BUSY = "busy"
    FAIL_BEFORE_COMMIT = "fail_before_commit"


_PORTAL: Final = Reply(200, b"<html>Welcome! Please accept our terms.</html>")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs what never waits for anything; the storage in memory does not."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("the storage in memory waited for something")


@dataclass
class DirectServer:
    """What a server keeps: logs, epoch, feed. `forgettable` tells how far a backup holds a log."""

    key: SigningKey
    facility: str
    now: Callable[[], datetime]
    epoch: str = field(default_factory=new_identifier)
    storage: MemoryLogStorage = field(default_factory=MemoryLogStorage)
    forgettable: Callable[[str], int] = lambda _: 0
    feed: list[FeedItem] = field(default_factory=list)
    feed_page_size: int = 100

    def snapshot(self) -> MemoryLogStorage:
        """A backup as of now."""
        return self.storage.copied()

    def restore(self, backup: MemoryLogStorage) -> None:
        """A new life begins from a backup."""
        self.storage = backup.copied()
        self.epoch = new_identifier()

    def receive_entries(self, log: str, body: bytes, device: EnrolledDevice) -> Reply:
        try:
            judgement = run(self._receive(log, body, device, is_gap=False))
        except PushTooLargeError as error:
            return _problem(413, "push-too-large", limit=error.limit)
        return self._answer(log, judgement, digest_of_request(body))

    def receive_gap(self, log: str, body: bytes, device: EnrolledDevice) -> Reply:
        return self._answer(log, run(self._receive(log, body, device, is_gap=True)), digest_of_request(body))

    async def _receive(
        self, log: str, body: bytes, device: EnrolledDevice, *, is_gap: bool
    ) -> PushJudgement | GapJudgement:
        async with self.storage.transaction() as storage:
            if is_gap:
                return await receive_gap(storage, log, body, device)
            return await receive_push(storage, log, body, device)

    def _answer(self, log: str, judgement: PushJudgement | GapJudgement, request: str) -> Reply:
        match judgement:
            case Accepted():
                had = [EntryOutcome(number=number, outcome="already_had") for number in judgement.already_had]
                new = [EntryOutcome(number=entry.number, outcome="accepted") for entry in judgement.new]
                return self._success(log, [*had, *new], request)
            case GapAccepted():
                return self._success(log, [], request)
            case Gap():
                return _problem(409, "push-gap", expected=judgement.expected)
            case Fork() | AlreadyClosed():
                return _problem(409, "log-closed", statement=self._closed(log), answers=request)
            case Refused():  # pragma: no branch - there is no other judgement
                return _problem(422, "push-refused", reason=judgement.reason)

    def _success(self, log: str, outcomes: list[EntryOutcome], request: str) -> Reply:
        stored = self.storage.logs[log]
        statement = Acknowledgement(
            epoch=self.epoch,
            log=log,
            number=stored.number,
            hash=stored.hash.hex(),
            forgettable=min(self.forgettable(log), stored.number),
            time=self.now(),
        )
        anchor = Anchor(id=new_identifier(), epoch=self.epoch, facility=self.facility, time=self.now())
        answer = PushAnswer(
            acknowledgement=sign(statement, self.key),
            outcomes=outcomes,
            anchor=sign(anchor, self.key),
            answers=request,
        )
        return Reply(200, encode_push_answer(answer))

    def _closed(self, log: str) -> str:
        stored = self.storage.logs[log]
        statement = Closed(
            epoch=self.epoch, log=log, number=stored.number, hash=stored.hash.hex(), time=self.now(), why="fork"
        )
        return sign(statement, self.key)

    def get_feed(self, after: str | None) -> Reply:
        epoch, _, place = (after or "").partition(".")
        start = int(place) if epoch == self.epoch else 0
        items = self.feed[start : start + self.feed_page_size]
        end = start + len(items)
        page = FeedPage(epoch=self.epoch, items=items, cursor=f"{self.epoch}.{end}", more=end < len(self.feed))
        return Reply(200, encode_feed_page(page))


def _problem(status: int, name: str, **members: Any) -> Reply:
    return Reply(status, encode_problem(Problem(type=PREFIX + name, status=status, **members)))


class DirectTransport:
    """The road between one device and a `DirectServer`; `fault` says what it does to each call."""

    def __init__(
        self, server: DirectServer, device: EnrolledDevice, fault: Callable[[], Fault] = lambda: Fault.NONE
    ) -> None:
        self.server = server
        self.device = device
        self.fault = fault
        self.calls = 0
        self._late: list[Reply] = []

    def post_entries(self, log: str, body: bytes) -> Reply:
        return self._carry(lambda: self.server.receive_entries(log, body, self.device))

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._carry(lambda: self.server.receive_gap(log, body, self.device))

    def get_feed(self, after: str | None) -> Reply:
        return self._carry(lambda: self.server.get_feed(after))

    def present_life(self) -> str:
        """No fault comes upon it: a late answer would not be taken for it, and a lost one is as no call at all."""
        return self.server.epoch

    def _carry(self, ask: Callable[[], Reply]) -> Reply:
        self.calls += 1
        fault = self.fault()
        match fault:
            case Fault.LOSE_REQUEST:
                raise TransportError("no-connection")
            case Fault.PORTAL:
                return _PORTAL
            case Fault.BUSY:
                return Reply(503, encode_problem(Problem(type=PREFIX + "server-busy")), "7")
            case Fault.FAIL_BEFORE_COMMIT:
                # As a real server whose commit fails: nothing stored, no acknowledgement.
                kept = self.server.storage.copied()
                ask()
                self.server.storage = kept
                return Reply(500, b"")
            case Fault.REPEAT_REQUEST:
                ask()
        reply = ask()
        self._late.append(reply)
        match fault:
            case Fault.LOSE_ANSWER:
                raise TransportError("timeout")
            case Fault.CUT_ANSWER:
                return Reply(reply.status, reply.body[: len(reply.body) // 2])
            case Fault.LATE_ANSWER:
                return self._late[0]
        return reply
