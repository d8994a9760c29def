"""A connection that plays a transcript: each command it expects, and what it answers. For tests of exact bytes."""

from collections.abc import Callable, Sequence

from mynacard.connection import CardRemovedError

Answer = str | BaseException | Callable[[bytes], bytes]


class ScriptedConnection:
    """Answers in order. A command that differs from the expected one fails the test at once.

    `reconnected` counts power cycles; after the script's end the card is gone.
    """

    def __init__(
        self, *script: tuple[str | None, Answer], extended_length: bool = True, reader: str = "Scripted reader"
    ) -> None:
        self.reader = reader
        self.extended_length = extended_length
        self.sent: list[str] = []
        self.reconnected = 0
        self.closed = 0
        self.is_reconnectable = True
        self._script: Sequence[tuple[str | None, Answer]] = script

    @property
    def is_played(self) -> bool:
        return len(self.sent) == len(self._script)

    def transmit(self, apdu: bytes) -> bytes:
        step = len(self.sent)
        self.sent.append(apdu.hex().upper())
        if step >= len(self._script):
            raise CardRemovedError("end of script")
        expected, answer = self._script[step]
        if expected is not None:
            assert apdu.hex().upper() == expected.replace(" ", "").upper(), f"step {step}"
        if isinstance(answer, BaseException):
            raise answer
        return bytes.fromhex(answer) if isinstance(answer, str) else answer(apdu)

    def reconnect(self) -> None:
        self.reconnected += 1
        if not self.is_reconnectable:
            raise CardRemovedError("no card")

    def close(self) -> None:
        self.closed += 1


SELECT_JPKI = "00A4040C0A D392F000260100000001"
SELECT_TEXT = "00A4040C0A D3921000310001010408"
TOKEN_LABEL = b"JPKIAPICCTOKEN2".ljust(32)
LABEL = TOKEN_LABEL.hex() + "9000"
"""The answer to the label READ of a plastic card."""
