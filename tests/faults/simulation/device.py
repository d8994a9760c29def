"""A device of a schedule: the real outbox on a real file, the real push client, and a person who records.

Lanes (one touch at a time each) and the sender are processes of their own on one file. What survives a death is the
folder and the keys.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from faults.simulation import disk
from faults.simulation.ledger import Confirmed, Ledger, require
from faults.simulation.network import Link, Road
from faults.simulation.plan import Plan
from faults.simulation.server import SimulatedServer
from faults.simulation.world import DeathError, Task, World
from harness.outbox_device import begin, check_of, trouble

import checksync as cs
from checksync.client import SyncClient
from checksync.outbox import (
    Capacity,
    IntentOutdatedError,
    LogReservedError,
    Outbox,
    OutboxError,
    QueueFullError,
    QueueState,
)
from checksync.received import ReceivedStore

SETTLED_S = 120.0


class Process:
    """One process of a device: its own outbox object on the device's file."""

    def __init__(self, device: "SimulatedDevice", act: Callable[["Process"], None]) -> None:
        self.device = device
        self.connections: list[disk.MortalConnection] = []
        self._act = act
        self.outbox: Outbox | None = None
        self.is_idle = False
        """It sends, and has nothing to send."""
        self.is_done = False
        """It came to its own end, and did not die."""
        self.task = Task(device.world, self._live)

    def _live(self, task: Task) -> None:
        try:
            try:
                self.outbox = self.device.open_outbox(self._connect)
            except OutboxError as error:
                # The file cannot be used now: the person starts the program again.
                self.device.world.note(f"{self.device.name} {type(error).__name__} at opening")
                return
            self._act(self)
            self.is_done = True
        except DeathError:
            if any(connection.is_dead for connection in self.connections):
                self.device.world.count("death_inside_a_write")
            raise
        finally:
            self._let_go()

    def _connect(self, *arguments: object, **named: object) -> disk.MortalConnection:
        connection = disk.MortalConnection(*arguments, **named)  # type: ignore[arg-type]
        self.connections.append(connection)
        if self.device.is_disk_full:
            connection.fill()
        return connection

    def _let_go(self) -> None:
        """As the operating system does when a process is gone."""
        if self.outbox is not None:
            with contextlib.suppress(DeathError, OutboxError):
                self.outbox.close()
        for connection in self.connections:
            connection.close()

    def may_die(self) -> None:
        """The next few statements may be the last."""
        world, plan = self.device.world, self.device.plan
        for connection in self.connections:
            connection.calls_left = 0
            if not self.device.is_calm and world.chance(plan.deaths):
                connection.calls_left = world.random.randint(1, 14)
                connection.dies_after = world.chance(0.5)


class SimulatedDevice:
    def __init__(
        self,
        world: World,
        plan: Plan,
        server: SimulatedServer,
        ledger: Ledger,
        folder: Path,
        name: str,
        *,
        key: cs.SigningKey,
        sealing_key: cs.SealingPublicKey,
        entries: int,
    ) -> None:
        self.world, self.plan, self.server, self.ledger = world, plan, server, ledger
        self.folder, self.name, self.key, self.sealing_key = folder, name, key, sealing_key
        self.entries_left = entries
        self.link = Link()
        self.is_calm = False
        """The schedule's faults are over."""
        self.is_disk_full = False
        self.clock_offset_s = 0.0
        self.processes: list[Process] = []
        self.unfinished: cs.CheckBody | None = None
        self.feed_seen: set[str] = set()
        self.is_cut_off = False
        """Revoked: what it has not sent stays on it."""
        self.final_state: QueueState | None = None
        self.final_logs: dict[str, disk.LogOnDevice] = {}
        self._life = 0
        self._history: dict[tuple[str, int], str] = {}
        """What it confirmed since its storage began or went back: the hash of each log and number."""
        self._images: dict[Path, dict[tuple[str, int], str]] = {}

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}-{self._life}.db"

    @property
    def enrolled(self) -> cs.EnrolledDevice:
        return cs.EnrolledDevice(self.server.store.facility, self.key.verifying_key)

    @property
    def is_on(self) -> bool:
        return any(process.task.is_alive for process in self.processes)

    def clock(self) -> datetime:
        """What the device believes."""
        drift_s = 0.0 if self.is_calm else self.world.now_s * self.plan.clock_drift
        return self.world.now + timedelta(seconds=self.clock_offset_s + drift_s)

    def open_outbox(self, connect: Callable[..., disk.MortalConnection]) -> Outbox:
        octets = self.plan.capacity_octets
        return Outbox(
            self.path,
            facility=self.server.store.facility,
            signing_key=self.key,
            sealing_key=self.sealing_key,
            capacity=Capacity() if octets is None or self.is_calm else Capacity(octets),
            patience_s=0.0,
            connection_class=connect,  # type: ignore[arg-type]
        )

    # Lives

    def start(self) -> None:
        """Battery in: every lane and the sender."""
        if any(process.task.is_alive for process in self.processes):
            # One that died beside it is started again by its user (`restart_dead`).
            return
        self.processes = []
        self.world.note(f"{self.name} starts")
        for _ in range(self.plan.lanes):
            self.processes.append(Process(self, self._record_day))
        self.processes.append(Process(self, self._send))

    def nudge(self) -> None:
        """Something is recorded: a sender that sleeps for want of work wakes."""
        for process in self.processes:
            if process.is_idle:
                process.task.nudge()

    def stop(self, *, keep: bool = True) -> None:
        """Battery out: everything stops where it is, and what was on the disk at that moment is what there is."""
        before = self.path
        self._life += 1
        if keep:
            disk.copy_files(before, self.path)
        for process in self.processes:
            process.task.kill()
        self.processes.clear()

    def finish(self) -> None:
        """The end of the schedule: what the device says of itself, and what is on its disk."""
        for process in self.processes:
            process.task.kill()
        connections: list[disk.MortalConnection] = []

        def connect(*arguments: object, **named: object) -> disk.MortalConnection:
            connections.append(disk.MortalConnection(*arguments, **named))  # type: ignore[arg-type]
            return connections[-1]

        with self.open_outbox(connect) as outbox:
            self.final_state = outbox.state()
            self.check_forgetting(connections[-1])
            self.final_logs = connections[-1].logs()

    def roll_back_to(self, image: Path | None) -> None:
        """The tablet is restored from an image of its storage, or wiped."""
        self.stop(keep=False)
        if image is not None:
            disk.copy_files(image, self.path)
        kept = disk.entries_on(self.path) if image is not None else {}
        logs = disk.logs_on(self.path) if image is not None else {}
        self._history = {} if image is None else dict(self._images[image])
        for entry in self.ledger.of_device(self.name):
            place = (entry.log, entry.number)
            found = kept.get(place)
            log = logs.get(entry.log)
            # Forgotten at the image's time is what its own history had there, not what a later one confirmed.
            is_forgotten = (
                log is not None and entry.number <= log.base_number and self._history.get(place) == entry.hash
            )
            if not is_forgotten and (found is None or found.hash.hex() != entry.hash):
                entry.excuses.add("rolled_back")
        for key in [key for key in self.ledger.bases if key[0] == self.name]:
            del self.ledger.bases[key]
        self.unfinished = None
        self.world.count("rolled_back" if image else "wiped")
        self.world.note(f"{self.name} is rolled back" if image else f"{self.name} is wiped")

    def image(self) -> Path:
        target = self.folder / f"{self.name}-image-{self.world.random.getrandbits(32):x}.db"
        disk.copy_files(self.path, target)
        self._images[target] = dict(self._history)
        return target

    def restart_dead(self) -> None:
        """A process that died is started again by its user."""
        for index, process in enumerate(self.processes):
            if not process.task.is_alive and not process.is_done:
                self.processes[index] = Process(self, process._act)

    def fill_disk(self, is_full: bool) -> None:
        self.is_disk_full = is_full
        for process in self.processes:
            for connection in process.connections if process.task.is_alive else ():
                connection.fill() if is_full else connection.clear()

    # Recording

    def _record_day(self, process: Process) -> None:
        mean_s = self.plan.duration_s * self.plan.devices * self.plan.lanes / max(1, self.plan.entries)
        while self.entries_left > 0:
            pause_s = self.world.random.expovariate(1.0 / mean_s)
            process.task.sleep(min(pause_s, SETTLED_S) if self.is_calm else pause_s)
            burst = self.world.random.randint(5, 60) if self.world.chance(self.plan.bursts) else 1
            if self.is_calm:
                burst = self.world.random.randint(1, max(1, self.entries_left))
            for _ in range(burst):
                # A touch takes its time, and the other lane records meanwhile.
                if self.entries_left <= 0:
                    return
                self._record_one(process)

    def _record_one(self, process: Process) -> None:
        assert process.outbox is not None
        self.entries_left -= 1
        process.may_die()
        if self.unfinished is not None and self.world.chance(0.7):
            body, self.unfinished = self.unfinished, None
            self._append(process, body, body.check, "check")
        elif self.world.chance(self.plan.checks):
            self._touch(process)
        else:
            token = self.ledger.new_token()
            self._append(process, trouble(token), token, "trouble")

    def _touch(self, process: Process) -> None:
        outbox = process.outbox
        assert outbox is not None
        token = self.ledger.new_token()
        try:
            intent = begin(outbox, token)
        except (LogReservedError, QueueFullError) as error:
            self.world.note(f"{self.name} no touch: {type(error).__name__}")
            return
        if self.world.chance(self.plan.slow_touches):
            process.task.sleep(self.world.random.uniform(1.0, 40.0))
        self._append(process, check_of(intent), token, "check")

    def _append(self, process: Process, body: cs.Body, token: str, kind: str) -> None:
        assert process.outbox is not None
        at = self.clock()
        process.outbox.sealing_key = self.sealing_key
        self.ledger.times[token].add(cs.time_text(at))
        try:
            confirmed = process.outbox.append(body, at)
        except DeathError:
            self.ledger.in_doubt.add(token)
            if isinstance(body, cs.CheckBody):
                self.unfinished = body
            raise
        except OutboxError as error:
            # The person is told that it was not recorded.
            if isinstance(error, QueueFullError):
                self.world.count("queue_full")
            self.world.note(f"{self.name} not recorded: {type(error).__name__}")
            self.ledger.refuse(token)
            require(
                isinstance(error, QueueFullError | IntentOutdatedError | LogReservedError), "I1", type(error).__name__
            )
            return
        self.world.note(f"{self.name} {kind} {confirmed.number} of {self.ledger.name(confirmed.log)}")
        self._history[confirmed.log, confirmed.number] = confirmed.hash
        self.ledger.confirm(Confirmed(self.name, confirmed.log, confirmed.number, confirmed.hash, token, kind))
        if self.world.chance(0.25):
            self.world.after(0.1, self.nudge)

    # Sending

    def _send(self, process: Process) -> None:
        outbox = process.outbox
        assert outbox is not None
        road = Road(self.world, self.plan, self.server, self.enrolled, self.link, process.task)
        client = SyncClient(
            outbox,
            road,
            self.server.key.verifying_key,
            now=self.clock,
            chance=self.world.random.random,
        )
        received = ReceivedStore(self.folder / f"{self.name}-received-{self.world.random.getrandbits(48):x}.db")
        self.feed_seen.clear()
        try:
            while not self._send_once(process, client, received):
                pass
        finally:
            received.close()

    def _send_once(self, process: Process, client: SyncClient, received: ReceivedStore) -> bool:
        """One round and the wait after it; whether nothing can come any more."""
        assert process.outbox is not None
        process.may_die()
        is_complete = False
        # What was asked under the schedule's faults may be answered by one of them after they are over.
        was_calm = self.is_calm
        try:
            report = client.push()
            delay_s = client.next_delay_s(report)
            is_complete = report.is_complete and not report.failures
            self.world.count("log_closed", len(report.closed_logs))
            self.world.count("gap_told", report.gaps)
            self.world.note(f"{self.name} pushed {report.acknowledged}: {[f.name for f in report.failures]}")
            if not report.failures:
                items, failure = client.fetch_feed(received)
                self.feed_seen |= {item.id for item in items}
                if failure is not None:
                    delay_s = self.world.random.uniform(1.0, SETTLED_S)
                    is_complete = False
        except OutboxError as error:
            self.world.note(f"{self.name} cannot send: {type(error).__name__}")
            delay_s = 60.0
        self.check_forgetting(process.connections[-1])
        if was_calm and is_complete and self.entries_left <= 0 and self._is_settled(process):
            return True
        process.is_idle = delay_s == 0.0
        idle_s = self.world.random.uniform(1.0, SETTLED_S if self.is_calm else max(SETTLED_S, self.plan.duration_s / 8))
        process.task.sleep(delay_s or idle_s)
        process.is_idle = False
        return False

    def _is_settled(self, process: Process) -> bool:
        """The feed may have told of a new life, which makes everything due again."""
        assert process.outbox is not None
        return process.outbox.pending(1) is None and not any(
            other.task.is_alive for other in self.processes if other is not process
        )

    def check_forgetting(self, connection: disk.MortalConnection) -> None:
        """I2: nothing goes from the device but by a statement that it is committed and may be forgotten."""
        for log in connection.logs().values():
            before = self.ledger.bases[self.name, log.log]
            if log.base_number > before:
                require(
                    any(
                        issued.number >= log.base_number and issued.forgettable >= log.base_number
                        for issued in self.ledger.issued[log.log]
                    ),
                    "I2", f"forgotten up to {log.base_number} without leave",
                )  # fmt: skip
                self.ledger.bases[self.name, log.log] = log.base_number
