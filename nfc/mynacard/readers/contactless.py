"""Contactless USB readers (PaSoRi RC-S380 and the like) through nfcpy, without PC/SC.

The one module that imports nfc. nfcpy logs every frame at level DEBUG, PINs included: those records are dropped here,
whatever the program has set up.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

import nfc
import nfc.clf
import nfc.clf.device
import nfc.clf.transport
import nfc.tag
import nfc.tag.tt4

from mynacard.apdu import INS
from mynacard.connection import ReaderKind, ReaderState
from mynacard.errors import CardRemovedError, NoCardError, NoReaderError, TransportError
from mynacard.readers.reader import ReaderInfo

# A card may take most of a second to compare or to sign, and says so late or not at all: half a second, as is usual,
# is too short. Anything else it answers within the time it declared, and a card taken away is noticed sooner.
TIMEOUT_S: Final = 5.0
PLAIN_TIMEOUT_S: Final = 2.0
_SLOW: Final = frozenset({INS.VERIFY, INS.PERFORM_SECURITY_OPERATION})
# A lost block is asked for once more; a lost command is never repeated here (reads are, one layer up).
BLOCK_RETRIES: Final = 1
_ATTEMPTS: Final = 3
# My Number cards are Type B; phones may be Type A.
_TARGETS: Final = ("106B", "106A")


class _DropFrames(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG


_DROP_FRAMES: Final = _DropFrames()


def silence_frames() -> None:
    """Keeps nfcpy's records of frames out of every log; harmless to repeat."""
    for name in ("nfc", *logging.root.manager.loggerDict):
        if name == "nfc" or name.startswith("nfc."):
            # addFilter adds the same filter once only.
            logging.getLogger(name).addFilter(_DROP_FRAMES)


def list_readers() -> list[ReaderInfo]:
    """Supported readers on USB. Raises OSError if the USB library is absent."""
    found = nfc.clf.transport.USB.find("usb") or []
    names = [
        f"usb:{bus:03d}:{device:03d}"
        for vendor, product, bus, device in found
        if (vendor, product) in nfc.clf.device.usb_device_map
    ]
    infos = []
    for name in names:
        reader = ContactlessReader(name)
        infos.append(ReaderInfo(name, ReaderKind.CONTACTLESS, reader.state()))
        reader.close()
    return infos


class ContactlessReader:
    """A reader by nfcpy's path: `usb`, `usb:054c:06c3`, `usb:001:004`, `tty:USB0:arygon`, `udp:host:port`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._frontend: Any = None
        self._connection: ContactlessConnection | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        return self._path

    @property
    def kind(self) -> ReaderKind:
        return ReaderKind.CONTACTLESS

    def state(self) -> ReaderState:
        with self._lock:
            if self._connection is not None:
                # Looking for cards would cut the power of the one that is being talked to.
                return ReaderState.CARD
            try:
                return ReaderState.CARD if self.sense() is not None else ReaderState.NO_CARD
            except (OSError, NoReaderError):
                self._drop()
                return ReaderState.NO_READER

    def connect(self) -> ContactlessConnection:
        with self._lock:
            tag = None
            try:
                tag = self.activate()
            except OSError:
                self._drop()
            if tag is None:
                if self._frontend is None:
                    raise NoReaderError(self._path)
                raise NoCardError(self._path)
            self._connection = ContactlessConnection(self, tag)
            return self._connection

    def close(self) -> None:
        with self._lock:
            self._drop()

    def release(self, connection: ContactlessConnection) -> None:
        """Cuts the field; called by a connection that ends."""
        with self._lock:
            if self._connection is connection:
                self._connection = None
                self._cut_power()

    def activate(self) -> Any:
        """Cuts and restores the field and activates an ISO-DEP card; None if there is none."""
        for _ in range(_ATTEMPTS):
            target = self.sense()
            tag = self._activate(target) if target is not None else None
            if tag is not None:
                return tag
        return None

    def _activate(self, target: Any) -> Any:
        try:
            tag = nfc.tag.activate(self._frontend, target)
        except (nfc.clf.CommunicationError, nfc.tag.TagCommandError, IndexError, ValueError):
            # A card that moved while it was activated answers with parts of what was asked.
            return None
        if not isinstance(tag, nfc.tag.tt4.Type4Tag):
            return None
        dep = getattr(tag, "_dep", None)
        if dep is not None:
            dep.n_retry_nak = dep.n_retry_ack = BLOCK_RETRIES
        return tag

    def sense(self) -> Any:
        """A target in the field, or None. Raises OSError if the reader is gone, NoReaderError if it never was."""
        frontend = self._open()
        targets = [nfc.clf.RemoteTarget(technology) for technology in _TARGETS]
        try:
            return frontend.sense(*targets, iterations=1)
        except nfc.clf.CommunicationError:
            return None

    def _open(self) -> Any:
        if self._frontend is None:
            frontend = nfc.ContactlessFrontend()
            silence_frames()
            if not self._is_opened(frontend):
                raise NoReaderError(self._path)
            # The driver's module, and its logger with it, is loaded by opening.
            silence_frames()
            self._frontend = frontend
        return self._frontend

    def _is_opened(self, frontend: Any) -> bool:
        try:
            return bool(frontend.open(self._path))
        except (ValueError, TypeError, KeyError):
            # A path that nfcpy cannot make sense of; its UDP driver also trips over ports that have a service's name.
            return False

    def _cut_power(self) -> None:
        try:
            if self._frontend is not None:
                self._frontend.sense()
        except (OSError, nfc.clf.CommunicationError):
            self._drop()

    def _drop(self) -> None:
        frontend, self._frontend, self._connection = self._frontend, None, None
        try:
            if frontend is not None:
                frontend.close()
        except OSError:
            return


class ContactlessConnection:
    """An activated ISO-DEP card, Type B or A."""

    def __init__(self, reader: ContactlessReader, tag: Any) -> None:
        self._reader = reader
        self._tag = tag

    @property
    def reader(self) -> str:
        return self._reader.name

    @property
    def extended_length(self) -> bool:
        return True

    def transmit(self, apdu: bytes) -> bytes:
        if self._tag is None:
            raise CardRemovedError("closed")
        problem = ""
        is_removed = False
        try:
            return bytes(self._tag.transceive(bytearray(apdu), self._timeout_s(apdu[1])))
        except nfc.tag.tt4.Type4TagCommandError as error:
            is_removed = error.errno in (nfc.tag.TIMEOUT_ERROR, nfc.tag.RECEIVE_ERROR)
            problem = f"iso-dep {error.errno}"
        except nfc.clf.CommunicationError as error:
            is_removed = isinstance(error, nfc.clf.TimeoutError | nfc.clf.TransmissionError | nfc.clf.BrokenLinkError)
            problem = type(error).__name__
        except OSError as error:
            is_removed = True
            problem = f"reader {error.errno}"
        except (IndexError, TypeError):
            # nfcpy trips over an empty block.
            problem = "protocol"
        del apdu
        raise CardRemovedError(problem) if is_removed else TransportError(problem)

    def _timeout_s(self, ins: int) -> float:
        declared_s = float(getattr(getattr(self._tag, "_dep", None), "fwt", TIMEOUT_S))
        return TIMEOUT_S if ins in _SLOW else max(PLAIN_TIMEOUT_S, declared_s)

    def reconnect(self) -> None:
        if self._tag is None:
            raise CardRemovedError("closed")
        tag = None
        try:
            tag = self._reader.activate()
        except (OSError, NoReaderError):
            tag = None
        if tag is None:
            raise CardRemovedError("not found again")
        self._tag = tag

    def close(self) -> None:
        if self._tag is not None:
            self._tag = None
            self._reader.release(self)
