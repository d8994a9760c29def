"""Readers of what a card, or something that says it is one, answers."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache

from fuzz.target import target

from mynacard import CardError, CardKind, CardSession, JpkiPin, NumberB, ReaderMemory, RefusedByPolicyError, TextPin
from mynacard.apdu import Response
from mynacard.application import Application
from mynacard.certificate import Certificate, length_of_certificate, serial_in
from mynacard.connection import CardRemovedError
from mynacard.emulator import PEOPLE, VirtualReader, test_ca, virtual_card
from mynacard.emulator.credential import authentication, signature
from mynacard.guard import GuardedConnection
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


_INDIVIDUAL_NUMBER = PEOPLE["sato"].individual_number.encode()


class _Watched:
    """A card behind the guard, and everything that reached it."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.reached: list[bytes] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def transmit(self, apdu: bytes) -> bytes:
        self.reached.append(apdu)
        answer: bytes = self.inner.transmit(apdu)  # type: ignore[attr-defined]
        return answer


def _commands() -> list[bytes]:
    """What programs send, and every road to the Individual Number: selected files, references, raw READ forms."""
    jpki, text = Application.JPKI.aid, Application.TEXT.aid
    sent = [
        b"\x00\xa4\x02\x0c\x02\x00\x01", b"\x00\xb0\x00\x00\x00", b"\x00\xa4\x04\x0c\x0a" + text,
        b"\x00\xb0\x81\x00\x11", b"\x00\xb1\x00\x01\x00", b"\x00\x20\x00\x94\x0c" + _INDIVIDUAL_NUMBER,
        b"\x00\x20\x00\x92\x04" + b"1234", b"\x00\x20\x00\x93",
        b"\x00\xa4\x04\x0c\x0a" + jpki, b"\x00\x20\x00\x98", b"\x00\xb0\x8a\x00\x00",
        b"\x80\x2a\x00\x97\x20" + bytes(32) + b"\x00", b"\x0c\xb0\x81\x00\x00", b"\x10\xa4\x02\x0c\x02\x00\x03",
    ]  # fmt: skip
    return [b"".join(bytes([len(apdu)]) + apdu for apdu in part) for part in (sent, sent[:8], sent[8:])]


@target("commands to a card", seeds=_commands)
def commands_to_card(octets: bytes) -> object:
    """Whatever a program, or a page at a lent reader, sends after the PIN that opens the file with the Individual
    Number: that is not in any answer, no secret reaches the card but by `verify`, and no try is spent."""
    watched = _Watched(VirtualReader(virtual_card("sato"), extended_length=True).connect())
    guarded = GuardedConnection(watched)  # type: ignore[arg-type]
    guarded.select(Application.TEXT)
    guarded.verify(TextPin(PEOPLE["sato"].text_pin))
    watched.reached.clear()
    answers, refused = [], 0
    while octets:
        apdu, octets = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        try:
            answers.append(guarded.transmit(apdu))
        except RefusedByPolicyError:
            refused += 1
    assert not [answer for answer in answers if _INDIVIDUAL_NUMBER in answer]
    assert not [apdu for apdu in watched.reached if apdu[1] in (0x20, 0x24, 0x2C) and len(apdu) > 4]
    for application, secret in ((Application.JPKI, JpkiPin), (Application.TEXT, NumberB)):
        assert guarded.select(application).is_ok
        assert guarded.tries_left(secret) == virtual_tries()[secret.__name__]
    return len(answers), refused


@cache
def virtual_tries() -> dict[str, int | None]:
    """What a fresh card's counters stand at."""
    guarded = GuardedConnection(VirtualReader(virtual_card("sato"), extended_length=True).connect())
    found = {}
    for application, secret in ((Application.JPKI, JpkiPin), (Application.TEXT, NumberB)):
        guarded.select(application)
        found[secret.__name__] = guarded.tries_left(secret)
    return found
