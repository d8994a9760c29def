"""What every storage behind acceptance must do. A subclass gives `transactions`: a function that opens a transaction.

The transaction commits at a clean exit and rolls back on an exception; two may be opened at once from one event loop.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from harness.device_log import DeviceLog

import checksync as cs

Transactions = Callable[[], AbstractAsyncContextManager[cs.LogStorage]]


async def push(transactions: Transactions, log: DeviceLog, octets: bytes) -> cs.PushJudgement:
    async with transactions() as storage:
        return await cs.receive_push(storage, log.log, octets, log.device)


async def report_gap(transactions: Transactions, log: DeviceLog, octets: bytes) -> cs.GapJudgement:
    async with transactions() as storage:
        return await cs.receive_gap(storage, log.log, octets, log.device)


async def state(transactions: Transactions, log: DeviceLog) -> cs.LogState | None:
    async with transactions() as storage:
        return await storage.read_state(log.log)


def numbers(judgement: object) -> list[int]:
    assert isinstance(judgement, cs.Accepted)
    return [entry.number for entry in judgement.new]


class LogStorageContract:
    @pytest.fixture
    def transactions(self) -> Transactions:
        raise NotImplementedError

    async def test_an_unknown_log_has_no_state(self, transactions: Transactions) -> None:
        log = DeviceLog()
        assert await state(transactions, log) is None
        async with transactions() as storage:
            assert await storage.read_hash(log.log, 1) is None
            assert list(await storage.read_digests(log.log, 1, 5)) == []

    async def test_what_was_appended_is_read_again(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a", "b", "c")
        assert numbers(await push(transactions, log, log.push())) == [1, 2, 3]
        assert await state(transactions, log) == cs.LogState(3, log.hashes[3])
        async with transactions() as storage:
            assert [await storage.read_hash(log.log, n) for n in (1, 2, 3, 4)] == [*log.hashes[1:], None]
            digests = await storage.read_digests(log.log, 2, 9)
        assert [bytes(d) if d else d for d in digests] == [cs.sealed_digest(sealed) for sealed in log.sealed[1:]]

    async def test_the_same_push_is_accepted_for_ever_and_stored_once(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a", "b")
        octets = log.push()
        assert numbers(await push(transactions, log, octets)) == [1, 2]
        for _ in range(2):
            again = await push(transactions, log, octets)
            assert isinstance(again, cs.Accepted)
            assert (numbers(again), list(again.already_had)) == ([], [1, 2])
        log.record("c")
        assert numbers(await push(transactions, log, log.push(2, 3))) == [3]
        assert numbers(await push(transactions, log, octets)) == []
        assert await state(transactions, log) == cs.LogState(3, log.hashes[3])

    async def test_a_transaction_that_fails_leaves_nothing(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a")

        async def fail_after_append() -> None:
            async with transactions() as storage:
                judgement = await cs.receive_push(storage, log.log, log.push(), log.device)
                assert numbers(judgement) == [1]
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail_after_append()
        assert await state(transactions, log) is None
        assert numbers(await push(transactions, log, log.push())) == [1]

    async def test_the_same_first_push_twice_at_once_is_stored_once(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a", "b")
        judgements = await asyncio.gather(*(push(transactions, log, log.push()) for _ in range(4)))
        assert sorted(len(numbers(judgement)) for judgement in judgements) == [0, 0, 0, 2]

    async def test_overlapping_pushes_at_once_store_each_number_once(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record(*"abcdef")
        await push(transactions, log, log.push(1, 1))
        pushes = [log.push(1, 4), log.push(2, 6), log.push(2, 3), log.push(1, 6)]
        judgements = await asyncio.gather(*(push(transactions, log, octets) for octets in pushes))
        assert sorted(n for judgement in judgements for n in numbers(judgement)) == [2, 3, 4, 5, 6]
        assert await state(transactions, log) == cs.LogState(6, log.hashes[6])

    async def test_two_branches_at_once_close_the_log_and_one_wins(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a")
        twin = log.clone()
        log.record("b")
        twin.record("B")
        judgements = await asyncio.gather(push(transactions, log, log.push()), push(transactions, twin, twin.push()))
        assert {type(judgement) for judgement in judgements} == {cs.Accepted, cs.Fork}
        found = await state(transactions, log)
        assert found is not None
        assert found.is_closed
        assert (found.number, found.hash) in {(2, log.hashes[2]), (2, twin.hashes[2])}

    async def test_a_closed_log_takes_nothing_new_and_still_says_what_it_has(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a", "b")
        twin = log.clone()
        log.record("c")
        twin.record("C", "D")
        await push(transactions, log, log.push())
        fork = await push(transactions, twin, twin.push(3))
        assert isinstance(fork, cs.Fork)
        assert (fork.at, [entry.number for entry in fork.branch]) == (3, [3, 4])
        for octets in (twin.push(3), twin.push(4, 4), twin.push()):
            assert isinstance(await push(transactions, twin, octets), cs.AlreadyClosed)
        log.record("e")
        assert isinstance(await push(transactions, log, log.push(4)), cs.AlreadyClosed)
        assert numbers(await push(transactions, log, log.push(1, 3))) == []
        assert await state(transactions, log) == cs.LogState(3, log.hashes[3], is_closed=True)

    async def test_the_other_branch_of_a_closed_log_comes_in_pieces(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a", "b")
        twin = log.clone()
        log.record("c")
        twin.record(*"CDEFGH")
        await push(transactions, log, log.push())
        assert isinstance(await push(transactions, twin, twin.push(3, 4)), cs.Fork)
        piece = await push(transactions, twin, twin.push(6, 8))
        assert isinstance(piece, cs.AlreadyClosed)
        assert [entry.number for entry in piece.branch] == [6, 7, 8]
        assert isinstance(await report_gap(transactions, twin, twin.gap(5, 5)), cs.AlreadyClosed)
        assert isinstance(await push(transactions, twin, twin.push(6, 6, head=log.heads[-1])), cs.Refused)
        assert await state(transactions, log) == cs.LogState(3, log.hashes[3], is_closed=True)

    async def test_a_gap_is_kept_and_the_log_goes_on(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record(*"abcdef")
        await push(transactions, log, log.push(1, 2))
        assert await push(transactions, log, log.push(5)) == cs.Gap(expected=3)
        gap = await report_gap(transactions, log, log.gap(3, 4))
        assert isinstance(gap, cs.GapAccepted)
        assert (gap.from_number, gap.to_number, gap.is_known) == (3, 4, False)
        assert numbers(await push(transactions, log, log.push(5))) == [5, 6]
        async with transactions() as storage:
            assert list(await storage.read_digests(log.log, 2, 5)) == [
                cs.sealed_digest(log.sealed[1]), None, None, cs.sealed_digest(log.sealed[4])
            ]  # fmt: skip
            assert await storage.read_hash(log.log, 3) is None
            assert await storage.read_hash(log.log, 4) == log.hashes[4]
        again = await report_gap(transactions, log, log.gap(3, 4))
        assert isinstance(again, cs.GapAccepted)
        assert again.is_known
        assert numbers(await push(transactions, log, log.push(5))) == []

    async def test_a_number_declared_gone_that_comes_after_all_closes_the_log_and_is_kept(
        self, transactions: Transactions
    ) -> None:
        log = DeviceLog()
        log.record(*"abcde")
        await push(transactions, log, log.push(1, 2))
        await report_gap(transactions, log, log.gap(3, 4))
        fork = await push(transactions, log, log.push(4))
        assert isinstance(fork, cs.Fork)
        assert (fork.at, [entry.number for entry in fork.branch]) == (4, [4, 5])
        assert await state(transactions, log) == cs.LogState(4, log.hashes[4], is_closed=True)
        assert isinstance(await push(transactions, log, log.push(2, 3)), cs.AlreadyClosed)
        assert numbers(await push(transactions, log, log.push(1, 2))) == []

    async def test_a_log_may_begin_with_a_gap(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record(*"abc")
        assert await push(transactions, log, log.push(3)) == cs.Gap(expected=1)
        assert isinstance(await report_gap(transactions, log, log.gap(1, 2)), cs.GapAccepted)
        assert await state(transactions, log) == cs.LogState(2, log.hashes[2])
        assert numbers(await push(transactions, log, log.push(3))) == [3]

    async def test_a_refused_push_is_kept_as_evidence_and_stores_nothing(self, transactions: Transactions) -> None:
        log = DeviceLog()
        log.record("a")
        for octets in (log.push(head=log.head(1, hash="0" * 64)), b"no json"):
            for _ in range(2):
                assert isinstance(await push(transactions, log, octets), cs.Refused)
        assert await state(transactions, log) is None
        assert isinstance(await report_gap(transactions, log, b"no json"), cs.Refused)

    async def test_logs_do_not_touch_each_other(self, transactions: Transactions) -> None:
        one, other = DeviceLog(), DeviceLog()
        one.record("a", "b")
        other.record("x")
        await asyncio.gather(push(transactions, one, one.push()), push(transactions, other, other.push()))
        assert await state(transactions, one) == cs.LogState(2, one.hashes[2])
        assert await state(transactions, other) == cs.LogState(1, other.hashes[1])
