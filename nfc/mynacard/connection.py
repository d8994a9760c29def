"""The seam between this library and whatever carries bytes to a card.

A driver implements `CardConnection` and nothing more; everything above it (the refusals of `mynacard.guard`, the
session, the profile) is the same for a USB reader, a phone bridge and the virtual card. Imports no driver.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

from mynacard.errors import CardError, CardRemovedError, TransportError

__all__ = [
    "CardConnection",
    "CardError",
    "CardRemovedError",
    "ReaderKind",
    "ReaderState",
    "TransportError",
]


class ReaderState(StrEnum):
    """What a person sees of a reader; there is always exactly one."""

    NO_SERVICE = "no_service"
    NO_READER = "no_reader"
    NO_CARD = "no_card"
    CARD = "card"


class ReaderKind(StrEnum):
    """Which road leads to the reader."""

    PCSC = "pcsc"
    CONTACTLESS = "contactless"
    VIRTUAL = "virtual"


@runtime_checkable
class CardConnection(Protocol):
    """One powered card in one reader.

    A driver sends each command at most once: retransmission of a lost radio or T=1 block is the link layer's, but a
    command is never repeated, because a repeated VERIFY can spend a try.
    """

    @property
    def reader(self) -> str:
        """The reader's name, under which what was learnt of it is remembered."""

    @property
    def extended_length(self) -> bool:
        """Whether this road can carry extended-length commands at all; a card may still refuse them."""

    def transmit(self, apdu: bytes) -> bytes:
        """The card's answer, its last two bytes being the status word.

        Raises CardRemovedError when the card is gone or was reset, TransportError when the answer was lost otherwise;
        the error's text never contains the command.
        """

    def reconnect(self) -> None:
        """Cuts and restores the card's power in the same reader; every state in the card is lost.

        Raises CardRemovedError when no card is there any more.
        """

    def close(self) -> None:
        """Leaves the card without power; never raises, and may be called twice."""
