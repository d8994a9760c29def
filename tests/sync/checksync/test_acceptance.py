"""The judgement by cases; that it holds under any splitting and replay is in tests/property."""

import pytest
from contract.log_storage import numbers, push, report_gap, state
from harness.device_log import DeviceLog

import checksync as cs


@pytest.fixture
def storage() -> cs.MemoryLogStorage:
    return cs.MemoryLogStorage()


@pytest.fixture
def log() -> DeviceLog:
    log = DeviceLog()
    log.record(*"abcd")
    return log


async def _refused(storage: cs.MemoryLogStorage, log: DeviceLog, octets: bytes, reason: str) -> None:
    judgement = await push(storage.transaction, log, octets)
    assert judgement == cs.Refused(reason)  # type: ignore[arg-type]
    assert [kept.reason for kept in storage.refused if kept.octets == octets] == [reason]


async def test_a_push_to_another_log_device_or_facility_fits_nowhere(
    storage: cs.MemoryLogStorage, log: DeviceLog
) -> None:
    other = DeviceLog()
    elsewhere = DeviceLog(log.key, facility="fb")
    elsewhere.record("a")
    await _refused(storage, log, log.push(genesis=b"{}"), "genesis")
    await _refused(storage, log, log.push(genesis=DeviceLog(log.key).genesis), "other_log")
    octets = log.push()
    async with storage.transaction() as transaction:
        assert await cs.receive_push(transaction, log.log, octets, other.device) == cs.Refused("other_device")
        moved = await cs.receive_push(transaction, elsewhere.log, elsewhere.push(), log.device)
        assert moved == cs.Refused("other_facility")
    assert storage.logs == {}


async def test_heads_must_be_the_devices_own_and_agree(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    stranger = DeviceLog(genesis=log.genesis)
    stranger.record(*"abcd")
    await _refused(storage, log, log.push(head=stranger.heads[3]), "head")
    await _refused(storage, log, log.push(head=log.heads[2]), "head")
    await _refused(storage, log, log.push(head=log.head(4, oldest=5)), "head")
    await _refused(storage, log, log.push(head=log.head(4, log="0" * 64)), "head")
    await _refused(storage, log, log.push(newest_head=stranger.heads[3]), "newest_head")
    await _refused(storage, log, log.push(newest_head=log.heads[2]), "heads_differ")
    await _refused(storage, log, log.push(newest_head=log.head(4, hash="0" * 64)), "heads_differ")
    assert storage.logs == {}


async def test_damaged_octets_are_refused_and_no_fork(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    await push(storage.transaction, log, log.push(1, 2))
    damaged = [*log.sealed[:1], log.sealed[1][:-1] + bytes([log.sealed[1][-1] ^ 1]), *log.sealed[2:]]
    await _refused(storage, log, log.push(sealed=damaged), "chain")
    await _refused(storage, log, log.push(sealed=list(reversed(log.sealed))), "chain")
    await _refused(storage, log, log.push(3, before="0" * 64), "chain")
    await _refused(storage, log, log.push(sealed=[b"short"] * 4), "sealed_size")
    await _refused(storage, log, log.push(sealed=[b"x" * 70_000] * 4), "sealed_size")
    assert await state(storage.transaction, log) == cs.LogState(2, log.hashes[2])


async def test_a_history_that_differs_before_the_push_is_a_fork_too(
    storage: cs.MemoryLogStorage, log: DeviceLog
) -> None:
    twin = log.clone()
    log.record("e", "f")
    twin.record("E", "F", "G")
    await push(storage.transaction, log, log.push())
    fork = await push(storage.transaction, twin, twin.push(7))
    assert isinstance(fork, cs.Fork)
    assert (fork.at, [entry.number for entry in fork.branch]) == (6, [7])
    assert set(storage.logs[log.log].branch) == {(7, cs.sealed_digest(twin.sealed[6]))}


async def test_a_push_says_how_much_is_still_out(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    judgement = await push(storage.transaction, log, log.push(1, 2))
    assert isinstance(judgement, cs.Accepted)
    assert (judgement.last, judgement.newest.number) == (2, 4)


async def test_a_gap_needs_the_devices_signature_and_its_order(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    stranger = DeviceLog(genesis=log.genesis)
    stranger.record(*"abcd")
    await push(storage.transaction, log, log.push(1, 1))
    for octets in (stranger.gap(2, 2), log.gap(3, 2), log.gap(2, 2, log="0" * 64)):
        assert await report_gap(storage.transaction, log, octets) == cs.Refused("gap")
    assert await report_gap(storage.transaction, log, log.gap(3, 3)) == cs.Gap(expected=2)
    strange = cs.encode_gap_report(cs.GapReport(genesis=b"", gap=""))
    assert await report_gap(storage.transaction, log, strange) == cs.Refused("genesis")


async def test_a_gap_over_numbers_that_are_held_changes_nothing(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    await push(storage.transaction, log, log.push(1, 3))
    known = await report_gap(storage.transaction, log, log.gap(2, 3, hash_before=None))
    assert isinstance(known, cs.GapAccepted)
    assert known.is_known
    assert storage.logs[log.log].gaps == {}
    beyond = await report_gap(storage.transaction, log, log.gap(2, 4))
    assert isinstance(beyond, cs.GapAccepted)
    assert (beyond.from_number, beyond.to_number) == (4, 4)
    assert set(storage.logs[log.log].entries) == {1, 2, 3}


async def test_a_gap_over_another_history_closes_the_log(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    twin = log.clone()
    log.record("e", "f")
    twin.record("E", "F", "G")
    await push(storage.transaction, log, log.push())
    fork = await report_gap(storage.transaction, twin, twin.gap(7, 7))
    assert isinstance(fork, cs.Fork)
    assert fork.at == 6
    closed = await report_gap(storage.transaction, twin, twin.gap(7, 7))
    assert isinstance(closed, cs.AlreadyClosed)
    second = cs.MemoryLogStorage()
    await push(second.transaction, log, log.push())
    inside = await report_gap(second.transaction, twin, twin.gap(4, 5))
    assert isinstance(inside, cs.Fork)
    assert inside.at == 5


async def test_a_push_beyond_the_limit_is_not_even_read(storage: cs.MemoryLogStorage, log: DeviceLog) -> None:
    with pytest.raises(cs.PushTooLargeError):
        await push(storage.transaction, log, b" " * (cs.MAX_PUSH_OCTETS + 1))
    long = DeviceLog()
    long.record(*(["x"] * 101))
    assert await push(storage.transaction, long, long.push()) == cs.Refused("malformed")
    assert numbers(await push(storage.transaction, long, long.push(1, 100))) == list(range(1, 101))
