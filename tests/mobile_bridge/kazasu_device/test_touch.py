"""The card's part of a check, on virtual cards in process."""

import pytest
from harness.dialogue import ScriptedDialogue
from harness.reader import UnsteadyHand

from kazasu_device.dialogue import Cue
from kazasu_device.errors import CardNotShownError, NotForPhoneError
from kazasu_device.presence import Presence
from kazasu_device.touch import SignatureGiven, Touch
from mynacard import (
    CardKind,
    LastTryRefusedError,
    NoReaderError,
    PinBlockedError,
    PinWrongError,
    ProfileUnavailableError,
    SignatureMismatchError,
    TransportError,
    VerifyInterruptedError,
)
from mynacard.emulator import PEOPLE, Faults, VirtualCard, VirtualReader, virtual_card
from mynacard.emulator.virtual_reader import VirtualConnection

MESSAGE = b"kazasu-intent-v1\n{}"
SATO = PEOPLE["sato"]


def touch(reader: VirtualReader, dialogue: ScriptedDialogue, **options: bool) -> Touch:
    return Touch(Presence(reader, within_s=0), dialogue, **options)


def verifies(card: VirtualCard) -> int:
    return sum(exchange.command[2:4] == "20" and exchange.command_length > 4 for exchange in card.transcript)


def test_the_card_signs_the_message() -> None:
    card = virtual_card("sato")
    dialogue = ScriptedDialogue([SATO.jpki_pin])
    touched = touch(VirtualReader(card), dialogue).sign(MESSAGE)
    assert touched.kind is CardKind.PLASTIC
    assert touched.signature is not None
    assert touched.certificate.has_signed(MESSAGE, touched.signature)
    assert touched.certificate_read


def test_a_pin_is_overwritten_when_the_touch_is_over() -> None:
    dialogue = ScriptedDialogue(["9999", SATO.jpki_pin])
    touch(VirtualReader(virtual_card("sato")), dialogue).sign(MESSAGE)
    assert [secret.is_wiped for secret in dialogue.typed] == [True, True]


def test_a_pin_is_overwritten_when_the_touch_fails() -> None:
    dialogue = ScriptedDialogue([SATO.jpki_pin])
    with pytest.raises(CardNotShownError):
        touch(VirtualReader(), dialogue).sign(MESSAGE)
    assert dialogue.typed[0].is_wiped
    assert dialogue.cues == [Cue.TOUCH]


def test_after_a_wrong_pin_it_is_typed_again_and_the_counter_is_told() -> None:
    card = virtual_card("sato")
    dialogue = ScriptedDialogue(["9999", SATO.jpki_pin])
    touched = touch(VirtualReader(card), dialogue).sign(MESSAGE)
    assert touched.signature is not None
    [problem] = dialogue.problems
    assert isinstance(problem, PinWrongError)
    assert (problem.secret, problem.tries_left) == ("jpki_pin", 2)


def test_nobody_to_type_again_ends_the_touch_with_one_try_spent() -> None:
    card = virtual_card("sato")
    with pytest.raises(PinWrongError):
        touch(VirtualReader(card), ScriptedDialogue(["9999"])).sign(MESSAGE)
    assert verifies(card) == 1


def test_the_last_try_is_refused_unless_allowed() -> None:
    card = virtual_card("sato")
    with pytest.raises(LastTryRefusedError):
        touch(VirtualReader(card), ScriptedDialogue(["9999", "9998", "9997"])).sign(MESSAGE)
    assert verifies(card) == 2
    allowed = touch(VirtualReader(card), ScriptedDialogue([SATO.jpki_pin]), allow_last_try=True)
    assert allowed.sign(MESSAGE).signature is not None


def test_a_blocked_pin_is_told_and_nothing_is_presented() -> None:
    card = virtual_card("sato", kind="pinless")
    with pytest.raises(PinBlockedError):
        touch(VirtualReader(card), ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE)
    assert verifies(card) == 0


@pytest.mark.parametrize("leaves_after", range(12))
def test_wherever_the_card_leaves_it_is_asked_for_again_and_no_pin_goes_out_twice(leaves_after: int) -> None:
    card = virtual_card("kimura", faults=Faults(disappear_after=leaves_after, refuse_extended_length=True))
    pin = PEOPLE["kimura"].jpki_pin
    dialogue = ScriptedDialogue([pin, pin])
    touched = touch(VirtualReader(card), dialogue).sign(MESSAGE)
    assert touched.signature is not None
    assert touched.certificate.has_signed(MESSAGE, touched.signature)
    # Each VERIFY that went out was typed for: a presented PIN never goes out again by itself.
    assert verifies(card) <= len(dialogue.typed)
    assert all(secret.is_wiped for secret in dialogue.typed)


def test_a_card_that_left_before_the_pin_went_out_is_touched_again_without_typing() -> None:
    card = virtual_card("sato", faults=Faults(disappear_after=1))
    dialogue = ScriptedDialogue([SATO.jpki_pin])
    assert touch(VirtualReader(card), dialogue).sign(MESSAGE).signature is not None
    assert dialogue.cues == [Cue.TOUCH_AGAIN]


def test_a_card_that_left_during_verify_wants_the_pin_typed_anew() -> None:
    card = virtual_card("sato", faults=Faults(disappear_during_verify=True))
    dialogue = ScriptedDialogue([SATO.jpki_pin])
    with pytest.raises(VerifyInterruptedError):
        touch(VirtualReader(card), dialogue).sign(MESSAGE)
    assert verifies(card) == 1


# Select, label, counter, VERIFY and the signature come before the certificate.
BEFORE_CERTIFICATE = 5


def test_after_a_broken_touch_only_the_certificate_is_read_and_no_pin_is_asked() -> None:
    card = virtual_card("sato")
    reader = UnsteadyHand(card, BEFORE_CERTIFICATE)
    dialogue = ScriptedDialogue([SATO.jpki_pin], on_cue=reader.hold_again)
    broken: list[SignatureGiven] = []
    touched = touch(reader, dialogue).sign(MESSAGE, on_broken=broken.append)
    assert [given.signature for given in broken] == [touched.signature]
    assert dialogue.cues == [Cue.TOUCH_TO_FINISH]
    assert verifies(card) == 1


def test_another_card_cannot_finish_a_broken_touch() -> None:
    reader = UnsteadyHand(virtual_card("sato"), BEFORE_CERTIFICATE, then=virtual_card("suzuki"))
    dialogue = ScriptedDialogue([SATO.jpki_pin], on_cue=reader.hold_again)
    touched = touch(reader, dialogue).sign(MESSAGE)
    assert dialogue.cues == [Cue.TOUCH_TO_FINISH, Cue.OTHER_CARD]
    assert touched.signature is not None
    assert touched.certificate.has_signed(MESSAGE, touched.signature)


def test_only_another_card_ever_comes_back() -> None:
    reader = UnsteadyHand(virtual_card("sato"), BEFORE_CERTIFICATE)
    dialogue = ScriptedDialogue([SATO.jpki_pin], on_cue=lambda _: reader.insert(virtual_card("suzuki")))
    with pytest.raises(SignatureMismatchError):
        touch(reader, dialogue).sign(MESSAGE)


def test_a_broken_touch_of_a_phone_asks_for_the_pin_again() -> None:
    reader = UnsteadyHand(virtual_card("sato", kind="android"), BEFORE_CERTIFICATE)
    dialogue = ScriptedDialogue([SATO.jpki_pin, SATO.jpki_pin], on_cue=reader.hold_again)
    touched = touch(reader, dialogue).sign(MESSAGE)
    assert touched.kind is CardKind.ANDROID
    assert len(dialogue.typed) == 2


def test_a_known_certificate_is_not_read() -> None:
    card = virtual_card("sato")
    whole = touch(VirtualReader(card), ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE)
    asked: list[int] = []

    def known(serial: int) -> bytes | None:
        asked.append(serial)
        return whole.certificate.der

    again = touch(VirtualReader(card), ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE, known)
    assert not again.certificate_read
    assert again.certificate.der == whole.certificate.der
    assert asked == [whole.certificate.serial]


def test_the_four_attributes_come_with_the_same_touch() -> None:
    dialogue = ScriptedDialogue([SATO.jpki_pin], [SATO.number_b])
    touched = touch(VirtualReader(virtual_card("sato")), dialogue, with_attributes=True).sign(MESSAGE)
    assert touched.attributes is not None
    assert touched.attributes.name == SATO.name
    assert dialogue.cues == []
    assert all(secret.is_wiped for secret in dialogue.typed)


def test_a_wrong_number_b_loses_nothing_of_the_proof() -> None:
    wrong = SATO.number_b[:-4] + "9999"
    dialogue = ScriptedDialogue([SATO.jpki_pin], [wrong])
    touched = touch(VirtualReader(virtual_card("sato")), dialogue, with_attributes=True).sign(MESSAGE)
    assert touched.signature is not None
    assert touched.attributes is None
    assert isinstance(touched.attributes_problem, PinWrongError)
    assert touched.attributes_problem.secret == "number_b"


def test_a_phone_has_no_attributes_and_the_check_goes_on() -> None:
    dialogue = ScriptedDialogue([SATO.jpki_pin], [SATO.number_b])
    card = virtual_card("sato", kind="iphone")
    touched = touch(VirtualReader(card), dialogue, with_attributes=True).sign(MESSAGE)
    assert touched.attributes is None
    assert isinstance(touched.attributes_problem, ProfileUnavailableError)


@pytest.mark.parametrize("leaves_after", range(14))
def test_wherever_the_card_leaves_a_visual_check_reads_certificate_and_attributes(leaves_after: int) -> None:
    card = virtual_card("sato", faults=Faults(disappear_after=leaves_after))
    dialogue = ScriptedDialogue([], [SATO.number_b, SATO.number_b])
    touched = touch(VirtualReader(card), dialogue, with_attributes=True).read()
    assert touched.signature is None
    assert touched.attributes is not None
    assert touched.attributes.birth_date == SATO.birth_date
    assert verifies(card) <= len(dialogue.typed)


def test_a_visual_check_of_a_phone_is_not_possible() -> None:
    with pytest.raises(NotForPhoneError):
        touch(VirtualReader(virtual_card("sato", kind="android")), ScriptedDialogue()).read()


def test_a_card_that_never_stays_ends_the_touch() -> None:
    class Restless(VirtualReader):
        def connect(self) -> VirtualConnection:
            assert self.card is not None
            self.card.misbehave(disappear_after=1)
            return super().connect()

    with pytest.raises(TransportError):
        touch(Restless(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE)


def test_a_reader_that_never_was_there_is_told_at_once() -> None:
    class Unplugged(VirtualReader):
        def connect(self) -> VirtualConnection:
            raise NoReaderError(self.name)

    with pytest.raises(NoReaderError):
        Touch(Presence(Unplugged(), within_s=60), ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE)


def test_a_reader_that_goes_and_comes_back_is_waited_for() -> None:
    class Flaky(VirtualReader):
        connects = 0

        def connect(self) -> VirtualConnection:
            self.connects += 1
            if self.connects == 2:
                raise NoReaderError(self.name)
            return super().connect()

    reader = Flaky(virtual_card("sato", faults=Faults(disappear_after=1)))
    waited: list[float] = []
    presence = Presence(reader, within_s=60, sleep=waited.append)
    assert Touch(presence, ScriptedDialogue([SATO.jpki_pin])).sign(MESSAGE).signature is not None
    assert len(waited) == 1
