"""The card goes at any moment of any flow: always an error that says so, never a spent try, never a loop."""

from collections.abc import Callable

import pytest

from mynacard import (
    CardRemovedError,
    CardSession,
    CertificateNotReadError,
    JpkiPin,
    NumberB,
    Proof,
    ReaderMemory,
    TextPin,
    VerifyInterruptedError,
)
from mynacard.application import Application
from mynacard.emulator import PEOPLE, Faults, VirtualCard, VirtualReader, virtual_card

KIMURA = PEOPLE["kimura"]
YAMAMOTO = PEOPLE["yamamoto"]
MESSAGE = b"message"

Flow = Callable[[CardSession], object]


def held_certificate(person: str, kind: str) -> bytes:
    with CardSession(VirtualReader(virtual_card(person, kind)).connect(), memory=ReaderMemory()) as session:  # type: ignore[arg-type]
        if kind == "plastic":
            return session.certificate().der
        return session.prove(MESSAGE, JpkiPin(PEOPLE[person].jpki_pin)).certificate.der


FLOWS: dict[str, tuple[str, str, Flow]] = {
    "identify": ("kimura", "plastic", lambda session: session.identify()),
    "tries": ("kimura", "plastic", lambda session: session.tries_left(JpkiPin)),
    "certificate": ("kimura", "plastic", lambda session: session.certificate()),
    "prove": ("kimura", "plastic", lambda session: session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))),
    "prove by phone": ("kimura", "android", lambda session: session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))),
    "prove, known": (
        "kimura",
        "plastic",
        lambda session: session.prove(
            MESSAGE, JpkiPin(KIMURA.jpki_pin), lambda serial: held_certificate("kimura", "plastic")
        ),
    ),
    "attributes by number B": (
        "yamamoto",
        "plastic",
        lambda session: session.attributes(NumberB(YAMAMOTO.number_b)),
    ),
    "attributes by PIN": ("yamamoto", "plastic", lambda session: session.attributes(TextPin(YAMAMOTO.text_pin))),
}


def commands_of(flow: str, *, extended_length: bool) -> int:
    person, kind, run = FLOWS[flow]
    reader = VirtualReader(virtual_card(person, kind), extended_length=extended_length)  # type: ignore[arg-type]
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        run(session)
    return session.apdus


CASES = [
    pytest.param(
        flow, extended_length, after, id=f"{flow}, {'extended' if extended_length else 'short'}, after {after}"
    )
    for flow in FLOWS
    for extended_length in (True, False)
    for after in range(commands_of(flow, extended_length=extended_length))
]


class Gone:
    """A connection whose card does not come back once it went: it was taken away."""

    def __init__(self, card: VirtualCard, *, extended_length: bool) -> None:
        self._reader = VirtualReader(card, extended_length=extended_length)
        self._raw = self._reader.connect()
        self.reader = "Reader"
        self.extended_length = extended_length
        self.is_gone = False
        self.attempts = 0

    def transmit(self, apdu: bytes) -> bytes:
        self.attempts += 1
        try:
            return self._raw.transmit(apdu)
        except CardRemovedError:
            self.is_gone = True
            raise

    def reconnect(self) -> None:
        if self.is_gone:
            raise CardRemovedError("no card")
        self._raw.reconnect()

    def close(self) -> None:
        self._raw.close()


def tries_of(card: VirtualCard) -> list[int]:
    references = [(Application.JPKI, 0x18)]
    if card.kind == "plastic":
        references += [(Application.TEXT, 0x11), (Application.TEXT, 0x15)]
    return [card.tries_left(application.aid, file) for application, file in references]


@pytest.mark.parametrize(("flow", "extended_length", "after"), CASES)
def test_a_card_taken_away_after_any_command_is_an_error_and_costs_no_try(
    flow: str, extended_length: bool, after: int
) -> None:
    person, kind, run = FLOWS[flow]
    card = virtual_card(person, kind, faults=Faults(disappear_after=after))  # type: ignore[arg-type]
    before = tries_of(card)
    connection = Gone(card, extended_length=extended_length)
    session = CardSession(connection, memory=ReaderMemory())
    with pytest.raises(CardRemovedError) as raised:
        run(session)
    session.close()
    assert connection.attempts <= after + 2
    assert tries_of(card) == before
    assert isinstance(raised.value, CertificateNotReadError) == (flow.startswith("prove") and _has_signed(card))


def _has_signed(card: VirtualCard) -> bool:
    return any(exchange.command.startswith("802A") and exchange.sw == 0x9000 for exchange in card.transcript)


@pytest.mark.parametrize(("flow", "extended_length", "after"), CASES)
def test_a_card_that_only_moved_is_read_again_but_nothing_else_is_repeated(
    flow: str, extended_length: bool, after: int
) -> None:
    person, kind, run = FLOWS[flow]
    card = virtual_card(person, kind, faults=Faults(disappear_after=after))  # type: ignore[arg-type]
    before = tries_of(card)
    session = CardSession(VirtualReader(card, extended_length=extended_length).connect(), memory=ReaderMemory())
    try:
        run(session)
    except CardRemovedError:
        pass
    else:
        # What was read on: the certificate of a plastic card, which needs no PIN.
        broken = next(index for index, exchange in enumerate(card.transcript) if exchange.sw is None)
        assert card.transcript.exchanges[broken].command.startswith("00B0")
        assert kind == "plastic"
    session.close()
    entries = [exchange for exchange in card.transcript if "**" in exchange.command]
    signatures = [exchange for exchange in card.transcript if exchange.command.startswith("802A")]
    assert len(entries) <= 1
    assert len(signatures) <= 1
    assert tries_of(card) == before


@pytest.mark.parametrize("extended_length", [True, False])
def test_a_touch_broken_after_the_signature_is_finished_by_the_next_without_pin(extended_length: bool) -> None:
    finished = 0
    for after in range(5, commands_of("prove", extended_length=extended_length)):
        card = virtual_card("kimura", faults=Faults(disappear_after=after))
        session = CardSession(Gone(card, extended_length=extended_length), memory=ReaderMemory())
        with pytest.raises(CertificateNotReadError) as raised:
            session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))
        session.close()
        card.misbehave(disappear_after=None)
        reader = VirtualReader(card, extended_length=extended_length)
        with CardSession(reader.connect(), memory=ReaderMemory()) as session:
            proof: Proof = session.finish(MESSAGE, raised.value.signature)
            assert not any("**" in exchange.command for exchange in session.transcript)
        assert proof.tries_left is None
        assert proof.certificate.has_signed(MESSAGE, proof.signature)
        finished += 1
    assert finished == (1 if extended_length else 7)


@pytest.mark.parametrize(("secret", "aid_file"), [("right", 3), ("wrong", 2)])
def test_a_card_that_moves_during_verify_is_asked_what_became_of_the_try(secret: str, aid_file: int) -> None:
    card = virtual_card("kimura", faults=Faults(disappear_during_verify=True))
    pin = KIMURA.jpki_pin if secret == "right" else "0000"
    session = CardSession(VirtualReader(card).connect(), memory=ReaderMemory())
    with pytest.raises(VerifyInterruptedError) as raised:
        session.prove(MESSAGE, JpkiPin(pin))
    session.close()
    assert raised.value.tries_left == card.tries_left(Application.JPKI.aid, 0x18) == aid_file
    assert raised.value.outcome == ("not_spent" if secret == "right" else "spent")
    assert sum("**" in exchange.command for exchange in card.transcript) == 1


def test_closing_after_the_card_went_is_silent() -> None:
    card = virtual_card("kimura", faults=Faults(disappear_after=6))
    with CardSession(VirtualReader(card).connect(), memory=ReaderMemory()) as session:
        session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))
    session.close()
    assert session.apdus_closing == 1
    assert not card.is_powered
