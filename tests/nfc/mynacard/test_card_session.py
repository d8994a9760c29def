"""A whole touch, on the in-process card: what comes out, and in how many commands."""

from mynacard import CardKind, CardSession, JpkiPin, ReaderMemory
from mynacard.emulator import PEOPLE, VirtualReader, virtual_card

KIMURA = PEOPLE["kimura"]
MESSAGE = b"a message of the caller's"


def test_a_proof_takes_six_commands_with_extended_length() -> None:
    reader = VirtualReader(virtual_card("kimura"))
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        proof = session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))
    assert (proof.kind, proof.certificate_read, proof.apdus) == (CardKind.PLASTIC, True, 6)
    assert proof.certificate.has_signed(MESSAGE, proof.signature)
    assert session.apdus_closing == 1


def test_a_proof_takes_twelve_commands_without_it_for_a_certificate_of_1600_bytes() -> None:
    reader = VirtualReader(virtual_card("kimura"), extended_length=False)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        proof = session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin))
    assert len(proof.certificate.der) == 1600
    assert proof.apdus == 12


def test_a_known_card_takes_six_commands_and_its_certificate_is_not_read() -> None:
    reader = VirtualReader(virtual_card("kimura"), extended_length=False)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        held = session.certificate().der
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        proof = session.prove(MESSAGE, JpkiPin(KIMURA.jpki_pin), lambda serial: held)
    assert (proof.certificate_read, proof.apdus) == (False, 6)
    assert proof.certificate.has_signed(MESSAGE, proof.signature)
