"""The slots of a pcscd that runs anyway on this machine with vpcd, and a card put into one of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mynacard.connection import ReaderState
from mynacard.errors import NoReaderError

from .card import VirtualCard
from .interface import ATRS
from .vpcd import DEFAULT_PORT, VpcdFront

_POLL_S: Final = 0.02


@dataclass(frozen=True)
class Slot:
    """A reader as PC/SC names it, and the port on which its card is expected."""

    reader: str
    port: int


# vpcd as it is packaged: two slots, on this port and the next, on all interfaces.
SLOTS: Final = (Slot("Virtual PCD 00 00", DEFAULT_PORT), Slot("Virtual PCD 00 01", DEFAULT_PORT + 1))


def free_slots() -> list[Slot]:
    """Slots that pcscd has and in which no card lies. A second card on a taken slot would wait unseen for its turn."""
    from mynacard.readers import list_readers

    states = {info.name: info.state for info in list_readers()}
    return [slot for slot in SLOTS if states.get(slot.reader) is ReaderState.NO_CARD]


@contextmanager
def inserted(
    card: VirtualCard, slot: Slot = SLOTS[0], *, atr: bytes = ATRS["b1"], timeout_s: float = 5.0
) -> Iterator[VpcdFront]:
    """The card in that slot, powered by pcscd; pulled at the end. Raises NoReaderError if pcscd does not take it."""
    front = VpcdFront(card, port=slot.port, atr=atr)
    power_ups = card.power_ups
    thread = threading.Thread(target=front.run, name="virtual-card", daemon=True)
    thread.start()
    try:
        waited = 0.0
        while card.power_ups == power_ups:
            if waited > timeout_s:
                raise NoReaderError(slot.reader)
            thread.join(_POLL_S)
            waited += _POLL_S
        yield front
    finally:
        front.stop()
        thread.join()
