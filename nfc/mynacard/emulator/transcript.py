"""What a card was asked, for tests to look at: never a secret, never what it answered."""

from dataclasses import dataclass
from typing import Final

VERIFY: Final = 0x20
CHANGE_REFERENCE_DATA: Final = 0x24
_CARRIES_A_SECRET: Final = (VERIFY, CHANGE_REFERENCE_DATA)


@dataclass(frozen=True)
class Exchange:
    """One command and how it ended; `command` has ** for each byte of a secret, `sw` is None if the card left."""

    command: str
    command_length: int
    response_length: int
    sw: int | None

    @property
    def header(self) -> str:
        """CLA INS P1 P2 in hexadecimal."""
        return self.command[:8]


def masked(apdu: bytes) -> str:
    """The command in hexadecimal, with VERIFY's and CHANGE's data blotted out byte by byte."""
    if len(apdu) < 5 or apdu[1] not in _CARRIES_A_SECRET:
        return apdu.hex().upper()
    return apdu[:4].hex().upper() + f"{len(apdu) - 4:02X}:" + "**" * (len(apdu) - 4)
