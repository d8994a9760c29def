"""The card's side of ISO/IEC 14443-3 and -4 type B: activation, blocks, chaining, waiting time. Moves no bytes itself.

`IsoDepTarget.receive` takes a frame without its check bytes and gives the frame to answer, or None for silence.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .card import CardGone, VirtualCard
from .interface import DEFAULT_BATCH, FRAME_SIZES, TypeB, frame_waiting_time_s

_APF: Final = 0x05
_ATTRIB: Final = 0x1D
_HLTB: Final = 0x50
_WUPB: Final = 0x08

_CHAINING: Final = 0x10
_HAS_CID: Final = 0x08
_BLOCK_NUMBER: Final = 0x01
_I_BLOCK: Final = 0x02
_R_ACK: Final = 0xA2
_S_DESELECT: Final = 0xC2
_S_WTX: Final = 0xF2
_MAX_WTXM: Final = 59
# A reader never has to wait longer than this, however great FWT and multiplier are (FWT_MAX).
_FWT_MAX_S: Final = frame_waiting_time_s(14)
_CHECK_BYTES: Final = 2


class _State(Enum):
    IDLE = "idle"
    READY = "ready"
    PROTOCOL = "protocol"
    HALT = "halt"


@dataclass
class _Link:
    """What is agreed and under way between one activation and the loss of the field."""

    state: _State = _State.IDLE
    reader_frame_size: int = 32
    cid: int = 0
    has_cid: bool = False
    block_number: int = 1
    command: bytes = b""
    response: bytes = b""
    last: bytes | None = None
    working: Future[bytes] | None = None


class IsoDepTarget:
    """One card in a field. A slow command is worked on in a thread, so that waiting time can be asked for meanwhile."""

    def __init__(self, card: VirtualCard, type_b: TypeB = DEFAULT_BATCH) -> None:
        self.card: Final = card
        self.type_b: Final = type_b
        # WTX is asked for well before the reader gives up.
        self._patience_s: Final = frame_waiting_time_s(type_b.fwi) / 2
        self._executor: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="virtual-card")
        self.waiting_time_extensions = 0
        self._link = _Link()

    def field_off(self) -> None:
        """The reader's field is gone, and with it the card's power."""
        self._link = _Link()
        self.card.power_off()

    def close(self) -> None:
        """Stop for good."""
        self.field_off()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def receive(self, frame: bytes) -> bytes | None:
        """The answer to one frame, None where a card keeps silent. Raises CardGone when the card left."""
        if not frame:
            return None
        match self._link.state:
            case _State.PROTOCOL:
                return self._receive_block(frame)
            case _State.READY if frame[0] == _ATTRIB:
                return self._attrib(frame)
            case _State.READY if frame == bytes([_HLTB]) + self.card.pupi:
                self._link.state = _State.HALT
                return b"\x00"
            case _:
                return self._request(frame)

    # --- ISO/IEC 14443-3

    def _request(self, frame: bytes) -> bytes | None:
        if len(frame) != 3 or frame[0] != _APF:
            return None
        is_wake_up = bool(frame[2] & _WUPB)
        if self._link.state is _State.HALT and not is_wake_up:
            return None
        # AFI 00 means every application family. One slot or many: this card takes the first.
        if frame[1] != 0:
            return None
        if self._link.state is _State.IDLE:
            self.card.power_on()
        self._link.state = _State.READY
        return self.type_b.atqb(self.card.pupi)

    def _attrib(self, frame: bytes) -> bytes | None:
        if len(frame) < 9 or frame[1:5] != self.card.pupi:
            return None
        self._link.reader_frame_size = FRAME_SIZES[min(frame[6] & 0x0F, 8)]
        self._link.cid = frame[8] & 0x0F
        self._link.block_number = 1
        self._link.state = _State.PROTOCOL
        # MBLI 0 and our CID.
        return bytes([self._link.cid])

    # --- ISO/IEC 14443-4; rule numbers are those of its section on block protocol operation

    def _receive_block(self, frame: bytes) -> bytes | None:
        # A longer frame than the card takes is not understood at all.
        if len(frame) + _CHECK_BYTES > self.type_b.frame_size:
            return None
        pcb, body = frame[0], frame[1:]
        self._link.has_cid = bool(pcb & _HAS_CID)
        if self._link.has_cid:
            if not body or body[0] & 0x0F != self._link.cid:
                return None
            body = body[1:]
        elif self._link.cid != 0:
            # A block without CID is for the card that has none, or number 0.
            return None
        pcb &= ~_HAS_CID
        if pcb & 0xE6 == _I_BLOCK:
            return self._i_block(body, is_chaining=bool(pcb & _CHAINING))
        if pcb & 0xE6 == _R_ACK:
            return self._r_block(pcb & _BLOCK_NUMBER, is_nak=bool(pcb & 0x10))
        if pcb == _S_DESELECT:
            self._link.state = _State.HALT
            return self._prologue(_S_DESELECT)
        if pcb == _S_WTX and self._link.working is not None:
            return self._remember(self._work())
        return None

    def _i_block(self, body: bytes, *, is_chaining: bool) -> bytes:
        # Rule D: every I-block turns the number.
        self._link.block_number ^= 1
        self._link.command += body
        if is_chaining:
            return self._remember(self._prologue(_R_ACK | self._link.block_number))
        command, self._link.command = self._link.command, b""
        self._link.working = self._executor.submit(self.card.process, command)
        return self._remember(self._work())

    def _r_block(self, number: int, *, is_nak: bool) -> bytes | None:
        if number == self._link.block_number:
            # Rule 11: what was sent last, once more. The command is not carried out again.
            return self._link.last
        if is_nak:
            # Rule 12: the reader's block never came; also how a reader asks whether a card is there.
            return self._prologue(_R_ACK | self._link.block_number)
        # Rules E and 13: go on with the chain.
        self._link.block_number ^= 1
        return self._remember(self._next_part()) if self._link.response else None

    def _work(self) -> bytes:
        working = self._link.working
        if working is None:
            raise CardGone
        try:
            response = working.result(self._patience_s)
        except FutureTimeoutError:
            self.waiting_time_extensions += 1
            multiplier = min(_MAX_WTXM, max(1, int(_FWT_MAX_S / (2 * self._patience_s))))
            return self._prologue(_S_WTX) + bytes([multiplier])
        self._link.working = None
        self._link.response = response
        return self._next_part()

    def _next_part(self) -> bytes:
        room = self._link.reader_frame_size - _CHECK_BYTES - 1 - self._link.has_cid
        part, self._link.response = self._link.response[:room], self._link.response[room:]
        chaining = _CHAINING if self._link.response else 0
        return self._prologue(_I_BLOCK | chaining | self._link.block_number) + part

    def _prologue(self, pcb: int) -> bytes:
        return bytes([pcb | _HAS_CID, self._link.cid]) if self._link.has_cid else bytes([pcb])

    def _remember(self, frame: bytes) -> bytes:
        self._link.last = frame
        return frame
