"""nfcpy's own type B path reads and signs over its UDP driver: an independent reader side for our block protocol."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import nfc
import nfc.clf
import nfc.tag.tt4
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from harness.pcscd import wait_until

from mynacard.emulator import VirtualCard, virtual_card
from mynacard.emulator.credential import authentication
from mynacard.emulator.interface import DEFAULT_BATCH, TypeB
from mynacard.emulator.jpki_application import AID, PIN
from mynacard.emulator.udp import UdpFront

DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


@contextmanager
def in_the_field(card: VirtualCard, type_b: TypeB = DEFAULT_BATCH, back_after_s: float = 0.0) -> Iterator[UdpFront]:
    front = UdpFront(card, port=0, type_b=type_b, back_after_s=back_after_s)
    thread = threading.Thread(target=front.run)
    thread.start()
    try:
        yield front
    finally:
        front.stop()
        thread.join(5)
        assert not thread.is_alive()


class Nfcpy:
    """nfcpy on the reader's side."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.frontend = nfc.ContactlessFrontend("udp:{}:{}".format(*address))
        self.timeout_s = 5.0
        self.tag = self.activate()

    def activate(self) -> Any:
        tag = self.frontend.connect(rdwr={"targets": ["106B"], "on-connect": lambda _tag: False})
        assert isinstance(tag, nfc.tag.tt4.Type4BTag)
        return tag

    def send(self, command: str, data: bytes = b"") -> bytes:
        return bytes(self.tag.transceive(bytes.fromhex(command) + data, timeout=self.timeout_s))

    def select(self) -> None:
        assert self.send("00A4040C0A", AID) == b"\x90\x00"

    def __enter__(self) -> "Nfcpy":
        return self

    def __exit__(self, *_: object) -> None:
        self.frontend.close()


def read_in_pieces(reader: Nfcpy, size: int, piece: int) -> bytes:
    reader.send("00A4020C02000A")
    parts = [
        reader.send(f"00B0{offset:04X}{min(piece, size - offset) & 0xFF:02X}")[:-2] for offset in range(0, size, piece)
    ]
    return b"".join(parts)


@pytest.mark.parametrize("frame_size", [256, 128, 64, 32, 16])
@pytest.mark.parametrize("person", ["sato", "kimura"])
def test_nfcpy_reads_the_certificate_whole_and_in_pieces(frame_size: int, person: str) -> None:
    der = authentication(person).der
    with (
        in_the_field(virtual_card(person), DEFAULT_BATCH.with_frame_size(frame_size)) as front,
        Nfcpy(front.address) as reader,
    ):
        reader.select()
        assert reader.send("00B08A0000" + f"{len(der):04X}") == der + b"\x90\x00"
        assert read_in_pieces(reader, len(der), 256) == der
        assert read_in_pieces(reader, len(der), 251) == der


@pytest.mark.parametrize("frame_size", [256, 24])
def test_nfcpy_presents_the_pin_and_signs(frame_size: int) -> None:
    digest = hashlib.sha256(b"message").digest()
    with (
        in_the_field(virtual_card(), DEFAULT_BATCH.with_frame_size(frame_size)) as front,
        Nfcpy(front.address) as reader,
    ):
        reader.select()
        assert reader.send("00200098") == b"\x63\xc3"
        assert reader.send("0020009804", b"1234") == b"\x90\x00"
        answer = reader.send("802A009733", DIGEST_INFO + digest + b"\x00")
    key = authentication("sato").certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert answer[-2:] == b"\x90\x00"
    key.verify(answer[:-2], b"message", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(("fwi", "delay_s"), [(10, 0.5), (4, 0.1)])
def test_late_signature_comes_by_waiting_time_extension(fwi: int, delay_s: float) -> None:
    with (
        in_the_field(virtual_card(delay_s=delay_s), DEFAULT_BATCH.with_fwi(fwi)) as front,
        Nfcpy(front.address) as reader,
    ):
        reader.select()
        reader.send("0020009804", b"1234")
        answer = reader.send("802A009733", bytes(51) + b"\x00")
        assert (len(answer), answer[-2:]) == (258, b"\x90\x00")
        assert front.waiting_time_extensions > 0


def test_nfcpy_finds_the_card_present_and_the_field_off_takes_its_power() -> None:
    card = virtual_card()
    with in_the_field(card) as front:
        with Nfcpy(front.address) as reader:
            reader.select()
            assert reader.tag.is_present
            assert card.is_powered
        wait_until(lambda: not card.is_powered, "the card loses its power with the field")
        with Nfcpy(front.address) as reader:
            assert card.power_ups == 2
            assert reader.send("00200098") == b"\x69\x86"


def test_another_command_form_of_nfcpy_sees_the_status_word() -> None:
    with in_the_field(virtual_card()) as front, Nfcpy(front.address) as reader:
        with pytest.raises(nfc.tag.tt4.Type4TagCommandError) as caught:
            reader.tag.send_apdu(0, 0xA4, 4, 0x0C, b"\xa0\x00\x00\x00\x01")
        assert caught.value.errno == 0x6A82


def test_card_taken_from_the_field_answers_no_more_and_can_be_met_again() -> None:
    card = virtual_card()
    with in_the_field(card) as front, Nfcpy(front.address) as reader:
        reader.select()
        front.remove()
        reader.timeout_s = 0.05
        with pytest.raises((nfc.tag.tt4.Type4TagCommandError, nfc.clf.CommunicationError)):
            reader.send("00200098")
        front.insert()
        reader.tag = reader.activate()
        reader.select()
        assert reader.send("00200098") == b"\x63\xc3"


def test_card_that_vanishes_during_verify_has_counted_once() -> None:
    card = virtual_card(disappear_during_verify=True)
    with in_the_field(card) as front, Nfcpy(front.address) as reader:
        reader.select()
        reader.timeout_s = 0.05
        with pytest.raises((nfc.tag.tt4.Type4TagCommandError, nfc.clf.CommunicationError)):
            reader.send("0020009804", b"0000")
        reader.tag = reader.activate()
        reader.select()
        assert reader.send("00200098") == b"\x63\xc2"
        assert card.tries_left(AID, PIN) == 2


class LossyAir:
    """Stands between reader and card and loses what it is told to lose."""

    def __init__(self, card_address: tuple[str, int], loses: Callable[[int, bool], bool]) -> None:
        self._card_address = card_address
        self._loses = loses
        self._count = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._is_stopped = False
        self.lost = 0
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()
        return host, port

    def __enter__(self) -> "LossyAir":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped = True
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        reader: tuple[str, int] | None = None
        while not self._is_stopped:
            try:
                datagram, sender = self._socket.recvfrom(1024)
            except TimeoutError:
                continue
            is_from_card = sender == self._card_address
            if not is_from_card:
                reader = sender
            self._count += 1
            if self._loses(self._count, is_from_card):
                self.lost += 1
                continue
            self._socket.sendto(datagram, reader if is_from_card and reader else self._card_address)


@pytest.mark.parametrize("lost", range(5, 13))
def test_any_one_lost_frame_is_recovered_and_no_try_is_counted_twice(lost: int) -> None:
    # Frames 1 to 4 are the activation, which nfcpy does not repeat.
    card = virtual_card()
    with in_the_field(card) as front, LossyAir(front.address, lambda count, _: count == lost) as air:
        with Nfcpy(air.address) as reader:
            reader.timeout_s = 0.1
            reader.select()
            assert reader.send("00200098") == b"\x63\xc3"
            assert reader.send("0020009804", b"0000") == b"\x63\xc2"
            assert reader.send("00200098") == b"\x63\xc2"
        assert air.lost == 1
    assert card.tries_left(AID, PIN) == 2
    assert card.transcript.commands == 4
