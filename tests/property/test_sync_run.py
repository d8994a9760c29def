"""A device and a server over any road, through restores, restarts and forgetting: nothing lost, nothing twice."""

import tempfile
from pathlib import Path

from harness.outbox_device import AT, FACILITY, Device, trouble
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, DirectTransport, Fault
from checksync.memory_log_storage import MemoryLogStorage


class SyncMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.device = Device(Path(self.folder.name))
        self.server = DirectServer(self.device.server_key, FACILITY, self.device.now)
        self.backup = self.server.snapshot()
        self.server.forgettable = self._held_by_backup
        self.faults: list[Fault] = []
        self.confirmed: list[tuple[int, str]] = []
        self.outbox = self.device.outbox()
        self._connect()

    def _connect(self) -> None:
        enrolled = cs.EnrolledDevice(FACILITY, self.device.key.verifying_key)
        road = DirectTransport(self.server, enrolled, lambda: self.faults.pop(0) if self.faults else Fault.NONE)
        self.client = SyncClient(
            self.outbox, road, self.device.server_key.verifying_key, now=self.device.now, chance=lambda: 0.5
        )

    def _held_by_backup(self, log: str) -> int:
        stored = self.backup.logs.get(log)
        return 0 if stored is None else stored.number

    @rule(count=st.integers(1, 4))
    def record(self, count: int) -> None:
        for _ in range(count):
            note = f"note {len(self.confirmed) + 1}"
            self.confirmed.append((self.outbox.append(trouble(note), AT).number, note))

    @rule(faults=st.lists(st.sampled_from(list(Fault)), max_size=4))
    def push(self, faults: list[Fault]) -> None:
        self.faults = faults
        report = self.client.push()
        assert report.is_complete or report.failures
        self.faults = []

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = self.device.outbox()
        self._connect()

    @rule()
    def back_up(self) -> None:
        self.backup = self.server.snapshot()

    @rule()
    def restore(self) -> None:
        self.server.restore(self.backup)

    @invariant()
    def what_is_acknowledged_or_gone_is_only_what_the_device_may_let_go(self) -> None:
        if not hasattr(self, "outbox"):
            return
        kept = {row.number for row in self.outbox.recorded()}
        held = next(iter(self.backup.logs.values())).number if self.backup.logs else 0
        assert {number for number, _ in self.confirmed if number > held} <= kept

    def teardown(self) -> None:
        if not hasattr(self, "outbox"):
            return
        self.record(1)
        reports = [self.client.push() for _ in range(3)]
        assert reports[-1].is_complete, reports
        assert [number for number, _ in self.confirmed] == list(range(1, len(self.confirmed) + 1))
        self._server_has_everything_once(self.server.storage)
        assert self.outbox.state().waiting == 0
        self.outbox.close()
        self.folder.cleanup()

    def _server_has_everything_once(self, storage: MemoryLogStorage) -> None:
        ((log, stored),) = storage.logs.items()
        assert not stored.is_closed
        assert stored.gaps == {}
        notes = []
        for number in range(1, stored.number + 1):
            opened = self.device.opener.open(stored.entries[number].sealed, log, number)
            body = cs.decode_body(cs.decode_entry(opened))
            assert isinstance(body, cs.TroubleBody)
            notes.append((number, body.note))
        assert notes == self.confirmed
        assert storage.refused == set()


TestSync = SyncMachine.TestCase
TestSync.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
