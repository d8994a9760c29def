"""Every state and every event of docs/protocol/sync-v1.md, sections 7 and 8, brought about with the real code.

`device_cell` and `server_cell` say what a cell of the tables comes to.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from harness.device_log import DeviceLog
from harness.outbox_device import AT, FACILITY, Device, trouble

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport
from checksync.outbox import Capacity, QueueFullError, QueueName
from checksync.problem import PREFIX, Problem, encode_problem
from checksync.push import PushAnswer, decode_push, encode_push_answer
from checksync.transport import NoAnswer, Reply, TransportError

OTHER_EPOCH = "e2" * 16


class DeviceUnderSpecification:
    """A device in a named state; an event happens to it, and it is in a state again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.device = Device(folder)
        self.server = DirectServer(self.device.server_key, FACILITY, self.device.now)
        self.capacity = Capacity()
        self.outbox = self.device.outbox()
        self.answer: Callable[[str, bytes], Reply] = self.take
        self._inner = DirectTransport(self.server, cs.EnrolledDevice(FACILITY, self.device.key.verifying_key))
        self.calls = 0
        self.seen: list[QueueName] = []

    # The road

    def post_entries(self, log: str, body: bytes) -> Reply:
        self.calls += 1
        self.seen.append(self.name)
        return self.answer(log, body)

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._inner.post_gap(log, body)

    def get_feed(self, after: str | None) -> Reply:
        return self._inner.get_feed(after)

    def take(self, log: str, body: bytes) -> Reply:
        return self._inner.post_entries(log, body)

    def run(self, answer: Callable[[str, bytes], Reply] | None = None) -> None:
        self.answer = answer or self.take
        client = SyncClient(
            self.outbox, self, self.device.server_key.verifying_key, now=self.device.now, chance=lambda: 0.0
        )
        client.push()

    @property
    def name(self) -> QueueName:
        return self.outbox.state().name

    def record(self) -> None:
        self.outbox.append(trouble("x"), AT)

    def restart(self) -> None:
        self.outbox.close()
        self.outbox = self.device.outbox(capacity=self.capacity)

    # Answers

    def no_answer(self, name: NoAnswer) -> Callable[[str, bytes], Reply]:
        def answer(log: str, body: bytes) -> Reply:
            raise TransportError(name)

        return answer

    def problem(self, status: int, name: str, **members: object) -> Callable[[str, bytes], Reply]:
        reply = Reply(status, encode_problem(Problem(type=PREFIX + name, status=status, **members)))  # type: ignore[arg-type]
        return lambda log, body: reply

    def first(self, answer: Callable[[str, bytes], Reply]) -> Callable[[str, bytes], Reply]:
        """Once so, and then as a server in order would."""
        answers = iter([answer])
        return lambda log, body: next(answers, self.take)(log, body)

    def closed(self, log: str, body: bytes) -> Reply:
        statement = cs.Closed(epoch=self.server.epoch, log=log, number=0, hash=log, time=self.device.now(), why="fork")
        signed = cs.sign(statement, self.device.server_key)
        return self.problem(409, "log-closed", statement=signed, answers=cs.digest_of_request(body))(log, body)

    def ahead(self, log: str, body: bytes) -> Reply:
        push = decode_push(body)
        statement = cs.Acknowledgement(
            epoch=self.server.epoch, log=log, number=10_000, hash="ab" * 32, time=self.device.now()
        )
        outcomes = [cs.EntryOutcome(number=n, outcome="already_had") for n in range(push.first, push.last + 1)]
        signed = cs.sign(statement, self.device.server_key)
        answer = PushAnswer(
            acknowledgement=signed, outcomes=outcomes, anchor=signed, answers=cs.digest_of_request(body)
        )
        return Reply(200, encode_push_answer(answer))

    # States

    def enter(self, state: QueueName) -> None:
        # One entry is acknowledged already; two wait, where any do.
        self.record()
        self.run()
        if state not in {QueueName.EMPTY, QueueName.CLOSED}:
            self.record()
            self.record()
        match state:
            case QueueName.HELD_BACK:
                self.run(self.no_answer("no-connection"))
            case QueueName.CLOCK_WRONG:
                self.run(self.no_answer("clock-wrong"))
            case QueueName.CLOSED:
                log = self.outbox.state().log
                assert log is not None
                self.outbox.abandon_log(log, "fork", AT)
            case QueueName.FULL:
                self.capacity = Capacity(1)
                self.restart()
        self.seen.clear()

    # Events

    def happen(self, event: str) -> None:
        match event:
            case "an entry is recorded":
                try:
                    self.record()
                except QueueFullError:
                    assert self.name is QueueName.FULL
            case "a run: everything is acknowledged":
                self.run()
            case "a run: acknowledged, and forgettable":
                self.server.forgettable = lambda log: 1 << 40
                self.run()
            case "a run: no answer":
                self.run(self.no_answer("timeout"))
            case "a run: TLS fails on the clock":
                self.run(self.no_answer("clock-wrong"))
            case "a run: an answer that does not verify":
                self.run(lambda log, body: Reply(200, b"<html>"))
            case "a run: `push-refused`":
                self.run(self.problem(422, "push-refused", reason="chain"))
            case "a run: `push-gap` for a number that it has":
                self.run(self.first(self.problem(409, "push-gap", expected=1)))
            case "a run: `push-too-large`, then taken":
                self.run(self.first(self.problem(413, "push-too-large", limit=1000)))
            case "a run: `log-closed`":
                self.run(self.first(self.closed))
            case "a run: the server is ahead":
                self.run(self.first(self.ahead))
            case "a run: `server-busy`":
                self.run(self.problem(503, "server-busy"))
            case "a run: `token-not-valid` or `device-revoked`":
                self.run(self.problem(403, "device-revoked"))
            case "a new epoch is heard of":
                self.outbox.enter_life(self.server.epoch)
                self.outbox.enter_life(OTHER_EPOCH)
            case "the process starts again":
                self.restart()
            case _:
                raise KeyError(event)


DEVICE_EVENTS = (
    "an entry is recorded",
    "a run: everything is acknowledged",
    "a run: acknowledged, and forgettable",
    "a run: no answer",
    "a run: TLS fails on the clock",
    "a run: an answer that does not verify",
    "a run: `push-refused`",
    "a run: `push-gap` for a number that it has",
    "a run: `push-too-large`, then taken",
    "a run: `log-closed`",
    "a run: the server is ahead",
    "a run: `server-busy`",
    "a run: `token-not-valid` or `device-revoked`",
    "a new epoch is heard of",
    "the process starts again",
)


def device_cell(folder: Path, state: QueueName, event: str) -> QueueName:
    """The state after the event."""
    under = DeviceUnderSpecification(folder)
    try:
        under.enter(state)
        if state is not QueueName.SENDING:
            assert under.name is state, (under.name, state)
            under.happen(event)
        elif event.startswith("a run: "):
            # The answer to what is being sent.
            under.happen(event)
            assert under.seen[0] is QueueName.SENDING
        elif event == "the process starts again":
            with under.outbox.sending():
                assert under.name is QueueName.SENDING
                under.restart()
        else:
            with under.outbox.sending():
                assert under.name is QueueName.SENDING
                under.happen(event)
                return under.name
        return under.name
    finally:
        under.outbox.close()


SERVER_STATES = ("unknown", "open", "closed")
SERVER_EVENTS = (
    "the next entries",
    "the same push again",
    "held and next entries together",
    "entries beyond the next number",
    "other octets under a number that it has",
    "damaged octets",
    "a push of another device",
    "no push at all",
    "a signed gap from the next number",
    "a signed gap that it has",
    "a signed gap beyond the next number",
    "a signed gap over another history",
    "a number that was declared gone",
)


def server_cell(state: str, event: str) -> str:
    """The answer, and the state after it."""
    return asyncio.run(_server_cell(state, event))


async def _server_cell(state: str, event: str) -> str:
    storage = cs.MemoryLogStorage()
    log = DeviceLog()
    log.record(*"ab")
    twin = log.clone()
    log.record(*"cdefg")
    twin.record(*"CDEFG")
    has = 0

    async def push(sender: DeviceLog, octets: bytes, device: cs.EnrolledDevice | None = None) -> object:
        async with storage.transaction() as transaction:
            return await cs.receive_push(transaction, log.log, octets, device or sender.device)

    async def gap(octets: bytes) -> object:
        async with storage.transaction() as transaction:
            return await cs.receive_gap(transaction, log.log, octets, log.device)

    if state != "unknown":
        assert isinstance(await push(log, log.push(1, 2)), cs.Accepted)
        assert isinstance(await gap(log.gap(3, 3)), cs.GapAccepted)
        assert isinstance(await push(log, log.push(4, 4)), cs.Accepted)
        has = 4
    if state == "closed":
        assert isinstance(await push(twin, twin.push(3, 3)), cs.Fork)
    before = storage.logs.get(log.log)
    held = None if before is None else (before.number, before.hash)
    match event:
        case "the next entries":
            judged = await push(log, log.push(has + 1, has + 1))
        case "the same push again":
            judged = await push(log, log.push(1, 2))
            again = await push(log, log.push(1, 2))
            assert type(again) is type(judged)
        case "held and next entries together":
            judged = await push(log, log.push(max(has, 1), has + 2))
        case "entries beyond the next number":
            judged = await push(log, log.push(has + 2, has + 3))
        case "other octets under a number that it has":
            judged = await push(twin, twin.push(2 if has else 1, 4 if has else 2))
        case "damaged octets":
            sealed = [log.sealed[has][:-1] + bytes([log.sealed[has][-1] ^ 1])]
            judged = await push(log, log.push(has + 1, has + 1, sealed=sealed))
        case "a push of another device":
            judged = await push(log, log.push(1, 2), DeviceLog().device)
        case "no push at all":
            judged = await push(log, b"<html>")
        case "a signed gap from the next number":
            judged = await gap(log.gap(has + 1, has + 1))
        case "a signed gap that it has":
            judged = await gap(log.gap(3, 3))
        case "a signed gap beyond the next number":
            judged = await gap(log.gap(has + 2, has + 2))
        case "a signed gap over another history":
            judged = await gap(twin.gap(has, has + 1) if has else twin.gap(1, 1))
        case "a number that was declared gone":
            judged = await push(log, log.push(3, 4))
        case _:
            raise KeyError(event)
    after = storage.logs.get(log.log)
    name = "unknown" if after is None else "closed" if after.is_closed else "open"
    if state == "closed":
        assert after is not None
        assert (after.number, after.hash) == held
    return f"{_ANSWERS[type(judged)]} → {name}"


_ANSWERS = {
    cs.Accepted: "acknowledged",
    cs.GapAccepted: "acknowledged",
    cs.Gap: "`push-gap`",
    cs.Fork: "`log-closed`",
    cs.AlreadyClosed: "`log-closed`",
    cs.Refused: "`push-refused`",
}
