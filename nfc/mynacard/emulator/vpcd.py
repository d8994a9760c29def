"""A virtual card in a slot of vpcd, the virtual reader of pcscd. The card is the TCP client: connected is inserted."""

import logging
import socket
import threading
import time
from typing import Final

from .card import CardGone, VirtualCard
from .interface import ATRS

_log = logging.getLogger(__name__)

DEFAULT_PORT: Final = 35963


_RETRY_S: Final = 0.2
# pcscd looks every 0.4 s; a card that is back sooner was never away for it, and gets no power.
NOTICED_AFTER_S: Final = 0.6
# Linux alone has it; elsewhere the other end's Nagle costs 40 ms a command and nothing else.
_TCP_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class VpcdFront:
    """Keeps a card in a slot until stopped: connects again when pcscd restarts, and after the card left.

    A card that left is back after `back_after_s`, but not before pcscd has seen it gone, or stays away until `insert`
    where that is None.
    """

    def __init__(
        self,
        card: VirtualCard,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        *,
        atr: bytes = ATRS["b1"],
        back_after_s: float | None = 1.0,
    ) -> None:
        self._card = card
        self._address = (host, port)
        self._atr = atr
        self._back_after_s = back_after_s
        self._wake = threading.Condition()
        self._is_wanted = True
        self._is_stopped = False
        self._socket: socket.socket | None = None
        self._left_at = -NOTICED_AFTER_S

    @property
    def is_connected(self) -> bool:
        """Whether the card lies in the slot now. pcscd sees it up to 0.4 s later."""
        return self._socket is not None

    def insert(self) -> None:
        """Put the card into the slot."""
        with self._wake:
            self._is_wanted = True
            self._wake.notify_all()

    def remove(self) -> None:
        """Pull the card, whatever it is doing."""
        with self._wake:
            self._is_wanted = False
            self._disconnect()

    def stop(self) -> None:
        """Make run return, and pull the card."""
        with self._wake:
            self._is_stopped = True
            self._disconnect()
            self._wake.notify_all()

    def run(self) -> None:
        """Serve until stopped. An absent or restarting pcscd is waited for."""
        while self._wait_until_wanted():
            self._pause(self._left_at + NOTICED_AFTER_S - time.monotonic())
            try:
                connection = socket.create_connection(self._address, timeout=5)
            except OSError:
                self._pause(_RETRY_S)
                continue
            if not self._adopt(connection):
                connection.close()
                continue
            has_left = False
            try:
                self._serve(connection)
            except CardGone:
                has_left = True
            except OSError as error:
                _log.debug("vpcd connection ended: %s", error)
            finally:
                self._card.power_off()
                connection.close()
                with self._wake:
                    self._socket = None
                    self._left_at = time.monotonic()
                    if has_left and self._back_after_s is None:
                        self._is_wanted = False
            if has_left and self._back_after_s is not None:
                self._pause(self._back_after_s)

    def _serve(self, connection: socket.socket) -> None:
        while True:
            message = _receive_message(connection)
            if message is None:
                return
            if len(message) == 1:
                self._control(connection, message[0])
            else:
                _send_message(connection, self._card.process(message))

    def _control(self, connection: socket.socket, code: int) -> None:
        match code:
            case 0x00:
                self._card.power_off()
            case 0x01 | 0x02:
                # On, and reset.
                self._card.power_on()
            case 0x04:
                # Also pcscd's way to ask, every 0.4 s, whether a card is there.
                _send_message(connection, self._atr)
            case _:
                _log.debug("vpcd control byte %02X is not known", code)

    def _adopt(self, connection: socket.socket) -> bool:
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._wake:
            if self._is_stopped or not self._is_wanted:
                return False
            self._socket = connection
            return True

    def _disconnect(self) -> None:
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                _log.debug("vpcd connection was closed already: %s", error)

    def _pause(self, seconds: float) -> None:
        with self._wake:
            self._wake.wait_for(lambda: self._is_stopped, max(0.0, seconds))

    def _wait_until_wanted(self) -> bool:
        with self._wake:
            self._wake.wait_for(lambda: self._is_stopped or self._is_wanted)
            return not self._is_stopped


def _receive_message(connection: socket.socket) -> bytes | None:
    head = _receive_exactly(connection, 2)
    return None if head is None else _receive_exactly(connection, int.from_bytes(head, "big"))


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    received = b""
    while len(received) < size:
        # vpcd up to 3.3 sends length and body apart; without an acknowledgement at once every command takes 44 ms. The
        # kernel forgets the option, so it is set before each read.
        if _TCP_QUICKACK is not None:
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_QUICKACK, 1)
        part = connection.recv(size - len(received))
        if not part:
            return None
        received += part
    return received


def _send_message(connection: socket.socket, message: bytes) -> None:
    connection.sendall(len(message).to_bytes(2, "big") + message)
