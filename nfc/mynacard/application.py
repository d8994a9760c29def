"""The card applications and files that this library uses, by their names in the card's own terms.

What is not listed here cannot be reached: `mynacard.policy` allows nothing else. The other files (the Individual
Number, the signature certificate, the card face) are left out on purpose, not forgotten.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Application(Enum):
    """Applications by AID; a card is known by selecting one, never by its ATR."""

    JPKI = bytes.fromhex("D392F000260100000001")
    TEXT = bytes.fromhex("D3921000310001010408")

    @property
    def aid(self) -> bytes:
        return self.value


class JpkiFile(IntEnum):
    """Files of the JPKI application (公的個人認証AP) that belong to user authentication."""

    TOKEN = 0x06
    CERTIFICATE = 0x0A
    KEY = 0x17
    PIN = 0x18


class TextFile(IntEnum):
    """Files of the card-face input support application (券面事項入力補助AP)."""

    ATTRIBUTES = 0x02
    PIN = 0x11
    NUMBER_B = 0x15
