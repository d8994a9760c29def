"""The card side of vpcd's protocol, against a driver of our own that sends as Debian's vpcd does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from harness.pcscd import wait_until

from mynacard.emulator import VirtualCard, virtual_card
from mynacard.emulator.vpcd import VpcdFront

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")


class Driver:
    """A slot: listens where vpcd would."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(5)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> None:
        self.card, _ = self._listener.accept()
        self.card.settimeout(5)

    def send(self, message: bytes) -> None:
        # Two sends, as vpcd up to 3.3: the length alone first.
        self.card.sendall(len(message).to_bytes(2, "big"))
        self.card.sendall(message)

    def ask(self, message: bytes) -> bytes:
        self.send(message)
        size = int.from_bytes(self._exactly(2), "big")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.card.recv(size - len(data))
            assert part, "the card closed the connection"
            data += part
        return data

    def closed_by_card(self) -> bool:
        return self.card.recv(1) == b""

    def close(self) -> None:
        self.card.close()
        self._listener.close()


@contextmanager
def inserted(card: VirtualCard, port: int, back_after_s: float | None = 0.0) -> Iterator[VpcdFront]:
    front = VpcdFront(card, port=port, back_after_s=back_after_s)
    thread = threading.Thread(target=front.run)
    thread.start()
    try:
        yield front
    finally:
        front.stop()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def test_card_answers_presence_power_and_commands(driver: Driver) -> None:
    card = virtual_card()
    with inserted(card, driver.port) as front:
        driver.accept()
        assert driver.ask(b"\x04").hex().upper() == "3B888001000005E0B381A1007F"
        assert front.is_connected
        assert not card.is_powered
        driver.send(b"\x01")
        assert driver.ask(SELECT) == b"\x90\x00"
        assert driver.ask(bytes.fromhex("00B08A00000800"))[-2:] == b"\x90\x00"
        driver.send(b"\x02")
        assert driver.ask(bytes.fromhex("00200098")) == b"\x69\x86"
        driver.send(b"\x00")
        driver.ask(b"\x04")
        assert not card.is_powered


def test_unknown_control_byte_is_passed_over(driver: Driver) -> None:
    with inserted(virtual_card(), driver.port):
        driver.accept()
        driver.send(b"\x77")
        assert driver.ask(b"\x04")[0] == 0x3B


def test_vanishing_card_closes_the_connection_and_comes_back(driver: Driver) -> None:
    with inserted(virtual_card(disappear_after=1), driver.port):
        driver.accept()
        driver.send(b"\x01")
        driver.ask(SELECT)
        driver.send(SELECT)
        assert driver.closed_by_card()
        driver.card.close()
        driver.accept()
        driver.send(b"\x01")
        assert driver.ask(SELECT) == b"\x90\x00"


def test_vanished_card_can_stay_away_until_it_is_put_back(driver: Driver) -> None:
    with inserted(virtual_card(disappear_after=0), driver.port, back_after_s=None) as front:
        driver.accept()
        driver.send(b"\x01")
        driver.send(SELECT)
        assert driver.closed_by_card()
        driver.card.close()
        wait_until(lambda: not front.is_connected, "the card is away")
        front.insert()
        driver.accept()
        assert driver.ask(b"\x04")[0] == 0x3B


def test_card_is_pulled_and_put_back(driver: Driver) -> None:
    with inserted(virtual_card(), driver.port) as front:
        driver.accept()
        driver.send(b"\x01")
        driver.ask(SELECT)
        front.remove()
        assert driver.closed_by_card()
        driver.card.close()
        front.insert()
        driver.accept()
        assert driver.ask(b"\x04")[0] == 0x3B


def test_card_waits_for_a_driver_that_is_not_there_yet() -> None:
    first = Driver()
    port = first.port
    first._listener.close()
    with inserted(virtual_card(), port):
        late = Driver(port)
        late.accept()
        assert late.ask(b"\x04")[0] == 0x3B
        late.close()


def test_card_comes_back_to_a_restarted_driver() -> None:
    first = Driver()
    with inserted(virtual_card(), first.port):
        first.accept()
        first.ask(b"\x04")
        first.close()
        second = Driver(first.port)
        second.accept()
        assert second.ask(b"\x04")[0] == 0x3B
        second.close()
