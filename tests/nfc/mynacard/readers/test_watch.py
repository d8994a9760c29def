"""The watch shows every state, comes back from every loss, and is ended by nothing but `stop`."""

import threading
import time

import pytest

from mynacard import NoReaderError, NoServiceError, ReaderState, ReaderWatch
from mynacard.connection import ReaderKind
from mynacard.emulator import VirtualReader, virtual_card
from mynacard.guard import GuardedConnection


class Desk:
    """A reader whose surroundings a test decides."""

    def __init__(self) -> None:
        self.finding: Exception | None = None
        self.states: Exception | None = None
        self.state_now = ReaderState.NO_CARD
        self.found = 0
        self.closed = 0

    def find(self) -> "Desk":
        self.found += 1
        if self.finding is not None:
            raise self.finding
        return self

    name = "Desk"
    kind = ReaderKind.VIRTUAL

    def state(self) -> ReaderState:
        if self.states is not None:
            raise self.states
        return self.state_now

    def connect(self) -> GuardedConnection:
        raise NotImplementedError

    def close(self) -> None:
        self.closed += 1


def watching(desk: Desk, seen: list[ReaderState] | None = None) -> ReaderWatch:
    listener = None if seen is None else seen.append
    return ReaderWatch(desk.find, listener, interval_s=0.002, longest_pause_s=0.02)


def test_there_is_a_state_before_the_first_look() -> None:
    assert ReaderWatch(Desk().find).state is ReaderState.NO_SERVICE


def test_each_change_is_told_once_and_in_order() -> None:
    desk, seen = Desk(), []
    with watching(desk, seen) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        for state in (ReaderState.CARD, ReaderState.NO_CARD, ReaderState.CARD):
            desk.state_now = state
            assert watch.wait_for(state, 5)
            time.sleep(0.02)
    assert seen == [ReaderState.NO_CARD, ReaderState.CARD, ReaderState.NO_CARD, ReaderState.CARD]


@pytest.mark.parametrize(
    ("loss", "state"),
    [
        (NoServiceError("pcsc", "not_running"), ReaderState.NO_SERVICE),
        (NoReaderError("Desk"), ReaderState.NO_READER),
        (RuntimeError("a driver's own"), ReaderState.NO_READER),
        (OSError(19, "No such device"), ReaderState.NO_READER),
    ],
)
@pytest.mark.parametrize("where", ["finding", "states"])
def test_it_survives_a_loss_and_finds_the_reader_again(loss: Exception, state: ReaderState, where: str) -> None:
    desk = Desk()
    with watching(desk) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        for _ in range(3):
            setattr(desk, where, loss)
            desk.state_now = ReaderState.NO_READER
            assert watch.wait_for(ReaderState.NO_READER if where == "finding" else state, 5)
            if where == "finding":
                assert watch.wait_for(state, 5)
            assert watch.is_running
            assert watch.reader is None
            setattr(desk, where, None)
            desk.state_now = ReaderState.CARD
            assert watch.wait_for(ReaderState.CARD, 5)
            assert watch.failures == 0
            assert watch.reader is desk


def test_a_lost_reader_is_let_go_and_looked_for_less_and_less_often() -> None:
    desk = Desk()
    with watching(desk) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        desk.finding = NoReaderError()
        desk.state_now = ReaderState.NO_READER
        assert watch.wait_for(ReaderState.NO_READER, 5)
        assert desk.closed == 1
        pauses = []
        for failures in range(8):
            watch._failures = failures
            pauses.append(watch._pause_s())
        assert pauses[0] == 0.002
        assert pauses[1:5] == [0.004, 0.008, 0.016, 0.02]
        assert max(pauses) == 0.02


def test_a_listener_that_fails_does_not_end_it() -> None:
    desk = Desk()
    told: list[ReaderState] = []

    def listen(state: ReaderState) -> None:
        told.append(state)
        raise RuntimeError("the screen is gone")

    with ReaderWatch(desk.find, listen, interval_s=0.002) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        desk.state_now = ReaderState.CARD
        assert watch.wait_for(ReaderState.CARD, 5)
        assert watch.is_running
    assert told[-1] is ReaderState.CARD


def test_a_reader_that_cannot_be_closed_does_not_end_it() -> None:
    class Stuck(Desk):
        def close(self) -> None:
            raise OSError(5, "io")

    desk = Stuck()
    with watching(desk) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        desk.state_now = ReaderState.NO_READER
        assert watch.wait_for(ReaderState.NO_READER, 5)
        desk.state_now = ReaderState.CARD
        assert watch.wait_for(ReaderState.CARD, 5)


def test_stopping_ends_the_thread_and_lets_go_of_the_reader() -> None:
    desk = Desk()
    watch = watching(desk).start()
    assert watch.wait_for(ReaderState.NO_CARD, 5)
    watch.stop()
    watch.stop()
    assert not watch.is_running
    assert desk.closed == 1
    assert all(thread.name != "reader-watch" for thread in threading.enumerate())
    with watch:
        assert watch.is_running


def test_waiting_in_vain_says_so() -> None:
    with watching(Desk()) as watch:
        assert not watch.wait_for(ReaderState.CARD, 0.01)


def test_a_card_is_seen_on_the_virtual_reader() -> None:
    reader = VirtualReader()
    with ReaderWatch(lambda: reader, interval_s=0.002) as watch:
        assert watch.wait_for(ReaderState.NO_CARD, 5)
        reader.insert(virtual_card("sato"))
        assert watch.wait_for(ReaderState.CARD, 5)
        reader.remove()
        assert watch.wait_for(ReaderState.NO_CARD, 5)
