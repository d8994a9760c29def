"""The watch keeps its state true while pcscd dies and returns and cards come and go, through the real service."""

import pytest
from harness.pcscd import FIRST_SLOT, PrivatePcscd, wait_until

from mynacard import CardRemovedError, CardSession, JpkiPin, ReaderState
from mynacard.emulator import virtual_card
from mynacard.emulator.jpki_application import AID, PIN
from mynacard.readers import ReaderWatch, open_reader

pytestmark = [pytest.mark.pcsc, pytest.mark.slow, pytest.mark.timeout(60)]


class Seen:
    """The states that a watch showed."""

    def __init__(self) -> None:
        self.states: list[ReaderState] = []

    def __call__(self, state: ReaderState) -> None:
        self.states.append(state)


def watch(seen: Seen) -> ReaderWatch:
    return ReaderWatch(lambda: open_reader(FIRST_SLOT), seen, longest_pause_s=0.4)


def test_states_follow_the_card(pcscd: PrivatePcscd) -> None:
    seen = Seen()
    with watch(seen) as watching:
        assert watching.wait_for(ReaderState.NO_CARD, 5)
        with pcscd.inserted(virtual_card()) as front:
            assert watching.wait_for(ReaderState.CARD, 5)
            front.remove()
            assert watching.wait_for(ReaderState.NO_CARD, 5)
            front.insert()
            assert watching.wait_for(ReaderState.CARD, 5)
        assert watching.wait_for(ReaderState.NO_CARD, 5)
    none, card = ReaderState.NO_CARD, ReaderState.CARD
    assert seen.states == [none, card, none, card, none]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_watch_survives_the_service(pcscd: PrivatePcscd, how: str) -> None:
    seen = Seen()
    with pcscd.inserted(virtual_card()) as front, watch(seen) as watching:
        assert watching.wait_for(ReaderState.CARD, 5)
        for _ in range(2):
            getattr(pcscd, how)()
            assert watching.wait_for(ReaderState.NO_SERVICE, 5)
            # It goes on looking in vain: the service is away for more than one look.
            wait_until(lambda: watching.failures >= 3, "the watch looks again and again")
            assert watching.is_running
            pcscd.start()
            assert watching.wait_for(ReaderState.CARD, 10)
        wait_until(lambda: front.is_connected, "the card is back in its slot")
        assert watching.reader is not None
        with CardSession(watching.reader.connect()) as session:
            assert session.tries_left(JpkiPin) == 3
    assert ReaderState.NO_SERVICE in seen.states


def test_service_killed_under_an_open_card_is_a_removed_card(pcscd: PrivatePcscd) -> None:
    with pcscd.inserted(virtual_card()):
        session = CardSession(open_reader(FIRST_SLOT).connect())
        session.identify()
        pcscd.kill()
        with pytest.raises(CardRemovedError):
            session.certificate()
        session.close()
        pcscd.start()
        wait_until(lambda: open_reader(FIRST_SLOT).state() is ReaderState.CARD, "the card is seen again")
        with CardSession(open_reader(FIRST_SLOT).connect()) as again:
            assert again.certificate().serial > 0


def test_card_pulled_from_the_slot_under_an_open_session_is_a_removed_card(pcscd: PrivatePcscd) -> None:
    with pcscd.inserted(virtual_card()) as front, CardSession(open_reader(FIRST_SLOT).connect()) as session:
        session.identify()
        front.remove()
        with pytest.raises(CardRemovedError):
            session.certificate()


def test_verify_interrupted_by_removal_is_counted_once_and_never_repeated(pcscd: PrivatePcscd) -> None:
    card = virtual_card(disappear_during_verify=True)
    with pcscd.inserted(card, back_after_s=0.0):
        reader = open_reader(FIRST_SLOT)
        with CardSession(reader.connect()) as session, JpkiPin("9999") as pin, pytest.raises(CardRemovedError):
            session.verify(pin)
    presented = [exchange for exchange in card.transcript if "**" in exchange.command]
    assert len(presented) == 1
    assert card.tries_left(AID, PIN) == 2
