"""nfcpy's roads: over UDP with a virtual card in the field, and its failures played by hand."""

import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("nfc.clf")

import nfc
import nfc.clf
import nfc.tag.tt4

from mynacard import (
    CardRemovedError,
    CardSession,
    JpkiPin,
    NoCardError,
    NoReaderError,
    NumberB,
    ReaderMemory,
    ReaderState,
    TransportError,
    VerifyInterruptedError,
    open_reader,
)
from mynacard.emulator import PEOPLE, VirtualCard, virtual_card
from mynacard.emulator.udp import UdpFront
from mynacard.readers import contactless

KIMURA = PEOPLE["kimura"]


@pytest.fixture
def card() -> VirtualCard:
    return virtual_card("kimura")


@pytest.fixture
def field(card: VirtualCard) -> Iterator[str]:
    """The name of a reader in whose field the card lies."""
    front = UdpFront(card, port=0, back_after_s=0.0)
    thread = threading.Thread(target=front.run)
    thread.start()
    yield "udp:{}:{}".format(*front.address)
    front.stop()
    thread.join(5)


def test_a_card_in_the_field_proves_and_tells_and_loses_its_power(field: str, card: VirtualCard) -> None:
    reader = open_reader(field)
    assert reader.state() is ReaderState.CARD
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        proof = session.prove(b"message", JpkiPin(KIMURA.jpki_pin))
        assert reader.state() is ReaderState.CARD
    assert (proof.apdus, session.apdus_closing) == (6, 1)
    power_ups = card.power_ups
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        assert session.attributes(NumberB(KIMURA.number_b)).name == KIMURA.name
    assert card.power_ups > power_ups
    reader.close()
    reader.close()


def test_a_power_cycle_forgets_a_verified_pin(field: str, card: VirtualCard) -> None:
    reader = open_reader(field)
    connection = reader.connect()
    with CardSession(connection, memory=ReaderMemory()) as session:
        session.verify(JpkiPin(KIMURA.jpki_pin))
        connection.reconnect()
        with pytest.raises(Exception, match="6982"):
            session.sign_sha256(bytes(32))
    reader.close()


def test_no_log_shows_a_frame_even_at_the_lowest_level(field: str, caplog: pytest.LogCaptureFixture) -> None:
    names = ["", "nfc", "nfc.clf", "nfc.clf.udp", "nfc.clf.device", "nfc.tag", "nfc.tag.tt4"]
    before = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(1)
        with caplog.at_level(1):
            reader = open_reader(field)
            with CardSession(reader.connect(), memory=ReaderMemory()) as session:
                session.prove(b"message", JpkiPin(KIMURA.jpki_pin))
            reader.close()
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
    assert "searching for reader" in caplog.text
    assert KIMURA.jpki_pin.encode().hex() not in caplog.text
    assert "00200098" not in caplog.text.replace(" ", "")
    assert "00a4040c" not in caplog.text.lower().replace(" ", "")


def test_an_address_without_listener_has_no_card() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        reader = contactless.ContactlessReader("udp:{}:{}".format(*silent.getsockname()))
        assert reader.state() is ReaderState.NO_CARD
        reader.close()


@pytest.mark.parametrize("path", ["udp:127.0.0.1:9", "udp:127.0.0.1:x", "usb:zz:yy", "tty:nowhere:nothing"])
def test_a_path_that_leads_nowhere_is_no_reader(path: str) -> None:
    reader = contactless.ContactlessReader(path)
    assert reader.state() is ReaderState.NO_READER
    with pytest.raises(NoReaderError):
        reader.connect()


class Tag:
    """A tag whose exchange fails as a test wants."""

    def __init__(self, failure: BaseException | None = None, answer: Any = b"\x90\x00") -> None:
        self.failure = failure
        self.answer = answer
        self.timeouts: list[float] = []
        self._dep = type("Dep", (), {"fwt": 0.3, "n_retry_nak": 5, "n_retry_ack": 5})()

    def transceive(self, apdu: bytearray, timeout: float) -> Any:
        self.timeouts.append(timeout)
        if self.failure is not None:
            raise self.failure
        return self.answer


class Frontend:
    """nfcpy's frontend with a reader that may be pulled out."""

    def __init__(self) -> None:
        self.is_plugged = True
        self.target: object | None = object()
        self.muted = 0
        self.closed = 0

    def open(self, path: str) -> bool:
        return self.is_plugged

    def sense(self, *targets: object, **options: object) -> object | None:
        if not self.is_plugged:
            raise OSError(19, "No such device")
        if not targets:
            self.muted += 1
            return None
        return self.target

    def close(self) -> None:
        self.closed += 1
        if not self.is_plugged:
            raise OSError(19, "No such device")


@pytest.fixture
def frontend(monkeypatch: pytest.MonkeyPatch) -> Frontend:
    played = Frontend()
    monkeypatch.setattr(nfc, "ContactlessFrontend", lambda: played)
    return played


def connected(
    monkeypatch: pytest.MonkeyPatch, tag: Tag
) -> tuple[contactless.ContactlessReader, contactless.ContactlessConnection]:
    monkeypatch.setattr(contactless.ContactlessReader, "_activate", lambda reader, target: tag)
    reader = contactless.ContactlessReader("usb")
    return reader, reader.connect()


@pytest.mark.parametrize(
    ("failure", "is_removed"),
    [
        (nfc.tag.tt4.Type4TagCommandError(nfc.tag.TIMEOUT_ERROR), True),
        (nfc.tag.tt4.Type4TagCommandError(nfc.tag.RECEIVE_ERROR), True),
        (nfc.tag.tt4.Type4TagCommandError(nfc.tag.PROTOCOL_ERROR), False),
        (nfc.clf.TimeoutError("no data received"), True),
        (nfc.clf.TransmissionError("crc"), True),
        (nfc.clf.BrokenLinkError("RFOFF"), True),
        (nfc.clf.ProtocolError("protocol"), False),
        (OSError(19, "No such device"), True),
        (IndexError("empty block"), False),
    ],
)
def test_every_failure_of_an_exchange_is_a_lost_answer_and_shows_no_command(
    monkeypatch: pytest.MonkeyPatch, frontend: Frontend, failure: Exception, is_removed: bool
) -> None:
    _, connection = connected(monkeypatch, Tag(failure))
    with pytest.raises(TransportError) as raised:
        connection.transmit(b"\x00\x20\x00\x98\x041234")
    assert isinstance(raised.value, CardRemovedError) is is_removed
    assert raised.value.__context__ is None
    assert "1234" not in str(raised.value)


def test_comparing_and_signing_may_take_seconds(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    tag = Tag()
    _, connection = connected(monkeypatch, tag)
    for apdu in ("00200098", "802A009700", "00B0820000"):
        connection.transmit(bytes.fromhex(apdu))
    assert tag.timeouts == [5.0, 5.0, 2.0]
    tag._dep.fwt = 4.9
    connection.transmit(bytes.fromhex("00B0820000"))
    assert tag.timeouts[-1] == 4.9


def test_a_verify_over_nfcpy_is_never_sent_again(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    sent: list[bytes] = []

    class Loses(Tag):
        def transceive(self, apdu: bytearray, timeout: float) -> Any:
            sent.append(bytes(apdu))
            if apdu[1] == 0x20 and len(apdu) > 4:
                raise nfc.clf.TimeoutError("no data received")
            return bytearray(b"\x63\xc3" if apdu[1] == 0x20 else b"\x90\x00")

    from mynacard.application import Application
    from mynacard.guard import GuardedConnection

    _, connection = connected(monkeypatch, Loses())
    guarded = GuardedConnection(connection)
    guarded.select(Application.JPKI)
    with pytest.raises(VerifyInterruptedError) as raised:
        guarded.verify(JpkiPin("1234"))
    assert raised.value.outcome == "not_spent"
    assert sum(len(apdu) > 5 and apdu[1] == 0x20 for apdu in sent) == 1


def test_a_reader_is_not_searched_for_cards_while_one_is_talked_to(
    monkeypatch: pytest.MonkeyPatch, frontend: Frontend
) -> None:
    reader, connection = connected(monkeypatch, Tag())
    frontend.target = None
    assert reader.state() is ReaderState.CARD
    connection.close()
    connection.close()
    assert frontend.muted == 1
    assert reader.state() is ReaderState.NO_CARD
    with pytest.raises(CardRemovedError):
        connection.transmit(b"\x00\x20\x00\x98")
    with pytest.raises(CardRemovedError):
        connection.reconnect()


def test_a_reader_pulled_out_and_put_back_works_again(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    reader, connection = connected(monkeypatch, Tag())
    frontend.is_plugged = False
    with pytest.raises(CardRemovedError):
        connection.reconnect()
    connection.close()
    assert reader.state() is ReaderState.NO_READER
    with pytest.raises(NoReaderError):
        reader.connect()
    frontend.is_plugged = True
    assert reader.state() is ReaderState.CARD
    assert reader.connect().transmit(b"\x00\x20\x00\x98") == b"\x90\x00"


def test_a_reader_pulled_out_while_connecting_is_no_reader(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    reader, connection = connected(monkeypatch, Tag())
    connection.close()
    frontend.is_plugged = False
    with pytest.raises(NoReaderError):
        reader.connect()


def test_a_card_that_does_not_come_back_after_a_power_cycle_is_removed(
    monkeypatch: pytest.MonkeyPatch, frontend: Frontend
) -> None:
    _, connection = connected(monkeypatch, Tag())
    frontend.target = None
    with pytest.raises(CardRemovedError):
        connection.reconnect()


@pytest.mark.parametrize("failure", [nfc.clf.TimeoutError(), IndexError(), ValueError()])
def test_a_card_that_moves_while_it_is_activated_is_no_card(
    monkeypatch: pytest.MonkeyPatch, frontend: Frontend, failure: Exception
) -> None:
    def fails(*arguments: object) -> None:
        raise failure

    monkeypatch.setattr(nfc.tag, "activate", fails)
    with pytest.raises(NoCardError):
        contactless.ContactlessReader("usb").connect()


def test_a_tag_of_another_kind_is_no_card(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    monkeypatch.setattr(nfc.tag, "activate", lambda *arguments: object())
    with pytest.raises(NoCardError):
        contactless.ContactlessReader("usb").connect()


def test_supported_readers_on_usb_are_listed(monkeypatch: pytest.MonkeyPatch, frontend: Frontend) -> None:
    found = [(0x054C, 0x06C3, 1, 4), (0x1234, 0x5678, 1, 5)]
    monkeypatch.setattr("nfc.clf.transport.USB.find", lambda path: found)
    assert [(info.name, info.state) for info in contactless.list_readers()] == [("usb:001:004", ReaderState.CARD)]
