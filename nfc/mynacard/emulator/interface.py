"""How the chip presents itself before the first command: ATQB on the air, ATR behind a reader. Imports no transport.

The four contactless batches are those of one source; their ATRs are built from application data and protocol info by
PC/SC's rule for type B, and the check bytes come out as reported.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

FRAME_SIZES: Final = (16, 24, 32, 40, 48, 64, 96, 128, 256)
_CARRIER_HZ: Final = 13.56e6

CONTACT_ATR: Final = bytes.fromhex("3BE000FF8131FE4514")


def frame_waiting_time_s(fwi: int) -> float:
    """Seconds that a reader waits for the beginning of an answer."""
    return 4096 / _CARRIER_HZ * (1 << fwi)


@dataclass(frozen=True)
class TypeB:
    """The type B identity of one batch of cards, without the PUPI, which is another each time."""

    application_data: bytes
    protocol_info: bytes

    @property
    def frame_size(self) -> int:
        """FSC: the longest frame that the card takes, prologue and check bytes included."""
        return FRAME_SIZES[min(self.protocol_info[1] >> 4, 8)]

    @property
    def fwi(self) -> int:
        return self.protocol_info[2] >> 4

    def atqb(self, pupi: bytes) -> bytes:
        """Answer to REQB and WUPB."""
        return b"\x50" + pupi + self.application_data + self.protocol_info

    def atr(self) -> bytes:
        """What a PC/SC reader makes of it; the last byte but the check is the MBLI of the answer to ATTRIB."""
        body = bytes.fromhex("888001") + self.application_data + self.protocol_info + b"\x00"
        return b"\x3b" + body + bytes([reduce(xor, body)])

    def with_frame_size(self, size: int) -> "TypeB":
        """The same with another FSC: 16, 24, 32, 40, 48, 64, 96, 128 or 256 bytes."""
        low = self.protocol_info[1] & 0x0F
        info = bytes([self.protocol_info[0], FRAME_SIZES.index(size) << 4 | low, self.protocol_info[2]])
        return TypeB(self.application_data, info)

    def with_fwi(self, fwi: int) -> "TypeB":
        """The same with another frame waiting time integer, 0 to 14."""
        low = self.protocol_info[2] & 0x0F
        return TypeB(self.application_data, self.protocol_info[:2] + bytes([fwi << 4 | low]))


def _batch(application_data: str, protocol_info: str) -> TypeB:
    return TypeB(bytes.fromhex(application_data), bytes.fromhex(protocol_info))


# Bit rates 106/212/424 or 106 alone; frame 256; FWI 10 (0.31 s) or 13 (2.47 s).
BATCHES: Final = MappingProxyType(
    {
        "b1": _batch("000005E0", "B381A1"),
        "b2": _batch("000041E0", "B381A1"),
        "b3": _batch("004B51FF", "0081D1"),
        "b4": _batch("004B51FF", "B381D1"),
    }
)
DEFAULT_BATCH: Final = BATCHES["b1"]

ATRS: Final = MappingProxyType({"contact": CONTACT_ATR} | {name: batch.atr() for name, batch in BATCHES.items()})
