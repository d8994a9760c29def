"""A proof: known cards, other keys, other cards, phones, and what is verified before it is given out."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from mynacard import (
    CardKind,
    CardSession,
    CertificateNeedsPinError,
    DamagedDataError,
    JpkiPin,
    NotMyNumberCardError,
    PinBlockedError,
    PinWrongError,
    ReaderMemory,
    SignatureMismatchError,
    StatusError,
)
from mynacard.application import Application
from mynacard.certificate import serial_in
from mynacard.emulator import PEOPLE, Faults, VirtualCard, VirtualReader, virtual_card

MESSAGE = b"an intent of 300 bytes ".ljust(300, b".")


def session_with(card: VirtualCard, *, extended_length: bool = True) -> CardSession:
    return CardSession(VirtualReader(card, extended_length=extended_length).connect(), memory=ReaderMemory())


def pin_of(person: str) -> JpkiPin:
    return JpkiPin(PEOPLE[person].jpki_pin)


def certificate_of(person: str) -> bytes:
    with session_with(virtual_card(person)) as session:
        return session.certificate().der


def test_the_signature_verifies_by_the_plain_algorithm() -> None:
    with session_with(virtual_card("sato")) as session:
        proof = session.prove(MESSAGE, pin_of("sato"))
    key = x509.load_der_x509_certificate(proof.certificate.der).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(proof.signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    assert proof.tries_left == 3


def test_a_digest_is_signed_after_verify() -> None:
    digest = hashlib.sha256(MESSAGE).digest()
    with session_with(virtual_card("sato")) as session:
        session.verify(pin_of("sato"))
        signature = session.sign_sha256(digest)
        key = session.certificate().public_key
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.mark.parametrize("length", [0, 20, 31, 33, 48])
def test_what_is_no_sha256_digest_is_not_signed(length: int) -> None:
    with session_with(virtual_card("sato")) as session:
        session.verify(pin_of("sato"))
        with pytest.raises(ValueError, match="digest"):
            session.sign_sha256(bytes(length))


def test_nothing_is_signed_without_the_pin() -> None:
    with session_with(virtual_card("sato")) as session, pytest.raises(StatusError) as raised:
        session.sign_sha256(bytes(32))
    assert raised.value.sw == 0x6982


def test_a_p384_card_signs_with_its_own_algorithm_in_the_same_session() -> None:
    card = virtual_card("mori")
    with session_with(card) as session:
        proof = session.prove(MESSAGE, pin_of("mori"))
    key = proof.certificate.public_key
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert proof.certificate.scheme.name == "ecdsa_secp384r1"
    assert proof.certificate.has_signed(MESSAGE, proof.signature)
    assert sum("**" in exchange.command for exchange in card.transcript) == 1


def test_a_known_p384_card_is_asked_for_its_own_algorithm_at_once() -> None:
    held = certificate_of("mori")
    card = virtual_card("mori")
    with session_with(card) as session:
        proof = session.prove(MESSAGE, pin_of("mori"), lambda serial: held)
    assert (proof.certificate_read, proof.apdus) == (False, 6)
    assert sum(exchange.command.startswith("802A") for exchange in card.transcript) == 1


@pytest.mark.parametrize("form", ["raw", "der"])
def test_an_elliptic_signature_is_accepted_raw_and_as_der(form: str) -> None:
    with session_with(virtual_card("mori")) as session:
        proof = session.prove(MESSAGE, pin_of("mori"))
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    raw = proof.signature
    if len(raw) != 96:
        r, s = decode_dss_signature(raw)
        raw = r.to_bytes(48) + s.to_bytes(48)
    der = encode_dss_signature(int.from_bytes(raw[:48]), int.from_bytes(raw[48:]))
    signature = raw if form == "raw" else der
    assert proof.certificate.has_signed(MESSAGE, signature)
    assert not proof.certificate.has_signed(MESSAGE + b"!", signature)
    assert not proof.certificate.has_signed(MESSAGE, signature[:-1] + bytes([signature[-1] ^ 1]))


def test_the_callers_are_asked_for_the_serial_that_the_head_names() -> None:
    held = certificate_of("sato")
    asked: list[int] = []

    def known(serial: int) -> bytes | None:
        asked.append(serial)
        return held

    with session_with(virtual_card("sato")) as session:
        session.prove(MESSAGE, pin_of("sato"), known)
    assert asked == [x509.load_der_x509_certificate(held).serial_number]


@pytest.mark.parametrize("extended_length", [True, False])
def test_an_unknown_serial_is_read_on_after_the_head(extended_length: bool) -> None:
    with session_with(virtual_card("kimura"), extended_length=extended_length) as session:
        proof = session.prove(MESSAGE, pin_of("kimura"), lambda serial: None)
    assert proof.certificate_read
    assert proof.certificate.der == certificate_of("kimura")
    assert proof.apdus == (7 if extended_length else 13)


def test_a_held_certificate_that_begins_alike_but_does_not_verify_is_replaced_by_the_cards_own() -> None:
    held = bytearray(certificate_of("sato"))
    other_key = certificate_of("takahashi")
    modulus = x509.load_der_x509_certificate(other_key).public_key()
    mine = x509.load_der_x509_certificate(bytes(held)).public_key()
    assert isinstance(modulus, rsa.RSAPublicKey)
    assert isinstance(mine, rsa.RSAPublicKey)
    place = bytes(held).index(mine.public_numbers().n.to_bytes(256))
    held[place : place + 256] = modulus.public_numbers().n.to_bytes(256)
    with session_with(virtual_card("sato")) as session:
        proof = session.prove(MESSAGE, pin_of("sato"), lambda serial: bytes(held))
    assert proof.certificate_read
    assert proof.certificate.has_signed(MESSAGE, proof.signature)


@pytest.mark.parametrize("held", [b"", b"nonsense", b"\x30\x82\x00\x00"])
def test_a_held_certificate_that_is_none_is_not_taken(held: bytes) -> None:
    with session_with(virtual_card("sato")) as session:
        assert session.prove(MESSAGE, pin_of("sato"), lambda serial: held).certificate_read


def test_another_persons_certificate_under_the_same_serial_is_not_taken() -> None:
    other = certificate_of("takahashi")
    with session_with(virtual_card("sato")) as session:
        proof = session.prove(MESSAGE, pin_of("sato"), lambda serial: other)
    assert proof.certificate_read
    assert proof.certificate.der == certificate_of("sato")


@pytest.mark.parametrize("kind", ["android", "iphone"])
def test_a_phone_is_asked_for_its_certificate_after_the_pin(kind: str) -> None:
    card = virtual_card("sato", kind)  # type: ignore[arg-type]
    with session_with(card) as session:
        with pytest.raises(CertificateNeedsPinError):
            session.certificate()
        proof = session.prove(MESSAGE, pin_of("sato"))
    assert proof.kind == CardKind(kind)
    assert proof.certificate.has_signed(MESSAGE, proof.signature)
    assert proof.apdus == 6


@pytest.mark.parametrize("extended_length", [True, False])
def test_a_known_phone_takes_six_commands_too(extended_length: bool) -> None:
    with session_with(virtual_card("kimura", "android")) as session:
        held = session.prove(MESSAGE, pin_of("kimura")).certificate.der
    with session_with(virtual_card("kimura", "android"), extended_length=extended_length) as session:
        proof = session.prove(MESSAGE, pin_of("kimura"), lambda serial: held)
    assert (proof.certificate_read, proof.apdus) == (False, 6)


def test_a_phone_cannot_be_finished_without_the_pin() -> None:
    with session_with(virtual_card("sato", "android")) as session:
        signature = session.prove(MESSAGE, pin_of("sato")).signature
    with session_with(virtual_card("sato", "android")) as session, pytest.raises(CertificateNeedsPinError):
        session.finish(MESSAGE, signature)


def test_another_card_does_not_finish_a_proof() -> None:
    with session_with(virtual_card("sato")) as session:
        signature = session.prove(MESSAGE, pin_of("sato")).signature
    with session_with(virtual_card("takahashi")) as session, pytest.raises(SignatureMismatchError):
        session.finish(MESSAGE, signature)


def test_another_message_does_not_finish_a_proof() -> None:
    with session_with(virtual_card("sato")) as session:
        signature = session.prove(MESSAGE, pin_of("sato")).signature
    with session_with(virtual_card("sato")) as session, pytest.raises(SignatureMismatchError):
        session.finish(MESSAGE + b"!", signature)


class Flips:
    """A reader that turns one bit of every signature."""

    reader = "Flipping reader"
    extended_length = True

    def __init__(self, card: VirtualCard) -> None:
        self._raw = VirtualReader(card).connect()

    def transmit(self, apdu: bytes) -> bytes:
        answer = bytearray(self._raw.transmit(apdu))
        if apdu[:2] == b"\x80\x2a":
            answer[100] ^= 1
        return bytes(answer)

    def reconnect(self) -> None:
        self._raw.reconnect()

    def close(self) -> None:
        self._raw.close()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_signature_that_does_not_verify_is_not_given_out(is_known: bool) -> None:
    held = certificate_of("sato") if is_known else None
    with (
        CardSession(Flips(virtual_card("sato")), memory=ReaderMemory()) as session,
        pytest.raises(SignatureMismatchError) as raised,
    ):
        session.prove(MESSAGE, pin_of("sato"), (lambda serial: held) if is_known else None)
    assert isinstance(raised.value, DamagedDataError)


@pytest.mark.parametrize("damage", ["length", "truncated"])
def test_a_damaged_certificate_is_told_as_damage(damage: str) -> None:
    card = virtual_card("sato", faults=Faults(damaged_certificate=damage))  # type: ignore[arg-type]
    with session_with(card) as session, pytest.raises(DamagedDataError) as raised:
        session.certificate()
    assert raised.value.what == "certificate"


def test_old_resident_cards_are_recognised_and_refused() -> None:
    with session_with(virtual_card("sato", "resident")) as session, pytest.raises(NotMyNumberCardError) as raised:
        session.prove(MESSAGE, pin_of("sato"))
    assert raised.value.reason == "resident_card"


def test_foreign_cards_are_refused_at_the_first_command() -> None:
    card = virtual_card("sato", "foreign")
    with session_with(card) as session, pytest.raises(NotMyNumberCardError) as raised:
        session.prove(MESSAGE, pin_of("sato"))
    assert raised.value.reason == "no_application"
    assert session.apdus == 1


def test_a_card_without_pin_is_told_as_blocked_and_still_gives_its_certificate() -> None:
    card = virtual_card("sato", "pinless")
    with session_with(card) as session:
        assert session.tries_left(JpkiPin) == 0
        with pytest.raises(PinBlockedError):
            session.prove(MESSAGE, pin_of("sato"))
        assert session.certificate().serial
    assert not any("**" in exchange.command for exchange in card.transcript)


def test_a_wrong_pin_costs_one_try_and_a_right_one_restores_it() -> None:
    card = virtual_card("sato")
    with session_with(card) as session, pytest.raises(PinWrongError) as raised:
        session.prove(MESSAGE, JpkiPin("0000"))
    assert raised.value.tries_left == card.tries_left(Application.JPKI.aid, 0x18) == 2
    with session_with(card) as session:
        session.prove(MESSAGE, pin_of("sato"))
    assert card.tries_left(Application.JPKI.aid, 0x18) == 3


def test_a_card_still_verified_by_somebody_else_is_powered_anew_and_asked_again() -> None:
    card = virtual_card("sato", faults=Faults(query_9000_when_verified=True))
    reader = VirtualReader(card)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        session.verify(pin_of("sato"))
        power_ups = card.power_ups
        session.verify(pin_of("sato"))
        assert card.power_ups == power_ups + 1


def test_closing_makes_the_card_forget_the_pin_in_both_ways() -> None:
    card = virtual_card("sato")
    session = session_with(card)
    session.prove(MESSAGE, pin_of("sato"))
    session.close()
    assert not card.is_powered
    assert card.transcript.exchanges[-1].command == f"00A4040C0A{Application.JPKI.aid.hex().upper()}"
    assert session.apdus_closing == 1


def test_closing_a_session_without_pin_sends_nothing_more() -> None:
    card = virtual_card("sato")
    with session_with(card) as session:
        session.certificate()
    assert (session.apdus, session.apdus_closing) == (3, 0)
    assert not card.is_powered


def test_nothing_is_sent_between_pin_and_signature() -> None:
    card = virtual_card("sato")
    with session_with(card) as session:
        session.prove(MESSAGE, pin_of("sato"), lambda serial: None)
    commands = [exchange.command for exchange in card.transcript]
    entry = next(index for index, command in enumerate(commands) if "**" in command)
    assert commands[entry - 1] == "00200098"
    assert commands[entry + 1].startswith("802A0097")


@pytest.mark.parametrize(
    ("head", "serial"),
    [
        ("30820600308204E8A003020102020107", 7),
        ("3081803081 68A0030201020204 7B6B3490".replace(" ", ""), None),
        ("30820600308204E8A0030201020214" + "01" * 20, int("01" * 20, 16)),
        ("30820600308204E8A0030201020215" + "01" * 20, None),
        ("30820600308204E8A00302010202047B6B34", None),
        ("30820600308204E8A003020102030107", None),
        ("308206", None),
        ("", None),
    ],
)
def test_the_serial_is_found_in_the_head_or_not_at_all(head: str, serial: int | None) -> None:
    assert serial_in(bytes.fromhex(head)) == serial
