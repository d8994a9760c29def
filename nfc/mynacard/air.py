"""Models the time that bytes alone take between reader and card: no card, no reader, no computer is in it. Pure.

ISO/IEC 14443-3 and -4, Type B: 10 elementary time units (etu) a byte, start and end of frame 12 and 10 etu, the least
guard times the standard allows, three bytes of protocol and check sum a block, frames of 256 bytes both ways, an
acknowledgement for each chained block. A floor to measure oneself against, not a promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mynacard.transcript import Exchange

CARRIER_HZ: Final = 13_560_000
FRAME_SIZE: Final = 256
BLOCK_OVERHEAD: Final = 3
_ETU_PER_BYTE: Final = 10
_ETU_PER_FRAME: Final = 12 + 10
# TR0 (64/fs) and TR1 (80/fs) before an answer, and 14 etu at the lowest rate before the next command. They are set in
# carrier periods, so a higher bit rate does not shorten them.
_GAP_PERIODS: Final = 64 * 16 + 80 * 16 + 14 * 128
# Activation: REQB, ATQB, ATTRIB and its answer, check sums included.
_ACTIVATION_FRAMES: Final = (5, 14, 11, 3)


@dataclass(frozen=True)
class AirTime:
    """What a touch puts on the air; `octets` and `frames` count the activation, `blocks` does not."""

    commands: int
    blocks: int
    frames: int
    octets: int

    def milliseconds(self, kbit_s: int = 106) -> float:
        """Modelled wire time at 106, 212, 424 or 848 kbit/s."""
        periods_per_etu = {106: 128, 212: 64, 424: 32, 848: 16}[kbit_s]
        etu = self.octets * _ETU_PER_BYTE + self.frames * _ETU_PER_FRAME
        gaps = self.frames // 2 * _GAP_PERIODS
        return (etu * periods_per_etu + gaps) * 1000 / CARRIER_HZ


def blocks_of(length: int, frame_size: int = FRAME_SIZE) -> int:
    """How many blocks carry an APDU of that length."""
    payload = frame_size - BLOCK_OVERHEAD
    return max(1, -(-length // payload))


def air_time(exchanges: Iterable[Exchange], frame_size: int = FRAME_SIZE) -> AirTime:
    """What the exchanges that did the work put on the air, activation included; closing commands are left out."""
    commands = blocks = octets = 0
    for exchange in exchanges:
        if exchange.is_closing:
            continue
        commands += 1
        for length in (exchange.command_length, exchange.response_length):
            parts = blocks_of(length, frame_size)
            # Every chained block but the last is answered by a block that only acknowledges.
            in_all = 2 * parts - 1
            blocks += in_all
            octets += length + in_all * BLOCK_OVERHEAD
    return AirTime(
        commands=commands,
        blocks=blocks,
        frames=blocks + len(_ACTIVATION_FRAMES),
        octets=octets + sum(_ACTIVATION_FRAMES),
    )
