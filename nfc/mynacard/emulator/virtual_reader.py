"""A reader in this process: cards are put on it and taken off while a program runs. No thread, service or device."""

from typing import Final

from mynacard.connection import CardRemovedError, ReaderKind, ReaderState, TransportError
from mynacard.errors import NoCardError

from .card import VirtualCard


class VirtualReader:
    """Implements `mynacard.readers.Reader`. `extended_length` is what the road can carry, whatever the card thinks."""

    def __init__(
        self, card: VirtualCard | None = None, name: str = "Virtual reader", *, extended_length: bool = True
    ) -> None:
        self.name: Final = name
        self.kind: Final = ReaderKind.VIRTUAL
        self.extended_length: Final = extended_length
        self._card = card

    @property
    def card(self) -> VirtualCard | None:
        return self._card

    def insert(self, card: VirtualCard) -> None:
        """Put a card on, in place of one that may be there."""
        self.remove()
        self._card = card

    def remove(self) -> None:
        """Take the card off; open connections fail from now on, also if the same card comes back."""
        if self._card is not None:
            self._card.power_off()
        self._card = None

    def state(self) -> ReaderState:
        return ReaderState.NO_CARD if self._card is None else ReaderState.CARD

    def connect(self) -> "VirtualConnection":
        """Power the card and talk to it."""
        if self._card is None:
            raise NoCardError(self.name)
        return VirtualConnection(self, self._card)

    def close(self) -> None:
        if self._card is not None:
            self._card.power_off()


class VirtualConnection:
    """Implements `mynacard.connection.CardConnection` by calling the card."""

    def __init__(self, reader: VirtualReader, card: VirtualCard) -> None:
        self.reader: Final = reader.name
        self.extended_length: Final = reader.extended_length
        self._reader = reader
        self._card = card
        self._is_open = True
        self._power_up = 0
        self._power_on()

    def transmit(self, apdu: bytes) -> bytes:
        if not self._is_open or self._reader.card is not self._card or self._card.power_ups != self._power_up:
            raise CardRemovedError
        response = self._card.process(apdu)
        if len(response) < 2:
            raise TransportError
        return response

    def reconnect(self) -> None:
        if self._reader.card is not self._card:
            raise CardRemovedError
        self._power_on()

    def close(self) -> None:
        if self._is_open and self._reader.card is self._card and self._card.power_ups == self._power_up:
            self._card.power_off()
        self._is_open = False

    def _power_on(self) -> None:
        self._card.power_on()
        self._power_up = self._card.power_ups
        self._is_open = True
