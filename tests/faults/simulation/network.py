"""The road between one process of a device and the server: what it loses, repeats, delays, cuts and makes up."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from faults.simulation.plan import Fault, Plan
from faults.simulation.server import Call, SimulatedServer, problem
from faults.simulation.world import Task, World

import checksync as cs
from checksync.push import decode_push, encode_push
from checksync.transport import NoAnswer, Reply, TransportError

PATIENCE_S = 30.0
LATEST_REPEAT_S = 3_600.0
"""A repeated request may come this much later: no connection lives longer, no proxy keeps one longer."""

_PORTAL = Reply(200, b"<html>Welcome! Please accept our terms.</html>")
_BAD_GATEWAY = Reply(502, b"<html>Bad gateway</html>")


@dataclass
class Link:
    """A device's connection; several processes share it."""

    is_up: bool = True
    is_quiet: bool = False
    """No fault any more: the schedule is over and everything is to arrive."""
    answers: list[tuple[Call, Reply]] = field(default_factory=list)
    """For the fault that an old answer comes again: to a call of the same kind to the same address."""


class Road:
    """`Transport` on virtual time. While a call waits, everything else goes on."""

    def __init__(
        self, world: World, plan: Plan, server: SimulatedServer, device: cs.EnrolledDevice, link: Link, task: Task
    ) -> None:
        self._world = world
        self._plan = plan
        self._server = server
        self._device = device
        self._link = link
        self._task = task

    def post_entries(self, log: str, body: bytes) -> Reply:
        return self._carry(Call("entries", log, body))

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._carry(Call("gaps", log, body))

    def get_feed(self, after: str | None) -> Reply:
        return self._carry(Call("feed", "", b"", after))

    def present_life(self) -> str:
        """Asked anew, and a late answer is none: the anchor in it would be to another assertion."""
        nonce = self._world.random.getrandbits(48).to_bytes(6, "big")
        reply = self._carry(Call("life", "", nonce))
        if reply.status != 200 or not reply.body.startswith(nonce):
            raise TransportError("no-token")
        return reply.body[len(nonce) :].decode()

    def _fault(self) -> Fault | None:
        plan = self._plan
        if self._link.is_quiet or not plan.road_faults or not self._world.chance(plan.fault_rate):
            return None
        return self._world.random.choice(plan.road_faults)

    def _latency_s(self) -> float:
        return 0.01 + self._world.random.expovariate(20.0)

    def _carry(self, call: Call) -> Reply:
        fault = self._fault()
        if fault is not None:
            self._world.count(fault.value)
        self._world.note(f"{self._device.key.thumbprint[:4]} {call.kind} {len(call.body)} {fault or ''}")
        if not self._link.is_up:
            self._task.sleep(self._latency_s())
            raise TransportError("no-connection")
        made_up = self._made_up(fault, call)
        if made_up is not None:
            self._task.sleep(self._latency_s())
            return made_up
        if fault is Fault.DAMAGE_REQUEST:
            call = _damaged(call, self._world)
        wake = self._task.waker()
        self._world.after(PATIENCE_S, lambda: wake(TransportError("timeout")))
        if fault is not Fault.LOSE_REQUEST:
            slow_s = self._world.random.uniform(1.0, 1.2 * PATIENCE_S) if fault is Fault.SLOW else 0.0
            self._world.after(self._latency_s() + slow_s, lambda: self._arrive(call, fault, wake))
        if fault is Fault.REPEAT_REQUEST:
            late_s = self._world.random.choice((0.05, 5.0, LATEST_REPEAT_S)) * self._world.random.random()
            self._world.after(late_s, lambda: self._repeat(call))
        found = self._task.wait()
        if isinstance(found, TransportError):
            raise found
        assert isinstance(found, Reply)
        return found

    def _made_up(self, fault: Fault | None, call: Call) -> Reply | None:
        match fault:
            case Fault.PORTAL:
                return _PORTAL
            case Fault.BAD_GATEWAY:
                return _BAD_GATEWAY
            case Fault.BUSY:
                return problem(self._world.random.choice((429, 503)), "server-busy")
            case Fault.TOO_LARGE:
                return problem(413, "push-too-large", limit=1000)
            case Fault.TOKEN_EXPIRED:
                return problem(401, "token-not-valid")
            case Fault.LATE_ANSWER:
                address = (call.kind, call.log, call.after)
                same = [reply for old, reply in self._link.answers if (old.kind, old.log, old.after) == address]
                return self._world.random.choice(same) if same else None
        return None

    def _arrive(self, call: Call, fault: Fault | None, wake: Callable[[object], None]) -> None:
        if self._server.is_down or not self._link.is_up:
            self._world.after(self._latency_s(), lambda: wake(_no_answer("no-connection")))
            return
        reply = self._server.handle(call, self._device, fail_before_commit=fault is Fault.FAIL_BEFORE_COMMIT)
        self._link.answers = [*self._link.answers[-9:], (call, reply)]
        if fault is Fault.LOSE_ANSWER:
            return
        if fault is Fault.CUT_ANSWER:
            reply = Reply(reply.status, reply.body[: len(reply.body) // 2])
        self._world.after(self._latency_s(), lambda: wake(reply) if self._link.is_up else None)

    def _repeat(self, call: Call) -> None:
        if not self._server.is_down:
            self._server.handle(call, self._device)


def _no_answer(name: NoAnswer) -> TransportError:
    return TransportError(name)


def _damaged(call: Call, world: World) -> Call:
    """One octet is another: of the JSON, or of an entry in it. What comes of it is the same for every key."""
    chance = world.random
    place = chance.getrandbits(30)
    if call.kind == "entries" and chance.random() < 0.5:
        push = decode_push(call.body)
        index = place % len(push.sealed)
        octets = bytearray(push.sealed[index])
        octets[place % len(octets)] ^= 1 << place % 8
        sealed = [*push.sealed[:index], bytes(octets), *push.sealed[index + 1 :]]
        return Call(call.kind, call.log, encode_push(msgspec.structs.replace(push, sealed=sealed)))
    octets = bytearray(call.body)
    if octets:
        octets[place % len(octets)] = 0
    return Call(call.kind, call.log, bytes(octets), call.after)
