"""A card in a slot of a pcscd that is simply there, as a demonstration on a workstation finds it."""

import threading
from collections.abc import Callable

import pytest
from harness.pcscd import PrivatePcscd, wait_until

from mynacard import CardSession, JpkiPin, NoReaderError
from mynacard.emulator import virtual_card
from mynacard.emulator.vpcd_slot import SLOTS, Slot, free_slots, inserted
from mynacard.readers import open_reader

pytestmark = [pytest.mark.pcsc, pytest.mark.slow, pytest.mark.timeout(60)]


def on_that_machine(pcscd: PrivatePcscd, work: Callable[[], None]) -> None:
    """Run where vpcd's ports can be reached, and raise here what it raises there."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=pcscd.run_inside, args=(run,))
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def test_free_slots_are_those_without_a_card_and_a_card_can_be_put_there(pcscd: PrivatePcscd) -> None:
    def work() -> None:
        wait_until(lambda: free_slots() == list(SLOTS), "both slots are free")
        with inserted(virtual_card("sato"), SLOTS[1]):
            assert free_slots() == [SLOTS[0]]
            with CardSession(open_reader(SLOTS[1].reader).connect()) as session:
                assert session.tries_left(JpkiPin) == 3
        wait_until(lambda: free_slots() == list(SLOTS), "both slots are free again")

    on_that_machine(pcscd, work)


def test_slot_that_nobody_serves_takes_no_card(pcscd: PrivatePcscd) -> None:
    def work() -> None:
        with inserted(virtual_card("sato"), Slot("Nowhere", 35999), timeout_s=0.3):
            pytest.fail("a card was taken by nobody")

    with pytest.raises(NoReaderError):
        on_that_machine(pcscd, work)


def test_without_a_service_no_slot_is_free(pcscd: PrivatePcscd) -> None:
    pcscd.stop()
    assert free_slots() == []
