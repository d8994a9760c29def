import pytest
from contract.log_storage import LogStorageContract, Transactions, push
from harness.device_log import DeviceLog

from checksync import AlreadyClosed, Fork, MemoryLogStorage, Refused


class TestMemoryLogStorage(LogStorageContract):
    @pytest.fixture
    def transactions(self) -> Transactions:
        return MemoryLogStorage().transaction


async def test_evidence_and_branches_are_kept_once() -> None:
    storage = MemoryLogStorage()
    log = DeviceLog()
    log.record("a")
    twin = log.clone()
    log.record("b")
    twin.record("B", "C")
    await push(storage.transaction, log, log.push())
    bad = log.push(head="nonsense")
    for _ in range(3):
        assert isinstance(await push(storage.transaction, log, bad), Refused)
    assert isinstance(await push(storage.transaction, twin, twin.push(2, 2)), Fork)
    for _ in range(2):
        assert isinstance(await push(storage.transaction, twin, twin.push()), AlreadyClosed)
    assert [(refused.reason, refused.octets) for refused in storage.refused] == [("head", bad)]
    stored = storage.logs[log.log]
    assert sorted(number for number, _ in stored.branch) == [2, 3]
    assert stored.evidence == {twin.heads[1], twin.heads[2]}


async def test_an_older_push_that_comes_late_does_not_take_back_the_newest_head() -> None:
    storage = MemoryLogStorage()
    log = DeviceLog()
    log.record("a")
    early = log.push()
    log.record("b", "c")
    await push(storage.transaction, log, log.push(1, 2))
    await push(storage.transaction, log, early)
    assert storage.logs[log.log].newest_head == log.heads[2]
