"""Readers of what a card, or something that says it is one, answers."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache

from fuzz.target import target

from mynacard import CardError, CardKind, CardSession, JpkiPin, NumberB, ReaderMemory
from mynacard.apdu import Response
from mynacard.certificate import Certificate, length_of_certificate, serial_in
from mynacard.connection import CardRemovedError
from mynacard.emulator import PEOPLE, VirtualReader, test_ca, virtual_card
from mynacard.emulator.credential import authentication, signature
from mynacard.profile import parse_attributes
from mynacard.tlv import end_of_object, read_objects

_DAY = date(2026, 12, 1)


def certificates() -> list[bytes]:
    signing = signature("sato")
    return [authentication("sato").der, authentication("mori").der, *([signing.der] if signing else [])]


def attributes() -> list[bytes]:
    parts = [("DF22", "見本　花子"), ("DF23", "架空県見本市1"), ("DF24", "19500102"), ("DF25", "2")]
    inner = b""
    for tag, text in parts:
        value = text.encode()
        inner += bytes.fromhex(tag) + bytes([len(value)]) + value
    return [bytes.fromhex("FF20") + bytes([0x81, len(inner)]) + inner]


@target("tlv", CardError, seeds=lambda: [*attributes(), *certificates()])
def tlv(octets: bytes) -> object:
    end = end_of_object(octets, "fuzz")
    assert end is None or end >= 0
    found = list(read_objects(octets, "fuzz"))
    assert sum(one.end - one.start for one in found) == len(octets)
    return found


@target("certificate", CardError, seeds=certificates)
def certificate(octets: bytes) -> object:
    head = octets[:35]
    length_of_certificate(octets)
    serial_in(head)
    found = Certificate.parse(octets)
    found.state(_DAY, CardKind.PLASTIC)
    found.has_signed(b"message", bytes(256))
    found.chain(test_ca.roots(), datetime.fromisoformat("2026-12-01T00:00:00+00:00"))
    return found


@target("attributes", CardError, seeds=attributes)
def attributes_of_card(octets: bytes) -> object:
    return parse_attributes(octets)


@target("status answer", seeds=lambda: [b"\x90\x00", b"\x63\xc2", b"\x61\x10", b"\x6c\x00", b"data\x90\x00"])
def status_answer(octets: bytes) -> object:
    found = Response.parse(octets)
    if found is None:
        return None
    tries = found.tries_left
    assert tries is None or 0 <= tries <= 15
    assert found.more_available is None or 1 <= found.more_available <= 256
    return found.is_ok, found.correct_le, repr(found)


class OddCard:
    """Answers with pieces of the input: two octets say how long each is. At the end it is gone."""

    reader = "Fuzzed reader"

    def __init__(self, octets: bytes, extended_length: bool) -> None:
        self._rest = octets
        self.extended_length = extended_length
        self.presented: list[bytes] = []

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[1] == 0x20 and len(apdu) > 5:
            self.presented.append(apdu)
        if len(self._rest) < 2:
            raise CardRemovedError
        length = int.from_bytes(self._rest[:2])
        answer, self._rest = self._rest[2 : 2 + length], self._rest[2 + length :]
        return answer

    def reconnect(self) -> None:
        if not self._rest:
            raise CardRemovedError

    def close(self) -> None:
        self._rest = b""


class _Recorded:
    """A real emulated card, its answers written down in the form that `OddCard` plays."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.answers = bytearray()

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def transmit(self, apdu: bytes) -> bytes:
        answer: bytes = self.inner.transmit(apdu)  # type: ignore[attr-defined]
        self.answers += len(answer).to_bytes(2) + answer
        return answer


def _prove(session: CardSession) -> object:
    return session.prove(b"kazasu-intent-v1 message", JpkiPin(PEOPLE["sato"].jpki_pin)).tries_left


def _attributes(session: CardSession) -> object:
    return session.attributes(NumberB(PEOPLE["sato"].number_b))


def _certificate(session: CardSession) -> object:
    return session.certificate()


_TOUCHES: tuple[Callable[[CardSession], object], ...] = (_prove, _attributes, _certificate)


@cache
def touches() -> Sequence[bytes]:
    """Whole touches of the emulator's card, as the card answered them."""
    made = []
    for number, touch in enumerate(_TOUCHES):
        for extended in (0, 1):
            reader = VirtualReader(virtual_card("sato"), extended_length=bool(extended))
            recorded = _Recorded(reader.connect())
            with CardSession(recorded, memory=ReaderMemory()) as session:  # type: ignore[arg-type]
                touch(session)
            made.append(bytes([number * 2 + extended]) + bytes(recorded.answers))
    return made


@target("card", CardError, seeds=touches)
def card(octets: bytes) -> object:
    """A whole touch whose card answers anything: no secret is ever presented twice."""
    which = octets[0] if octets else 0
    odd = OddCard(octets[1:], extended_length=bool(which & 1))
    try:
        with CardSession(odd, memory=ReaderMemory()) as session:
            return _TOUCHES[which // 2 % len(_TOUCHES)](session)
    finally:
        assert len(odd.presented) <= 1, "a secret was presented again"
