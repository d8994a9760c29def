"""A reader whose card is taken off by an unsteady hand, and comes back when a person is told to hold it again."""

from kazasu_device.dialogue import Cue
from mynacard import CardRemovedError
from mynacard.emulator import VirtualCard, VirtualReader
from mynacard.emulator.virtual_reader import VirtualConnection


class UnsteadyHand(VirtualReader):
    """Takes the card off before the command after `after` is answered, once; `hold_again` puts one back."""

    def __init__(self, card: VirtualCard, after: int, then: VirtualCard | None = None) -> None:
        super().__init__(card)
        self._then = [then or card, card]
        self.commands_left: int | None = after

    def connect(self) -> VirtualConnection:
        super().connect().close()
        assert self.card is not None
        return _UnsteadyConnection(self, self.card)

    def hold_again(self, cue: Cue) -> None:
        """For a dialogue's `on_cue`."""
        if self.card is None or cue is Cue.OTHER_CARD:
            self.insert(self._then.pop(0))


class _UnsteadyConnection(VirtualConnection):
    def __init__(self, reader: UnsteadyHand, card: VirtualCard) -> None:
        super().__init__(reader, card)
        self._hand = reader

    def transmit(self, apdu: bytes) -> bytes:
        if self._hand.commands_left == 0:
            self._hand.commands_left = None
            self._hand.remove()
            raise CardRemovedError
        if self._hand.commands_left is not None:
            self._hand.commands_left -= 1
        return super().transmit(apdu)
