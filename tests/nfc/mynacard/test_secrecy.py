"""A secret is in no repr, no log, no transcript, no error and no traceback, not even with the frames' variables."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from mynacard import CardRemovedError, CardSession, JpkiPin, NumberB, ReaderMemory, Secret, SecretFormatError, TextPin
from mynacard.emulator import PEOPLE, Faults, VirtualCard, VirtualReader, virtual_card
from mynacard.errors import CardError
from mynacard.message import message_of

PIN = "9173"
NUMBER_B = "55011220359173"


def forms_of(digits: str) -> list[str]:
    """Every way in which the digits could show."""
    octets = digits.encode()
    listed = ", ".join(str(octet) for octet in octets)
    hexed = octets.hex()
    spaced = " ".join(f"{octet:02X}" for octet in octets)
    return [digits, listed, hexed, hexed.upper(), spaced, spaced.lower()]


def assert_hidden(text: str, digits: str) -> None:
    for form in forms_of(digits):
        assert form not in text


def everything_about(error: BaseException) -> str:
    """Text, repr, chain, and the frames with their variables, as an error reporter would send them."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [str(error), repr(error), "".join(shown.format())]
    if isinstance(error, CardError):
        parts += [json.dumps(error.data()), str(message_of(error)), repr(error.args)]
    context = error.__context__
    while context is not None:
        parts += [
            repr(context),
            "".join(traceback.TracebackException.from_exception(context, capture_locals=True).format()),
        ]
        context = context.__context__
    return "\n".join(parts)


def our_variables(error: BaseException) -> str:
    """The local variables of the library's own frames (a test's hold what it typed, and may)."""
    stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    ours = [frame for frame in stack if "/mynacard/" in frame.filename and "/tests/" not in frame.filename]
    assert ours
    shown = [frame for frame in ours if "/emulator/" not in frame.filename]
    return "\n".join(text for frame in shown for text in (frame.locals or {}).values())


def raised_by(run: Callable[[], object]) -> BaseException:
    try:
        run()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


SECRETS = [(JpkiPin, PIN), (TextPin, PIN), (NumberB, NUMBER_B)]


@pytest.mark.parametrize(("kind", "digits"), SECRETS)
def test_a_secret_shows_itself_in_no_form(kind: type[Secret], digits: str) -> None:
    secret = kind(digits)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{[secret]}"):
        assert_hidden(text, digits)
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize(("kind", "digits"), SECRETS)
def test_a_secret_is_neither_copied_nor_pickled(kind: type[Secret], digits: str) -> None:
    secret = kind(digits)
    for take in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            take(secret)


@pytest.mark.parametrize(("kind", "digits"), SECRETS)
def test_a_wiped_secret_holds_nothing(kind: type[Secret], digits: str) -> None:
    secret = kind(digits)
    with secret:
        assert secret.octets() == digits.encode()
    assert secret.is_wiped
    assert bytes(secret._digits) == bytes(len(digits))
    with pytest.raises(SecretFormatError):
        secret.octets()


@pytest.mark.parametrize("kind", [JpkiPin, TextPin, NumberB])
@pytest.mark.parametrize("digits", ["91731", "917x", "９１７３", "550112203591733", "99999920359173"])
def test_what_cannot_be_a_secret_is_refused_without_being_shown(kind: type[Secret], digits: str) -> None:
    error = raised_by(lambda: kind(digits))
    assert isinstance(error, SecretFormatError)
    assert_hidden(our_variables(error) + repr(error) + str(error), digits)
    assert error.__context__ is None


def test_parts_of_number_b_that_do_not_fit_are_refused_without_being_shown() -> None:
    from datetime import date

    error = raised_by(lambda: NumberB.compose(date(1980, 1, 12), 2035, "917"))
    shown = our_variables(error)
    assert_hidden(shown + repr(error), "917")
    assert "1980" not in shown


class Unhelpful:
    """A driver that puts what it was given into its errors, as some do, and dies in the middle of a VERIFY."""

    reader = "Unhelpful reader"
    extended_length = True

    def __init__(self, card: VirtualCard, raised: Callable[[bytes], BaseException]) -> None:
        self._connection = VirtualReader(card).connect()
        self._raised = raised
        self._has_failed = False

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[1] == 0x20 and len(apdu) > 5 and not self._has_failed:
            self._has_failed = True
            copy_of_apdu = list(apdu)
            try:
                raise RuntimeError(f"cannot send {copy_of_apdu} {apdu.hex()}")
            except RuntimeError as error:
                raise self._raised(apdu) from error
        return self._connection.transmit(apdu)

    def reconnect(self) -> None:
        self._connection.reconnect()

    def close(self) -> None:
        self._connection.close()


@pytest.mark.parametrize(
    "raised",
    [
        lambda apdu: CardRemovedError(f"lost {apdu.hex()}"),
        lambda apdu: ValueError(apdu),
        lambda apdu: KeyboardInterrupt(apdu),
    ],
    ids=["removed", "driver's own", "interrupt"],
)
def test_no_error_of_a_broken_verify_leads_to_the_pin(raised: Callable[[bytes], BaseException]) -> None:
    session = CardSession(Unhelpful(virtual_card("sato"), raised), memory=ReaderMemory())
    secret = JpkiPin(PIN)
    error = raised_by(lambda: session.prove(b"message", secret))
    assert_hidden(everything_about(error), PIN)
    assert error.__context__ is None
    assert error.__cause__ is None
    assert_hidden(str(session.transcript) + repr(session.transcript), PIN)
    session.close()


FAULTS = {
    "wrong": Faults(),
    "wrong without counter": Faults(wrong_answer_6300=True),
    "gone during VERIFY": Faults(disappear_during_verify=True),
    "gone before VERIFY": Faults(disappear_after=3),
    "gone before signing": Faults(disappear_after=4),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_of_a_proof_leads_to_the_pin(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    logging.getLogger().setLevel(1)
    session = CardSession(VirtualReader(virtual_card("sato", faults=FAULTS[fault])).connect(), memory=ReaderMemory())
    secret = JpkiPin(PIN)
    error = raised_by(lambda: session.prove(b"message", secret))
    assert isinstance(error, CardError)
    assert_hidden(everything_about(error), PIN)
    assert_hidden(str(session.transcript) + repr(session.transcript.exchanges), PIN)
    assert_hidden(caplog.text, PIN)


@pytest.mark.parametrize(("kind", "digits"), [(TextPin, PIN), (NumberB, NUMBER_B)])
def test_no_error_of_the_attributes_leads_to_the_secret(kind: type[TextPin | NumberB], digits: str) -> None:
    session = CardSession(VirtualReader(virtual_card("kimura")).connect(), memory=ReaderMemory())
    secret = kind(digits)
    error = raised_by(lambda: session.attributes(secret))
    assert_hidden(everything_about(error), digits)
    assert_hidden(str(session.transcript), digits)


def test_the_transcript_keeps_lengths_and_shows_stars() -> None:
    person = PEOPLE["sato"]
    with CardSession(VirtualReader(virtual_card("sato")).connect(), memory=ReaderMemory()) as session:
        session.prove(b"message", JpkiPin(person.jpki_pin))
    verify = session.transcript.exchanges[3]
    assert verify.command == "00200098 **********"
    assert (verify.command_length, verify.response_length, verify.sw) == (9, 2, 0x9000)
    assert "[256 bytes] 9000" in str(session.transcript)


def test_the_transcript_shows_nothing_of_the_attributes_nor_does_their_repr() -> None:
    person = PEOPLE["sato"]
    with CardSession(VirtualReader(virtual_card("sato")).connect(), memory=ReaderMemory()) as session:
        found = session.attributes(NumberB(person.number_b))
    shown = str(session.transcript) + repr(session.transcript.exchanges) + repr(found) + str(found)
    for part in (person.name, person.address, "1980", person.name.encode().hex(), person.number_b):
        assert part not in shown


@pytest.mark.parametrize("damage", ["length", "missing", "text"])
def test_no_error_of_damaged_attributes_leads_to_the_person(damage: str) -> None:
    person = PEOPLE["sato"]
    card = virtual_card("sato", faults=Faults(damaged_profile=damage))  # type: ignore[arg-type]
    session = CardSession(VirtualReader(card).connect(), memory=ReaderMemory())
    secret = NumberB(person.number_b)
    error = raised_by(lambda: session.attributes(secret))
    assert isinstance(error, CardError)
    shown = our_variables(error)
    for part in (person.address, person.address.encode().hex(), repr(person.address.encode())[2:-1]):
        assert part not in shown + repr(error) + str(error)


def test_no_error_of_attributes_broken_off_half_way_leads_to_the_person() -> None:
    person = PEOPLE["yamamoto"]
    card = virtual_card("yamamoto", faults=Faults(disappear_after=4))
    session = CardSession(VirtualReader(card).connect(), memory=ReaderMemory())
    secret = NumberB(person.number_b)
    error = raised_by(lambda: session.attributes(secret))
    shown = our_variables(error)
    assert isinstance(error, CardRemovedError)
    assert repr(person.address.encode())[2:40] not in shown
    assert person.address[:10] not in shown


def test_a_proofs_and_certificates_repr_do_not_identify_the_person() -> None:
    with CardSession(VirtualReader(virtual_card("sato")).connect(), memory=ReaderMemory()) as session:
        proof = session.prove(b"message", JpkiPin(PEOPLE["sato"].jpki_pin))
    shown = repr(proof) + repr(proof.certificate)
    assert proof.certificate.sha256.hex() not in shown
    assert str(proof.certificate.serial) not in shown
    assert "EXERCISE" not in shown
