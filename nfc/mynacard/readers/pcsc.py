"""Readers behind PC/SC (pcscd, Windows' smart card service), through pyscard's plain calls.

pyscard's monitoring and its higher classes are not used: they die for good when the service restarts. The one module
that imports smartcard; import it only after `service.pcsc_problem` found the library.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from smartcard import scard

from mynacard.connection import ReaderKind, ReaderState
from mynacard.errors import (
    CardRemovedError,
    NoCardError,
    NoReaderError,
    NoServiceError,
    ReaderBusyError,
    TransportError,
)
from mynacard.readers.reader import ReaderInfo

_PROTOCOLS: Final = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_OK: Final = scard.SCARD_S_SUCCESS
# How long another program's transaction is waited for.
TRANSACTION_TIMEOUT_S: Final = 5.0

_SERVICE_GONE: Final = frozenset(
    {
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_F_INTERNAL_ERROR,
    }
)
_READER_GONE: Final = frozenset(
    {scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_NO_READERS_AVAILABLE}
)
# A card that is pulled out mid-command shows as any of these, depending on reader and moment.
_CARD_GONE: Final = frozenset(
    {
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_E_NOT_READY,
    }
)
# These refuse extended length with the same error as a removed card, so they are not asked for it.
_SHORT_ONLY: Final = ("ACR122", "ACR1281")


def _hex(result: int) -> str:
    return f"0x{result & 0xFFFFFFFF:08X}"


class _Context:
    """A connection to the service; made anew when the service went away."""

    def __init__(self) -> None:
        result, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != _OK:
            raise NoServiceError("pcsc", "not_running")

    def release(self) -> None:
        scard.SCardReleaseContext(self.handle)


def is_service_running() -> bool:
    """Whether the service answers now."""
    try:
        _Context().release()
    except NoServiceError:
        return False
    return True


def list_readers() -> list[ReaderInfo]:
    """Raises NoServiceError."""
    context = _Context()
    try:
        result, names = scard.SCardListReaders(context.handle, [])
        if result in _SERVICE_GONE:
            raise NoServiceError("pcsc", "not_running")
        return [ReaderInfo(name, ReaderKind.PCSC, _state(context, name)) for name in (names or [])]
    finally:
        context.release()


def _state(context: _Context, name: str) -> ReaderState:
    result, states = scard.SCardGetStatusChange(context.handle, 0, [(name, scard.SCARD_STATE_UNAWARE)])
    if result in _SERVICE_GONE:
        return ReaderState.NO_SERVICE
    if result != _OK or not states:
        return ReaderState.NO_READER
    flags = states[0][1]
    if flags & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE):
        return ReaderState.NO_READER
    return ReaderState.CARD if flags & scard.SCARD_STATE_PRESENT else ReaderState.NO_CARD


class PcscReader:
    """One reader by its PC/SC name; survives the service's restarts and its own unplugging."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._context: _Context | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def kind(self) -> ReaderKind:
        return ReaderKind.PCSC

    def state(self) -> ReaderState:
        with self._lock:
            try:
                if self._context is None:
                    self._context = _Context()
            except NoServiceError:
                return ReaderState.NO_SERVICE
            state = _state(self._context, self._name)
            if state is ReaderState.NO_SERVICE:
                # The context belongs to a service that is no more; the next call asks its successor.
                self._release()
            return state

    def connect(self) -> PcscConnection:
        return PcscConnection(self._name)

    def close(self) -> None:
        with self._lock:
            self._release()

    def _release(self) -> None:
        if self._context is not None:
            self._context.release()
            self._context = None


class PcscConnection:
    """A card held alone: exclusively, or by a transaction where another program has it open in shared mode."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._context = _Context()
        self._card: Any = None
        self._protocol = 0
        self._is_shared = False
        try:
            self._connect()
        except BaseException:
            self._context.release()
            raise

    @property
    def reader(self) -> str:
        return self._reader

    @property
    def extended_length(self) -> bool:
        # T=0 would need ENVELOPE, which no such card has been seen to speak.
        is_short_only = any(model in self._reader for model in _SHORT_ONLY)
        return self._protocol != scard.SCARD_PROTOCOL_T0 and not is_short_only

    def _connect(self) -> None:
        result = self._try_connect(scard.SCARD_SHARE_EXCLUSIVE)
        if result == scard.SCARD_E_SHARING_VIOLATION:
            result = self._try_connect(scard.SCARD_SHARE_SHARED)
            self._is_shared = result == _OK
        if result == scard.SCARD_E_SHARING_VIOLATION:
            raise ReaderBusyError(self._reader)
        if result in _SERVICE_GONE:
            raise NoServiceError("pcsc", "not_running")
        if result in _READER_GONE:
            raise NoReaderError(self._reader)
        if result == scard.SCARD_W_REMOVED_CARD or result == scard.SCARD_E_NO_SMARTCARD:
            raise NoCardError(self._reader)
        if result != _OK:
            raise TransportError(_hex(result))
        if self._is_shared:
            self._begin()

    def _try_connect(self, mode: int) -> int:
        result, self._card, self._protocol = scard.SCardConnect(self._context.handle, self._reader, mode, _PROTOCOLS)
        return int(result)

    def _begin(self) -> None:
        """Waits for a transaction, but not for ever: the call itself has no time limit."""
        outcome: list[int] = []
        is_abandoned = threading.Event()
        card = self._card

        def begin() -> None:
            outcome.append(scard.SCardBeginTransaction(card))
            if is_abandoned.is_set():
                scard.SCardEndTransaction(card, scard.SCARD_LEAVE_CARD)

        waiting = threading.Thread(target=begin, name="pcsc-transaction", daemon=True)
        waiting.start()
        waiting.join(TRANSACTION_TIMEOUT_S)
        if waiting.is_alive() or outcome[0] != _OK:
            is_abandoned.set()
            raise ReaderBusyError(self._reader)

    def transmit(self, apdu: bytes) -> bytes:
        if self._card is None:
            raise CardRemovedError("closed")
        pci = scard.SCARD_PCI_T0 if self._protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        result, answer = scard.SCardTransmit(self._card, pci, list(apdu))
        if result != _OK:
            raise _lost(result)
        if len(answer) < 2:
            # Some drivers, vpcd among them, call it a success when the card went away before it answered.
            raise CardRemovedError("no answer")
        return bytes(answer)

    def reconnect(self) -> None:
        if self._card is None:
            raise CardRemovedError("closed")
        mode = scard.SCARD_SHARE_SHARED if self._is_shared else scard.SCARD_SHARE_EXCLUSIVE
        result, self._protocol = scard.SCardReconnect(self._card, mode, _PROTOCOLS, scard.SCARD_UNPOWER_CARD)
        if result != _OK:
            raise _lost(result)
        if self._is_shared:
            self._begin()

    def close(self) -> None:
        if self._card is None:
            return
        if self._is_shared:
            scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD)
        # Without power the card forgets a verified PIN, whatever else would have made it forget.
        scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
        self._card = None
        self._context.release()


def _lost(result: int) -> TransportError:
    gone = _CARD_GONE | _READER_GONE | _SERVICE_GONE
    return CardRemovedError(_hex(result)) if result in gone else TransportError(_hex(result))
