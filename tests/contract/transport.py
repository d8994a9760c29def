"""What every transport must do to the push client, whatever the road does. A subclass gives `road`.

After each fault the client is right about what the server has, and once the road is good again everything is there
once.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from harness.outbox_device import AT, FACILITY, Device, trouble

import checksync as cs
from checksync.client import SyncClient
from checksync.direct_transport import DirectServer, Fault
from checksync.transport import Transport

NextFault = Callable[[], Fault]


class TransportContract:
    @abstractmethod
    def road(
        self, server: DirectServer, device: cs.EnrolledDevice, fault: NextFault
    ) -> AbstractContextManager[Transport]:
        """A road to the server that does to each call what `fault` says."""

    @pytest.fixture
    def device(self, tmp_path: Path) -> Device:
        return Device(tmp_path)

    @pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
    @pytest.mark.parametrize("times", [1, 3])
    def test_after_any_fault_everything_is_there_once(self, device: Device, fault: Fault, times: int) -> None:
        server = DirectServer(device.server_key, FACILITY, device.now)
        enrolled = cs.EnrolledDevice(FACILITY, device.key.verifying_key)
        faults: Iterator[Fault] = iter([Fault.NONE] + [fault] * times)
        with (
            self.road(server, enrolled, lambda: next(faults, Fault.NONE)) as road,
            device.outbox() as outbox,
        ):
            client = SyncClient(outbox, road, device.server_key.verifying_key, now=device.now, chance=lambda: 0.0)
            confirmed = [outbox.append(trouble(), AT)]
            assert client.push().is_complete
            confirmed += [outbox.append(trouble(f"{number}"), AT) for number in range(3)]
            for _ in range(times + 1):
                report = client.push()
                has = server.storage.logs[confirmed[0].log].number
                claimed = sum(row.is_acknowledged for row in outbox.recorded())
                assert claimed <= has, "what counts as received is on the server"
                if report.is_complete:
                    break
                assert client.next_delay_s(report) > 0, "nothing is retried without a pause"
            assert report.is_complete
            stored = server.storage.logs[confirmed[0].log]
            assert [stored.entries[done.number].hash.hex() for done in confirmed] == [done.hash for done in confirmed]
            assert sorted(stored.entries) == [1, 2, 3, 4]
            assert not stored.is_closed

    def test_a_storage_that_went_back_and_believed_a_late_word_finds_the_present_life_again(
        self, device: Device
    ) -> None:
        server = DirectServer(device.server_key, FACILITY, device.now)
        enrolled = cs.EnrolledDevice(FACILITY, device.key.verifying_key)
        with self.road(server, enrolled, lambda: Fault.NONE) as road, device.outbox() as outbox:
            client = SyncClient(outbox, road, device.server_key.verifying_key, now=device.now, chance=lambda: 0.0)
            first = outbox.append(trouble(), AT)
            assert client.push().is_complete
            # Of a life before the present one, which this storage never heard of while it lasted.
            late = device.acknowledgement(first.log, 1, first.hash, epoch="e0" * 16)
            outbox.acknowledge(late, [], AT)
            outbox.append(trouble("2"), AT)
            report = client.push()
            assert (report.is_complete, outbox.epoch) == (True, server.epoch)
            assert sorted(server.storage.logs[first.log].entries) == [1, 2]

    def test_a_road_that_never_opens_loses_nothing_and_waits_longer_each_time(self, device: Device) -> None:
        server = DirectServer(device.server_key, FACILITY, device.now)
        enrolled = cs.EnrolledDevice(FACILITY, device.key.verifying_key)
        with self.road(server, enrolled, lambda: Fault.LOSE_REQUEST) as road, device.outbox() as outbox:
            client = SyncClient(outbox, road, device.server_key.verifying_key, now=device.now, chance=lambda: 0.0)
            outbox.append(trouble(), AT)
            delays = [client.next_delay_s(client.push()) for _ in range(12)]
            assert delays == sorted(delays)
            assert delays[0] < delays[-1] <= 300
            assert outbox.state().waiting == 1
            assert outbox.append(trouble("on"), AT).number == 2
