"""Which readers there are, and the one that a name means. Loads a driver only when its readers are asked for."""

from __future__ import annotations

from typing import Final

from mynacard.connection import ReaderKind, ReaderState
from mynacard.errors import NoReaderError, NoServiceError
from mynacard.readers.guarded import GuardedReader
from mynacard.readers.reader import Reader, ReaderInfo
from mynacard.readers.service import contactless_problem, missing_service, pcsc_problem

_CONTACTLESS_PATHS: Final = ("usb", "tty", "com", "udp")
_VIRTUAL: Final = "virtual"
_EMULATOR: Final = "emulator"


def list_readers() -> list[ReaderInfo]:
    """Every reader that can be found now; `service_states` says why there may be none."""
    return _pcsc_readers() + _contactless_readers()


def _pcsc_readers() -> list[ReaderInfo]:
    if pcsc_problem() is not None:
        return []
    from mynacard.readers import pcsc

    try:
        return pcsc.list_readers()
    except NoServiceError:
        return []


def _contactless_readers() -> list[ReaderInfo]:
    if contactless_problem() is not None:
        return []
    from mynacard.readers import contactless

    try:
        return contactless.list_readers()
    except OSError:
        # The USB library is absent, or the bus may not be looked at.
        return []


def open_reader(name: str | None = None) -> GuardedReader:
    """The reader of that name; without one, the first that has a card, else the first.

    Names: a PC/SC reader's (whole, or a part that fits one only), `usb…`, `tty:…`, `udp:host:port` for nfcpy, and
    `virtual` or `emulator:PERSON[:KIND]` for a card in this process. Raises NoServiceError, NoReaderError.
    """
    return GuardedReader(_first_reader() if name is None else _named_reader(name))


def _named_reader(name: str) -> Reader:
    scheme, _, rest = name.partition(":")
    if name == _VIRTUAL or scheme == _EMULATOR:
        return _virtual_reader(name, rest)
    if scheme in _CONTACTLESS_PATHS:
        return _contactless_reader(name)
    return _pcsc_reader(name)


def _first_reader() -> Reader:
    found = list_readers()
    chosen = next((info for info in found if info.state is ReaderState.CARD), found[0] if found else None)
    if chosen is not None:
        return _pcsc_reader(chosen.name) if chosen.kind is ReaderKind.PCSC else _contactless_reader(chosen.name)
    raise missing_service() or NoReaderError()


def _pcsc_reader(name: str) -> Reader:
    problem = pcsc_problem()
    if problem is not None:
        raise NoServiceError(ReaderKind.PCSC.value, problem)
    from mynacard.readers import pcsc

    names = [info.name for info in pcsc.list_readers()]
    if name in names:
        return pcsc.PcscReader(name)
    candidates = tuple(found for found in names if name.casefold() in found.casefold())
    if len(candidates) != 1:
        raise NoReaderError(name, candidates)
    return pcsc.PcscReader(candidates[0])


def _contactless_reader(name: str) -> Reader:
    problem = contactless_problem()
    if problem is not None:
        raise NoServiceError(ReaderKind.CONTACTLESS.value, problem)
    from mynacard.readers import contactless

    return contactless.ContactlessReader(name)


def _virtual_reader(name: str, rest: str) -> Reader:
    from mynacard import emulator

    person, _, kind = rest.partition(":")
    person = person or "sato"
    kind = kind or "plastic"
    if person not in emulator.PEOPLE or kind not in emulator.CARD_KINDS:
        raise NoReaderError(name, tuple(f"{_EMULATOR}:{known}" for known in emulator.PEOPLE))
    return emulator.VirtualReader(emulator.virtual_card(person, kind), name=name)
