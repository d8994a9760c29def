"""A virtual card on the other end of nfcpy's UDP driver: one datagram a frame, as text "106B hex". Knows no nfcpy."""

import socket
import threading
import time
from contextlib import suppress
from typing import Final

from .card import CardGone, VirtualCard
from .interface import DEFAULT_BATCH, TypeB
from .iso_dep import IsoDepTarget

_BIT_RATE: Final = "106B"
_RFOFF: Final = b"RFOFF"
_MAX_DATAGRAM: Final = 1024
_POLL_S: Final = 0.2


class UdpFront:
    """Listens on an address until stopped. A card that left is silent for `back_after_s`, then may be met again."""

    def __init__(
        self,
        card: VirtualCard,
        host: str = "127.0.0.1",
        port: int = 54321,
        *,
        type_b: TypeB = DEFAULT_BATCH,
        back_after_s: float = 1.0,
    ) -> None:
        self._target = IsoDepTarget(card, type_b)
        self._back_after_s = back_after_s
        self._stop = threading.Event()
        self._is_present = threading.Event()
        self._is_present.set()
        self._away_until = 0.0
        self._reader: tuple[str, int] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(_POLL_S)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: port 0 is a real one by now."""
        host, port = self._socket.getsockname()
        return host, port

    @property
    def waiting_time_extensions(self) -> int:
        """How often the card had to ask for more time."""
        return self._target.waiting_time_extensions

    def insert(self) -> None:
        """Hold the card into the field."""
        self._is_present.set()

    def remove(self) -> None:
        """Take it out; it answers nothing until insert."""
        self._is_present.clear()

    def stop(self) -> None:
        """Make run return within a fifth of a second."""
        self._stop.set()

    def run(self) -> None:
        """Serve until stopped."""
        with self._socket:
            while not self._stop.is_set():
                if not self._is_present.is_set():
                    self._target.field_off()
                with suppress(TimeoutError):
                    datagram, reader = self._socket.recvfrom(_MAX_DATAGRAM)
                    self._serve(datagram, reader)
        self._target.close()

    def _serve(self, datagram: bytes, reader: tuple[str, int]) -> None:
        if datagram.startswith(_RFOFF):
            self._target.field_off()
            return
        if not self._is_present.is_set() or time.monotonic() < self._away_until:
            return
        try:
            bit_rate, text = datagram.decode("ascii").split()
            frame = bytes.fromhex(text)
        except ValueError:
            return
        if bit_rate != _BIT_RATE:
            return
        # A reader that begins anew cut its field before; over UDP one that crashed cannot say so.
        if reader != self._reader or (len(frame) == 3 and frame[0] == 0x05 and not frame[2] & 0x08):
            self._target.field_off()
            self._reader = reader
        try:
            answer = self._target.receive(frame)
        except CardGone:
            self._target.field_off()
            self._away_until = time.monotonic() + self._back_after_s
            return
        if answer is not None:
            self._socket.sendto(f"{_BIT_RATE} {answer.hex()}".encode("ascii"), reader)
