"""Delivering: batches, acknowledgements, new lives of the server, damage, forks, forgetting."""

from pathlib import Path

import pytest
from harness.outbox_device import AT, EPOCH, Device, trouble

import checksync as cs
from checksync import outbox as ob


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def _filled(device: Device, count: int) -> tuple[ob.Outbox, list[ob.Confirmed]]:
    outbox = device.outbox()
    return outbox, [outbox.append(trouble(f"{number}"), AT) for number in range(1, count + 1)]


def _batch(outbox: ob.Outbox, **limits: int) -> ob.Batch:
    batch = outbox.pending(**limits)  # type: ignore[arg-type]
    assert isinstance(batch, ob.Batch)
    return batch


def _judge(device: Device, batch: ob.Batch, state: cs.LogState | None = None) -> cs.PushJudgement:
    held = cs.Held(bytes.fromhex(batch.push.before), [])
    enrolled = cs.EnrolledDevice("fa", device.key.verifying_key)
    return cs.judge_push(cs.decode_push(cs.encode_push(batch.push)), batch.log, enrolled, state, held)


def test_batches_follow_each_other_and_hold_their_limits(device: Device) -> None:
    outbox, confirmed = _filled(device, 7)
    with outbox:
        sizes = []
        for _ in range(3):
            batch = _batch(outbox, limit=3)
            first = confirmed[batch.first - 2] if batch.first > 1 else None
            state = None if first is None else cs.LogState(first.number, bytes.fromhex(first.hash))
            judgement = _judge(device, batch, state)
            assert isinstance(judgement, cs.Accepted)
            assert (judgement.newest.number, judgement.newest.oldest) == (7, 1)
            sizes.append(len(batch.push.sealed))
            last = confirmed[batch.last - 1]
            outbox.acknowledge(device.acknowledgement(last.log, last.number, last.hash), [], AT)
        assert sizes == [3, 3, 1]
        assert outbox.pending() is None
        assert outbox.state().name is ob.QueueName.EMPTY


def test_a_batch_stays_below_its_octets_and_one_entry_always_fits(device: Device) -> None:
    with device.outbox() as outbox:
        for _ in range(4):
            outbox.append(trouble("x" * 60_000), AT)
        batch = _batch(outbox, max_octets=200_000)
        assert len(batch.push.sealed) == 2
        assert len(cs.encode_push(batch.push)) <= 200_000
        assert len(_batch(outbox, max_octets=10).push.sealed) == 1


def test_an_acknowledgement_counts_what_it_covers_once(device: Device) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        second = device.acknowledgement(confirmed[1].log, 2, confirmed[1].hash)
        outcomes = [
            cs.EntryOutcome(number=1, outcome="accepted"),
            cs.EntryOutcome(number=2, outcome="held", reason="staff_not_on_duty"),
        ]
        assert outbox.acknowledge(second, outcomes, AT) == 2
        again = [cs.EntryOutcome(number=number, outcome="already_had") for number in (1, 2)]
        assert outbox.acknowledge(second, again, AT) == 0
        assert [(row.is_acknowledged, row.outcome, row.reason) for row in outbox.recorded()] == [
            (True, "accepted", None),
            (True, "held", "staff_not_on_duty"),
            (False, None, None),
        ]
        state = outbox.state()
        assert (state.waiting, state.acknowledged, state.held, state.epoch) == (1, 2, 1, EPOCH)
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 1, confirmed[0].hash), [], AT) == 0
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 0, confirmed[0].log), [], AT) == 0
        assert outbox.state().acknowledged == 2


@pytest.mark.parametrize(
    ("number", "digest", "fault"), [(2, "0" * 64, "other_hash"), (0, "0" * 64, "other_hash"), (4, "0" * 64, "ahead")]
)
def test_an_acknowledgement_that_does_not_fit_changes_nothing(
    device: Device, number: int, digest: str, fault: str
) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        with pytest.raises(ob.AcknowledgementError) as caught:
            outbox.acknowledge(device.acknowledgement(confirmed[0].log, number, digest), [], AT)
        assert caught.value.fault == fault
        assert (outbox.state().acknowledged, outbox.state().last_success_at) == (0, None)


def test_an_acknowledgement_of_anothers_log_is_refused(device: Device) -> None:
    outbox, _ = _filled(device, 1)
    with outbox, pytest.raises(ob.AcknowledgementError) as caught:
        outbox.acknowledge(device.acknowledgement("ab" * 32, 1, "cd" * 32), [], AT)
    assert caught.value.fault == "unknown_log"


def test_a_new_life_of_the_server_makes_everything_due_again_from_where_it_says(device: Device) -> None:
    outbox, confirmed = _filled(device, 5)
    with outbox:
        old = device.acknowledgement(confirmed[4].log, 5, confirmed[4].hash, forgettable=5)
        outbox.acknowledge(old, [], AT)
        assert not outbox.enter_life(EPOCH)
        assert outbox.enter_life("e2" * 16)
        assert (outbox.state().acknowledged, outbox.state().waiting) == (0, 5)
        assert outbox.forget() == 0
        # The newest entry alone asks what the server has.
        assert (_batch(outbox).first, _batch(outbox).last) == (5, 5)
        assert outbox.resume(confirmed[0].log, 3)
        assert (_batch(outbox).first, _batch(outbox).last) == (3, 5)
        # Late word from the life before counts for nothing.
        assert outbox.acknowledge(old, [], AT) == 0
        assert outbox.state().epoch == "e2" * 16
        new = device.acknowledgement(confirmed[4].log, 5, confirmed[4].hash, epoch="e2" * 16)
        assert outbox.acknowledge(new, [], AT) == 5
        assert outbox.pending() is None


def test_a_word_that_does_not_fit_tells_of_its_life_all_the_same(device: Device) -> None:
    outbox, confirmed = _filled(device, 1)
    with outbox:
        with pytest.raises(ob.AcknowledgementError):
            outbox.acknowledge(device.acknowledgement(confirmed[0].log, 9, "ab" * 32), [], AT)
        assert outbox.epoch == EPOCH


def test_a_server_that_lost_entries_without_a_new_epoch_gets_them_again(device: Device) -> None:
    outbox, confirmed = _filled(device, 4)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[3].log, 4, confirmed[3].hash), [], AT)
        assert outbox.pending() is None
        assert outbox.resume(confirmed[0].log, 2)
        assert (_batch(outbox).first, _batch(outbox).last) == (2, 4)
        assert not outbox.resume(confirmed[0].log, 5)
        assert not outbox.resume("ab" * 32, 1)


def test_only_what_the_server_said_may_go_is_forgotten_and_the_chain_goes_on(device: Device) -> None:
    outbox, confirmed = _filled(device, 5)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[3].log, 4, confirmed[3].hash), [], AT)
        assert outbox.forget() == 0
        outbox.acknowledge(device.acknowledgement(confirmed[3].log, 4, confirmed[3].hash, forgettable=3), [], AT)
        before = outbox.state().kept_octets
        assert outbox.forget() == 3
        assert outbox.forget() == 0
        assert outbox.state().kept_octets < before
        assert [row.number for row in outbox.recorded()] == [4, 5]
        batch = _batch(outbox)
        assert (batch.first, batch.last, batch.push.before) == (5, 5, confirmed[3].hash)
        newest = outbox.append(trouble("6"), AT)
        judgement = _judge(device, _batch(outbox), cs.LogState(4, bytes.fromhex(confirmed[3].hash)))
        assert isinstance(judgement, cs.Accepted)
        assert (judgement.newest.number, judgement.newest.oldest) == (6, 4)
        # The server can never make the device forget what it did not acknowledge itself.
        outbox.acknowledge(device.acknowledgement(newest.log, 5, confirmed[4].hash, forgettable=900), [], AT)
        assert outbox.forget() == 2
        assert [row.number for row in outbox.recorded()] == [6]


def test_a_number_that_was_forgotten_is_answered_with_a_signed_gap(device: Device) -> None:
    outbox, confirmed = _filled(device, 4)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[3].log, 4, confirmed[3].hash, forgettable=3), [], AT)
        outbox.forget()
        outbox.enter_life("e2" * 16)
        outbox.resume(confirmed[0].log, 1)
        gap = outbox.pending()
        assert isinstance(gap, ob.GapToReport)
        statement = cs.verify(gap.report.gap, cs.GapStatement, device.key.verifying_key)
        assert (statement.from_number, statement.to_number, statement.why) == (1, 3, "lost")
        assert (statement.hash_before, statement.hash_after) == (None, confirmed[2].hash)
        new = device.acknowledgement(confirmed[2].log, 3, confirmed[2].hash, epoch="e2" * 16)
        outbox.acknowledge(new, [], AT)
        assert (_batch(outbox).first, _batch(outbox).push.before) == (4, confirmed[2].hash)


def _damage(device: Device, statement: str) -> None:
    with device.sqlite() as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 3", "damaged"),
        ("UPDATE entry SET sealed = x'00' WHERE number = 3", "damaged"),
        ("DELETE FROM entry WHERE number = 3", "lost"),
    ],
)
async def test_damage_becomes_a_gap_and_blocks_nothing_after_it(device: Device, statement: str, why: str) -> None:
    outbox, confirmed = _filled(device, 5)
    server = cs.MemoryLogStorage()
    enrolled = cs.EnrolledDevice("fa", device.key.verifying_key)
    with outbox:
        _damage(device, statement)
        told = []
        while (found := outbox.pending()) is not None:
            async with server.transaction() as storage:
                if isinstance(found, ob.Batch):
                    judgement: object = await cs.receive_push(storage, found.log, cs.encode_push(found.push), enrolled)
                    assert isinstance(judgement, cs.Accepted)
                    told.append((found.first, found.last))
                else:
                    octets = cs.encode_gap_report(found.report)
                    judgement = await cs.receive_gap(storage, found.log, octets, enrolled)
                    assert isinstance(judgement, cs.GapAccepted)
                    told.append((found.why, found.first, found.last))  # type: ignore[arg-type]
                state = await storage.read_state(found.log)
            assert state is not None
            outbox.acknowledge(device.acknowledgement(found.log, state.number, state.hash.hex()), [], AT)
        assert told == [(1, 2), (why, 3, 3), (4, 5)]
        assert state is not None
        assert (state.number, state.hash.hex()) == (5, confirmed[4].hash)


def test_a_damaged_column_that_the_signed_head_stands_for_costs_nothing(device: Device) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        _damage(device, "UPDATE entry SET hash = zeroblob(32)")
        assert (_batch(outbox).first, _batch(outbox).last) == (1, 3)
        assert outbox.acknowledge(device.acknowledgement(confirmed[1].log, 2, confirmed[1].hash), [], AT) == 2
        assert (_batch(outbox).first, _batch(outbox).last) == (3, 3)


@pytest.mark.parametrize("numbers", [(2,), (2, 3), (4,), (1, 2, 3, 4)])
@pytest.mark.parametrize(("limit", "also"), [(1, ""), (2, ""), (3, ""), (100, ""), (100, ", hash = zeroblob(32)")])
def test_damaged_heads_take_no_entry(device: Device, numbers: tuple[int, ...], limit: int, also: str) -> None:
    outbox, confirmed = _filled(device, 4)
    with outbox:
        for number in numbers:
            _damage(device, f"UPDATE entry SET head = 'x'{also} WHERE number = {number}")  # noqa: S608
        last = 0
        while last < 4:
            batch = _batch(outbox, limit=limit)
            assert batch.first == last + 1
            state = cs.LogState(last, bytes.fromhex(confirmed[last - 1].hash if last else batch.log))
            assert isinstance(_judge(device, batch, state), cs.Accepted)
            number = min(last + limit, 4)
            assert batch.last == number
            if not also:
                statement = device.acknowledgement(batch.log, number, confirmed[number - 1].hash)
                assert outbox.acknowledge(statement, [], AT) == number - last
            last = number


def test_damage_to_the_kept_hash_of_a_damaged_head_takes_nothing_from_an_acknowledgement(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        _damage(device, "UPDATE entry SET head = 'x', hash = zeroblob(32) WHERE number = 1")
        _damage(device, "UPDATE entry SET before = zeroblob(32) WHERE number = 2")
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 1, confirmed[0].hash), [], AT) == 0
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 2, confirmed[1].hash), [], AT) == 2


def test_damaged_octets_before_a_damaged_head_are_the_only_loss(device: Device) -> None:
    outbox, _ = _filled(device, 5)
    with outbox:
        _damage(device, "UPDATE entry SET head = 'x' WHERE number IN (2, 3)")
        _damage(device, "UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 3")
        told = []
        log = _batch(outbox).log
        for resume in (1, 3, 4):
            outbox.resume(log, resume)
            found = outbox.pending()
            assert found is not None
            told.append((type(found), found.first, found.last))
        assert told == [(ob.Batch, 1, 2), (ob.GapToReport, 3, 3), (ob.Batch, 4, 5)]


def test_damage_in_what_was_acknowledged_already_costs_nothing(device: Device) -> None:
    outbox, confirmed = _filled(device, 4)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[1].log, 2, confirmed[1].hash), [], AT)
        _damage(device, "DELETE FROM entry WHERE number <= 2")
        assert (_batch(outbox).first, _batch(outbox).last) == (3, 4)
        assert _batch(outbox).push.before == confirmed[1].hash


def test_the_last_entry_damaged_whole_still_lets_the_log_go_on(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        _damage(device, "UPDATE entry SET sealed = x'00', head = 'x', hash = x'00' WHERE number = 2")
        third = outbox.append(trouble("3"), AT)
        assert (_batch(outbox).first, _batch(outbox).last) == (1, 1)
        outbox.resume(third.log, 2)
        gap = outbox.pending()
        assert isinstance(gap, ob.GapToReport)
        assert (gap.first, gap.last) == (2, 2)
        assert confirmed[1].number == 2


def _closed(device: Device, log: str, number: int, digest: str, epoch: str = EPOCH) -> cs.Closed:
    return cs.Closed(epoch=epoch, log=log, number=number, hash=digest, time=device.now(), why="fork")


def test_after_a_fork_recording_goes_on_in_a_successor_and_the_rest_is_kept_and_offered_once(device: Device) -> None:
    outbox, confirmed = _filled(device, 4)
    with outbox:
        old = confirmed[0].log
        outbox.acknowledge(device.acknowledgement(old, 1, confirmed[0].hash), [], AT)
        outbox.close_log(_closed(device, old, 2, confirmed[1].hash), AT)
        assert outbox.state().name is ob.QueueName.CLOSED
        successor = outbox.open_successor()
        assert outbox.open_successor() == successor != old
        assert outbox.append(trouble("new"), AT) == ob.Confirmed(
            successor, 1, outbox._database.connection.execute("SELECT hash FROM log WHERE log = ?", (successor,))
            .fetchone()[0].hex()
        )  # fmt: skip
        state = outbox.state()
        assert (state.acknowledged, state.stranded, state.waiting, state.name) == (2, 2, 1, ob.QueueName.WAITING)
        offer = _batch(outbox, limit=1)
        assert (offer.log, offer.first, offer.last, offer.is_offer) == (old, 3, 3, True)
        outbox.mark_offered(old, 3, 3, AT)
        assert (_batch(outbox).first, _batch(outbox).last) == (4, 4)
        outbox.mark_offered(old, 4, 4, AT)
        batch = _batch(outbox)
        assert (batch.log, batch.is_offer) == (successor, False)
        genesis = cs.parse_genesis(batch.push.genesis)
        assert genesis.predecessor == cs.Predecessor(log=old, hash=confirmed[3].hash)
        assert [row.is_stranded for row in outbox.recorded()] == [False, False, True, True, False]
        assert outbox.forget() == 0


def test_a_log_that_is_passed_over_blocks_no_other(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        outbox.close_log(_closed(device, confirmed[0].log, 0, confirmed[0].log), AT)
        outbox.append(trouble("new"), AT)
        assert _batch(outbox).log == confirmed[0].log
        other = outbox.pending(without={confirmed[0].log})
        assert isinstance(other, ob.Batch)
        assert other.log != confirmed[0].log
        assert outbox.pending(without={confirmed[0].log, other.log}) is None


def test_a_log_closed_with_another_history_acknowledges_nothing(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        log = confirmed[0].log
        outbox.close_log(_closed(device, log, 2, "ab" * 32), AT)
        assert (outbox.state().acknowledged, outbox.state().stranded) == (0, 2)
        outbox.close_log(_closed(device, log, 9, "ab" * 32), AT)
        assert outbox.state().stranded == 2
        with pytest.raises(ob.AcknowledgementError):
            outbox.close_log(_closed(device, "ab" * 32, 0, "ab" * 32), AT)


def test_word_of_an_earlier_life_closes_nothing(device: Device) -> None:
    outbox, confirmed = _filled(device, 1)
    with outbox:
        outbox.enter_life(EPOCH)
        outbox.enter_life("e2" * 16)
        outbox.close_log(_closed(device, confirmed[0].log, 0, confirmed[0].log), AT)
        assert outbox.state().name is ob.QueueName.WAITING


def test_a_closed_log_is_offered_again_whole_to_a_server_that_was_restored(device: Device) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        log = confirmed[0].log
        outbox.close_log(_closed(device, log, 1, confirmed[0].hash), AT)
        outbox.mark_offered(log, 2, 3, AT)
        assert outbox.pending() is None
        outbox.enter_life("e2" * 16)
        assert (_batch(outbox).first, _batch(outbox).last, _batch(outbox).is_offer) == (1, 3, True)
        new = device.acknowledgement(log, 3, confirmed[2].hash, epoch="e2" * 16)
        assert outbox.acknowledge(new, [], AT) == 3
        assert outbox.state().stranded == 0


def test_failures_are_kept_with_reason_and_time_and_hold_back_until_a_success(device: Device) -> None:
    outbox, confirmed = _filled(device, 1)
    with outbox:
        for number in range(510):
            outbox.note_failure(ob.Failure(device.now(), "server-busy", f"try {number}", confirmed[0].log, 1, 1))
        state = outbox.state()
        assert (state.name, state.reason) == (ob.QueueName.HELD_BACK, "server-busy")
        assert state.last_failure is not None
        assert state.last_failure.reason == "try 509"
        kept = outbox.failures(limit=1000)
        assert len(kept) == 500
        assert kept[0].at > kept[1].at
        outbox.note_success(AT)
        assert (outbox.state().name, outbox.state().last_success_at) == (ob.QueueName.WAITING, AT)
        assert outbox.state().oldest_waiting_at == AT
        with outbox.sending():
            assert outbox.state().name is ob.QueueName.SENDING
        assert len(outbox.failures()) == 50


def test_a_late_acknowledgement_of_what_was_forgotten_changes_nothing(device: Device) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[1].log, 2, confirmed[1].hash, forgettable=2), [], AT)
        outbox.forget()
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 1, "0" * 64), [], AT) == 0
        assert outbox.acknowledge(device.acknowledgement(confirmed[0].log, 2, confirmed[1].hash), [], AT) == 0
        assert outbox.state().waiting == 1


def test_nothing_is_forgotten_up_to_a_number_whose_hash_is_damaged(device: Device) -> None:
    outbox, confirmed = _filled(device, 3)
    with outbox:
        outbox.acknowledge(device.acknowledgement(confirmed[1].log, 2, confirmed[1].hash, forgettable=2), [], AT)
        _damage(device, "UPDATE entry SET head = 'x' WHERE number = 2")
        _damage(device, "UPDATE entry SET before = zeroblob(32) WHERE number = 3")
        assert outbox.forget() == 0
        outbox.acknowledge(device.acknowledgement(confirmed[2].log, 3, confirmed[2].hash, forgettable=3), [], AT)
        assert outbox.forget() == 3


def test_a_log_without_anything_due_is_passed_by(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        log = confirmed[0].log
        outbox.close_log(_closed(device, log, 0, log), AT)
        outbox.mark_offered(log, 1, 2, AT)
        outbox.resume(log, 2)
        outbox.mark_offered(log, 2, 2, AT)
        outbox.append(trouble(), AT)
        assert _batch(outbox).log != log


def test_a_closed_log_whose_end_was_lost_is_passed_by(device: Device) -> None:
    outbox, confirmed = _filled(device, 2)
    with outbox:
        log = confirmed[0].log
        outbox.close_log(_closed(device, log, 0, log), AT)
        _damage(device, "DELETE FROM entry WHERE number = 2")
        outbox.mark_offered(log, 1, 1, AT)
        outbox.append(trouble(), AT)
        assert _batch(outbox).log != log


def test_a_storage_that_fails_is_named_without_what_was_stored(device: Device) -> None:
    outbox, _ = _filled(device, 1)
    with outbox:
        _damage(device, "DROP TABLE failure")
        with pytest.raises(ob.OutboxStorageError) as caught:
            outbox.note_failure(ob.Failure(AT, "name", "reason"))
        assert caught.value.name == "SQLITE_ERROR"
        assert outbox.append(trouble(), AT).number == 2


def test_a_clock_that_tls_does_not_take_is_a_state_of_its_own_and_recording_goes_on(device: Device) -> None:
    outbox, confirmed = _filled(device, 1)
    with outbox:
        outbox.note_failure(ob.Failure(AT, "clock-wrong"))
        assert outbox.state().name is ob.QueueName.CLOCK_WRONG
        assert outbox.append(trouble("on"), AT).number == 2
        outbox.acknowledge(device.acknowledgement(confirmed[0].log, 1, confirmed[0].hash), [], AT)
        assert outbox.state().name is ob.QueueName.WAITING


def test_the_queue_says_full_before_it_refuses(device: Device) -> None:
    with device.outbox() as outbox:
        outbox.append(trouble("x" * 1000), AT)
        size = outbox.state().kept_octets
    with device.outbox(capacity=ob.Capacity(octets=2 * size + 10)) as outbox:
        assert outbox.state().name is ob.QueueName.WAITING
        outbox.append(trouble("y" * 1000), AT)
        assert outbox.state().name is ob.QueueName.FULL
        with pytest.raises(ob.QueueFullError):
            outbox.append(trouble("z" * 1000), AT)
