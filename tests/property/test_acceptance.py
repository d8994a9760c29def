"""Acceptance under any splitting, overlap, order, replay, damage and fork of pushes."""

from harness.device_log import DeviceLog
from hypothesis import given, settings
from hypothesis import strategies as st

import checksync as cs
from checksync.direct_transport import run

LENGTH = 8
COMMON = 3


def _logs() -> tuple[DeviceLog, DeviceLog]:
    log = DeviceLog()
    log.record(*(f"{number}" for number in range(1, COMMON + 1)))
    twin = log.clone()
    log.record(*(f"{number}" for number in range(COMMON + 1, LENGTH + 1)))
    twin.record(*(f"twin {number}" for number in range(COMMON + 1, LENGTH + 1)))
    return log, twin


LOG, TWIN = _logs()
OCTETS = {
    (name, first, last): log.push(first, last)
    for name, log in (("log", LOG), ("twin", TWIN))
    for first in range(1, LENGTH + 1)
    for last in range(first, LENGTH + 1)
}
spans = st.tuples(st.integers(1, LENGTH), st.integers(1, LENGTH)).map(lambda pair: (min(pair), max(pair)))


def _receive(storage: cs.MemoryLogStorage, octets: bytes) -> cs.PushJudgement:
    async def receive() -> cs.PushJudgement:
        async with storage.transaction() as transaction:
            return await cs.receive_push(transaction, LOG.log, octets, LOG.device)

    return run(receive())


def _number(storage: cs.MemoryLogStorage) -> int:
    return storage.logs[LOG.log].number if LOG.log in storage.logs else 0


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, max_size=12))
def test_any_order_of_any_spans_stores_each_number_once_and_never_a_hole(pushes: list[tuple[int, int]]) -> None:
    storage = cs.MemoryLogStorage()
    for first, last in pushes:
        before = _number(storage)
        judgement = _receive(storage, OCTETS["log", first, last])
        if first > before + 1:
            assert judgement == cs.Gap(expected=before + 1)
        else:
            assert isinstance(judgement, cs.Accepted)
            assert [entry.number for entry in judgement.new] == list(range(before + 1, last + 1))
            assert list(judgement.already_had) == list(range(first, min(before, last) + 1))
        number = _number(storage)
        assert number >= before
        if LOG.log in storage.logs:
            stored = storage.logs[LOG.log]
            assert {n: entry.sealed for n, entry in stored.entries.items()} == {
                n: LOG.sealed[n - 1] for n in range(1, number + 1)
            }
            assert stored.hash == LOG.hashes[number]
            assert not stored.is_closed
    assert isinstance(_receive(storage, OCTETS["log", 1, LENGTH]), cs.Accepted)
    assert _number(storage) == LENGTH


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["log", "twin"]), spans), max_size=14))
def test_two_histories_never_mix_and_none_is_lost(pushes: list[tuple[str, tuple[int, int]]]) -> None:
    storage = cs.MemoryLogStorage()
    handed_over: dict[str, set[int]] = {"log": set(), "twin": set()}
    for name, (first, last) in pushes:
        judgement = _receive(storage, OCTETS[name, first, last])
        assert not isinstance(judgement, cs.Refused)
        if not isinstance(judgement, cs.Gap):
            handed_over[name] |= set(range(first, last + 1))
    if LOG.log not in storage.logs:
        assert handed_over == {"log": set(), "twin": set()}
        return
    stored = storage.logs[LOG.log]
    main = [stored.entries[n].sealed for n in range(1, stored.number + 1)]
    assert main in (LOG.sealed[: stored.number], TWIN.sealed[: stored.number])
    kept = set(main) | {entry.sealed for entry in stored.branch.values()}
    for name, numbers in handed_over.items():
        sealed = (LOG if name == "log" else TWIN).sealed
        assert {sealed[n - 1] for n in numbers} <= kept
    has_both = any(n > COMMON for n in handed_over["log"]) and any(n > COMMON for n in handed_over["twin"])
    assert stored.is_closed == has_both
    assert storage.refused == set()


@settings(max_examples=400, deadline=None)
@given(spans, st.data())
def test_damage_on_the_road_is_never_stored_and_never_taken_for_a_fork(
    span: tuple[int, int], data: st.DataObject
) -> None:
    storage = cs.MemoryLogStorage()
    _receive(storage, OCTETS["log", 1, 4])
    octets = bytearray(OCTETS["log", *span])
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    judgement = _receive(storage, bytes(octets))
    assert not isinstance(judgement, cs.Fork | cs.AlreadyClosed)
    stored = storage.logs[LOG.log]
    assert not stored.is_closed
    assert stored.branch == {}
    assert [stored.entries[n].sealed for n in range(1, stored.number + 1)] == LOG.sealed[: stored.number]


gaps = {(first, last): LOG.gap(first, last) for first in range(1, LENGTH + 1) for last in range(first, LENGTH + 1)}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.booleans(), spans), max_size=12))
def test_gaps_among_pushes_keep_the_chain_whole(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    storage = cs.MemoryLogStorage()

    async def report(octets: bytes) -> cs.GapJudgement:
        async with storage.transaction() as transaction:
            return await cs.receive_gap(transaction, LOG.log, octets, LOG.device)

    is_closed = False
    handed_over: set[int] = set()
    for is_gap, span in steps:
        before = _number(storage)
        gone = {n for first, last in storage.logs[LOG.log].gaps for n in range(first, last + 1)} if before else set()
        if is_gap:
            judgement: object = run(report(gaps[span]))
            if span[0] > before + 1:
                assert isinstance(judgement, cs.AlreadyClosed if is_closed else cs.Gap)
            else:
                assert isinstance(judgement, cs.AlreadyClosed if is_closed and span[1] > before else cs.GapAccepted)
        else:
            judgement = _receive(storage, OCTETS["log", *span])
            if span[0] > before + 1:
                assert isinstance(judgement, cs.AlreadyClosed if is_closed else cs.Gap)
            elif gone & set(range(span[0], span[1] + 1)):
                # The device has what it said was gone: another copy of it is about.
                assert isinstance(judgement, cs.AlreadyClosed if is_closed else cs.Fork)
                is_closed = True
            else:
                assert isinstance(judgement, cs.AlreadyClosed if is_closed and span[1] > before else cs.Accepted)
        number = _number(storage)
        assert number >= before
        if number:
            stored = storage.logs[LOG.log]
            assert stored.hash == LOG.hashes[number]
            gone = {n for first, last in stored.gaps for n in range(first, last + 1)}
            assert gone.isdisjoint(stored.entries)
            assert gone | set(stored.entries) == set(range(1, number + 1))
            assert stored.is_closed == is_closed
            handed_over |= (
                set(range(span[0], span[1] + 1)) if not is_gap and not isinstance(judgement, cs.Gap) else set()
            )
            kept = set(stored.entries) | {n for n, _ in stored.branch}
            assert handed_over <= kept
