"""PC/SC's results and what they mean, played by hand; the real service is tried in `real/`."""

import threading
from typing import Any

import pytest

scard = pytest.importorskip("smartcard.scard")

from mynacard import (  # noqa: E402
    CardRemovedError,
    NoCardError,
    NoReaderError,
    NoServiceError,
    ReaderBusyError,
    ReaderState,
    TransportError,
)
from mynacard.readers import pcsc  # noqa: E402

OK = scard.SCARD_S_SUCCESS


class Service:
    """Answers the plain calls; every attribute that is not overridden is pyscard's constant."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.context = OK
        self.names: list[str] | None = ["Reader 0", "ACS ACR122U 00"]
        self.listing = OK
        self.status = (OK, scard.SCARD_STATE_PRESENT)
        self.connects: dict[int, int] = {scard.SCARD_SHARE_EXCLUSIVE: OK, scard.SCARD_SHARE_SHARED: OK}
        self.protocol = scard.SCARD_PROTOCOL_T1
        self.begin: Any = lambda: OK
        self.transmits = OK
        self.reconnects = OK
        self.released = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(scard, name)

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        return self.context, 1

    def SCardReleaseContext(self, context: int) -> int:
        self.released += 1
        return OK

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str] | None]:
        return self.listing, self.names

    def SCardGetStatusChange(self, context: int, timeout: int, states: Any) -> tuple[int, Any]:
        result, flags = self.status
        return result, [(states[0][0], flags, [])]

    def SCardConnect(self, context: int, name: str, mode: int, protocols: int) -> tuple[int, int, int]:
        self.calls.append(f"connect {mode}")
        return self.connects[mode], 7, self.protocol

    def SCardBeginTransaction(self, card: int) -> int:
        self.calls.append("begin")
        return int(self.begin())

    def SCardEndTransaction(self, card: int, disposition: int) -> int:
        self.calls.append("end")
        return OK

    def SCardTransmit(self, card: int, pci: int, apdu: list[int]) -> tuple[int, list[int]]:
        self.calls.append(f"transmit {pci}")
        return self.transmits, [0x90, 0x00]

    def SCardReconnect(self, card: int, mode: int, protocols: int, disposition: int) -> tuple[int, int]:
        self.calls.append(f"reconnect {mode} {disposition}")
        return self.reconnects, self.protocol

    def SCardDisconnect(self, card: int, disposition: int) -> int:
        self.calls.append(f"disconnect {disposition}")
        return OK


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    played = Service()
    monkeypatch.setattr(pcsc, "scard", played)
    return played


def test_the_card_is_taken_alone_and_left_without_power(service: Service) -> None:
    connection = pcsc.PcscConnection("Reader 0")
    assert connection.transmit(b"\x00\xa4\x04\x0c") == b"\x90\x00"
    connection.close()
    connection.close()
    assert service.calls == [
        f"connect {scard.SCARD_SHARE_EXCLUSIVE}",
        f"transmit {scard.SCARD_PCI_T1}",
        f"disconnect {scard.SCARD_UNPOWER_CARD}",
    ]
    assert service.released == 1
    with pytest.raises(CardRemovedError):
        connection.transmit(b"")
    with pytest.raises(CardRemovedError):
        connection.reconnect()


def test_a_card_that_another_program_has_open_is_taken_by_a_transaction(service: Service) -> None:
    service.connects[scard.SCARD_SHARE_EXCLUSIVE] = scard.SCARD_E_SHARING_VIOLATION
    connection = pcsc.PcscConnection("Reader 0")
    connection.reconnect()
    connection.close()
    assert service.calls[1:] == [
        f"connect {scard.SCARD_SHARE_SHARED}",
        "begin",
        f"reconnect {scard.SCARD_SHARE_SHARED} {scard.SCARD_UNPOWER_CARD}",
        "begin",
        "end",
        f"disconnect {scard.SCARD_UNPOWER_CARD}",
    ]


def test_a_card_held_exclusively_by_another_program_is_busy(service: Service) -> None:
    service.connects = dict.fromkeys(service.connects, scard.SCARD_E_SHARING_VIOLATION)
    with pytest.raises(ReaderBusyError):
        pcsc.PcscConnection("Reader 0")
    assert service.released == 1


def test_a_transaction_that_does_not_end_is_not_waited_for_for_ever(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcsc, "TRANSACTION_TIMEOUT_S", 0.02)
    ends = threading.Event()

    def waits() -> int:
        ends.wait(5)
        return int(OK)

    service.begin = waits
    service.connects[scard.SCARD_SHARE_EXCLUSIVE] = scard.SCARD_E_SHARING_VIOLATION
    with pytest.raises(ReaderBusyError):
        pcsc.PcscConnection("Reader 0")
    ends.set()
    waiting = [thread for thread in threading.enumerate() if thread.name == "pcsc-transaction"]
    for thread in waiting:
        thread.join(5)
    # What comes too late is given back.
    assert service.calls[-1] == "end"


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (scard.SCARD_E_NO_SERVICE, NoServiceError),
        (scard.SCARD_E_SERVICE_STOPPED, NoServiceError),
        (scard.SCARD_E_UNKNOWN_READER, NoReaderError),
        (scard.SCARD_E_READER_UNAVAILABLE, NoReaderError),
        (scard.SCARD_E_NO_SMARTCARD, NoCardError),
        (scard.SCARD_W_REMOVED_CARD, NoCardError),
        (scard.SCARD_W_UNRESPONSIVE_CARD, TransportError),
        (scard.SCARD_E_PROTO_MISMATCH, TransportError),
    ],
)
def test_a_connection_that_fails_says_why(service: Service, result: int, error: type[Exception]) -> None:
    service.connects[scard.SCARD_SHARE_EXCLUSIVE] = result
    with pytest.raises(error):
        pcsc.PcscConnection("Reader 0")
    assert service.released == 1


@pytest.mark.parametrize(
    ("result", "is_removed"),
    [
        (scard.SCARD_E_NOT_TRANSACTED, True),
        (scard.SCARD_W_REMOVED_CARD, True),
        (scard.SCARD_W_RESET_CARD, True),
        (scard.SCARD_E_NO_SMARTCARD, True),
        (scard.SCARD_E_READER_UNAVAILABLE, True),
        (scard.SCARD_E_NO_SERVICE, True),
        (scard.SCARD_E_INVALID_HANDLE, True),
        (scard.SCARD_E_TIMEOUT, False),
        (scard.SCARD_E_INSUFFICIENT_BUFFER, False),
    ],
)
def test_a_command_that_fails_is_a_card_removed_or_a_lost_answer(
    service: Service, result: int, is_removed: bool
) -> None:
    connection = pcsc.PcscConnection("Reader 0")
    service.transmits = service.reconnects = result
    for attempt in (lambda: connection.transmit(b"\x00\x20\x00\x98\x041234"), connection.reconnect):
        with pytest.raises(TransportError) as raised:
            attempt()
        assert isinstance(raised.value, CardRemovedError) is is_removed
        assert raised.value.detail == f"0x{result & 0xFFFFFFFF:08X}"
        assert "1234" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "protocol", "extended"),
    [
        ("Reader 0", scard.SCARD_PROTOCOL_T1, True),
        ("Reader 0", scard.SCARD_PROTOCOL_T0, False),
        ("ACS ACR122U 00", scard.SCARD_PROTOCOL_T1, False),
        ("ACS ACR1281 1S Dual Reader", scard.SCARD_PROTOCOL_T1, False),
    ],
)
def test_extended_length_is_tried_only_where_the_road_can(
    service: Service, name: str, protocol: int, extended: bool
) -> None:
    service.protocol = protocol
    connection = pcsc.PcscConnection(name)
    assert connection.extended_length is extended
    connection.transmit(b"\x00\xa4\x04\x0c")
    pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    assert service.calls[-1] == f"transmit {pci}"


@pytest.mark.parametrize(
    ("result", "flags", "state"),
    [
        (OK, scard.SCARD_STATE_PRESENT, ReaderState.CARD),
        (OK, scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_EXCLUSIVE, ReaderState.CARD),
        (OK, scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE, ReaderState.CARD),
        (OK, scard.SCARD_STATE_EMPTY, ReaderState.NO_CARD),
        (OK, scard.SCARD_STATE_UNKNOWN, ReaderState.NO_READER),
        (OK, scard.SCARD_STATE_UNAVAILABLE, ReaderState.NO_READER),
        (scard.SCARD_E_UNKNOWN_READER, 0, ReaderState.NO_READER),
        (scard.SCARD_E_NO_SERVICE, 0, ReaderState.NO_SERVICE),
        (scard.SCARD_E_INVALID_HANDLE, 0, ReaderState.NO_SERVICE),
        (scard.SCARD_F_COMM_ERROR, 0, ReaderState.NO_SERVICE),
    ],
)
def test_the_state_of_a_reader(service: Service, result: int, flags: int, state: ReaderState) -> None:
    service.status = (result, flags)
    assert pcsc.PcscReader("Reader 0").state() is state


def test_a_reader_comes_back_with_its_service(service: Service) -> None:
    reader = pcsc.PcscReader("Reader 0")
    assert reader.state() is ReaderState.CARD
    service.status = (scard.SCARD_E_INVALID_HANDLE, 0)
    assert reader.state() is ReaderState.NO_SERVICE
    assert service.released == 1
    service.context = scard.SCARD_E_NO_SERVICE
    assert reader.state() is ReaderState.NO_SERVICE
    service.context, service.status = OK, (OK, scard.SCARD_STATE_EMPTY)
    assert reader.state() is ReaderState.NO_CARD
    reader.close()
    reader.close()
    assert service.released == 2


def test_readers_are_listed_with_their_state(service: Service) -> None:
    assert [(info.name, info.state) for info in pcsc.list_readers()] == [
        ("Reader 0", ReaderState.CARD),
        ("ACS ACR122U 00", ReaderState.CARD),
    ]
    service.listing, service.names = scard.SCARD_E_NO_READERS_AVAILABLE, None
    assert pcsc.list_readers() == []
    service.listing = scard.SCARD_E_SERVICE_STOPPED
    with pytest.raises(NoServiceError):
        pcsc.list_readers()
