"""One check on a real outbox, with virtual cards: what is recorded, and when anybody may say so."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.device import Tablet
from harness.dialogue import ScriptedDialogue
from harness.reader import UnsteadyHand

from checksync.assurance import Assurance
from checksync.check import CheckBody
from checksync.encoding import encode
from checksync.feed import FeedItem, ListedCertificate, RosterVisit
from checksync.intent import ConsentChoice, Holder, Intent, NotOnList, Proxy, VisitSubject, parse_intent
from checksync.outbox import OutboxStorageError, QueueFullError
from checksync.received import ReceivedStore
from kazasu_device.check import Checking, CheckOrder, Recorded
from kazasu_device.device import Device
from kazasu_device.dialogue import Cue
from kazasu_device.duty import NOBODY
from kazasu_device.errors import (
    CardNotShownError,
    MedicalConsentRefusedError,
    NotForPhoneError,
    NotRecordedError,
    RepeatDeclinedError,
    TouchUnfinishedError,
)
from kazasu_device.keeping import Keeping
from kazasu_device.presence import Presence
from mynacard import CardKind, CardSession, Certificate, LastTryRefusedError, PinBlockedError
from mynacard.emulator import PEOPLE, Faults, VirtualReader, virtual_card

SATO = PEOPLE["sato"]
VISIT = VisitSubject(id="ab" * 16)
HOME_VISIT = CheckOrder(check_type="home_consent", setting="home_visit", subject=VISIT)
VISUAL = CheckOrder(check_type="home_consent", setting="home_visit", subject=VISIT, is_visual=True)


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


@pytest.fixture
def device(tablet: Tablet) -> Iterator[Device]:
    with tablet.open() as opened:
        tablet.put_on_duty(opened)
        yield opened


DAY_KEY = bytes(range(32))


class Desk:
    """A device, a reader and somebody who says what the test wrote down."""

    def __init__(self, device: Device, *, day_key: bytes | None = DAY_KEY) -> None:
        self.device = device
        self.store = ReceivedStore(device.home.received_file)
        if day_key is not None:
            self.store.unlock(day_key)
        self.keeping = Keeping(self.store, device.now)

    def perform(
        self, order: CheckOrder, reader: VirtualReader, dialogue: ScriptedDialogue, *, signed_in: bool = True
    ) -> Recorded:
        return self.checking(reader, dialogue, signed_in=signed_in).perform(order)

    def checking(self, reader: VirtualReader, dialogue: ScriptedDialogue, *, signed_in: bool = True) -> Checking:
        acting = self.device.duty.acting(self.device.now()) if signed_in else None
        return Checking(self.device, Presence(reader, within_s=0), dialogue, self.keeping, acting)


@pytest.fixture
def desk(device: Device) -> Desk:
    return Desk(device)


def only_check(tablet: Tablet, device: Device) -> tuple[CheckBody, Intent]:
    [(_, body)] = tablet.sent(device)
    assert isinstance(body, CheckBody)
    return body, parse_intent(body.intent)


def test_a_pin_check_is_recorded_with_the_cards_signature_over_the_exact_intent(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    device.anchors.keep(tablet.clinic.anchor())
    tablet.clock.pass_time(seconds=3)
    recorded = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    body, intent = only_check(tablet, device)
    certificate = Certificate.parse(body.card.certificate or b"")
    assert certificate.has_signed(body.intent, body.card.signature or b"")
    assert (recorded.check, recorded.confirmed.number, recorded.assurance) == (body.check, 1, Assurance.CARD_SIGNED)
    assert recorded.card_kind is CardKind.PLASTIC
    assert intent.fields.check == body.check
    assert intent.fields.last_hash == intent.fields.log == recorded.confirmed.log
    assert (intent.fields.subject, intent.fields.pin_typed_by) == (VISIT, Holder())
    assert intent.fields.anchor is not None
    assert intent.fields.anchor.elapsed_ms == 3000
    acting = device.duty.acting(device.now())
    assert acting is not None
    assert intent.fields.duty_pass == acting.pass_id
    assert body.attestation is None


def test_the_next_intent_names_the_hash_of_the_one_before(tablet: Tablet, device: Device, desk: Desk) -> None:
    for person in ("sato", "suzuki"):
        reader = VirtualReader(virtual_card(person))
        desk.perform(HOME_VISIT, reader, ScriptedDialogue([PEOPLE[person].jpki_pin]))
    (_, first), (_, second) = tablet.sent(device)
    assert isinstance(first, CheckBody)
    assert isinstance(second, CheckBody)
    fields = [parse_intent(body.intent).fields for body in (first, second)]
    assert fields[0].last_hash == fields[0].log
    assert fields[1].last_hash not in {fields[0].last_hash, fields[1].log}


def test_a_visual_check_carries_certificate_attributes_and_attestation(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    order = CheckOrder(
        check_type="home_consent", setting="home_visit", subject=NotOnList(), is_visual=True, with_attributes=True
    )
    recorded = desk.perform(order, VirtualReader(virtual_card("sato")), ScriptedDialogue([], [SATO.number_b]))
    body, intent = only_check(tablet, device)
    assert (recorded.assurance, recorded.has_attributes) == (Assurance.CARD_READ, True)
    assert body.card.signature is None
    assert body.card.certificate is not None
    assert body.card.attributes is not None
    assert (body.card.attributes.name, body.card.attributes.birth_date) == (SATO.name, SATO.birth_date.isoformat())
    assert (body.card.attributes.sex, body.card.attributes.by) == ("2", "number_b")
    assert body.attestation is not None
    assert body.attestation.duty_pass == intent.fields.duty_pass
    assert (intent.fields.identity_method, intent.fields.pin_typed_by) == ("visual", None)


def test_a_wrong_pin_is_typed_again_for_the_same_intent(tablet: Tablet, device: Device, desk: Desk) -> None:
    dialogue = ScriptedDialogue(["9999", SATO.jpki_pin])
    recorded = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), dialogue)
    body, intent = only_check(tablet, device)
    assert recorded.check == intent.fields.check == body.check
    assert len(dialogue.problems) == 1


def test_a_blocked_pin_goes_on_as_a_visual_check_with_an_intent_of_its_own(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    dialogue = ScriptedDialogue([SATO.jpki_pin], wants_visual=True)
    recorded = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato", kind="pinless")), dialogue)
    _, intent = only_check(tablet, device)
    assert recorded.is_visual
    assert intent.fields.identity_method == "visual"
    assert [type(problem) for problem in dialogue.problems] == [PinBlockedError]
    assert dialogue.cues == [Cue.GOING_VISUAL, Cue.COMPARE_FACE]


def test_a_refused_last_try_goes_on_as_a_visual_check_and_spends_nothing(device: Device, desk: Desk) -> None:
    card = virtual_card("sato")
    dialogue = ScriptedDialogue(["9999", "9998", "9997"], wants_visual=True)
    recorded = desk.perform(HOME_VISIT, VirtualReader(card), dialogue)
    assert recorded.is_visual
    assert sum(exchange.command[2:4] == "20" and exchange.command_length > 4 for exchange in card.transcript) == 2


def test_a_blocked_pin_that_nobody_wants_visual_records_nothing(tablet: Tablet, device: Device, desk: Desk) -> None:
    with pytest.raises(PinBlockedError):
        desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato", kind="pinless")), ScriptedDialogue(["1234"]))
    assert tablet.sent(device) == []


def test_a_phone_is_recorded_by_its_pin_and_cannot_be_checked_visually(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    phone = VirtualReader(virtual_card("sato", kind="android"))
    with pytest.raises(NotForPhoneError):
        desk.perform(VISUAL, phone, ScriptedDialogue())
    recorded = desk.perform(HOME_VISIT, phone, ScriptedDialogue([SATO.jpki_pin]))
    assert recorded.card_kind is CardKind.ANDROID
    assert only_check(tablet, device)[0].card.kind == "android"


def test_eligibility_only_refuses_a_medical_consent_before_any_touch() -> None:
    choice = ConsentChoice(kind="medication", given=True, text="medication-v1")
    with pytest.raises(MedicalConsentRefusedError) as caught:
        CheckOrder(check_type="eligibility_only", setting="treatment", subject=VISIT, consents=(choice,))
    assert caught.value.data() == {"kinds": ["medication"]}


@pytest.mark.parametrize("kind", ["treatment", "check_ups", "clinical_documents", "specified_illness"])
def test_eligibility_only_refuses_even_a_declined_medical_consent(kind: Any) -> None:
    choice = ConsentChoice(kind=kind, given=False, text="text")
    with pytest.raises(MedicalConsentRefusedError):
        CheckOrder(check_type="eligibility_only", setting="treatment", subject=VISIT, consents=(choice,))


def test_the_limit_amount_may_be_asked_of_eligibility_only(tablet: Tablet, device: Device, desk: Desk) -> None:
    choice = ConsentChoice(kind="limit_amount", given=True, text="limit_amount-v1")
    order = CheckOrder(check_type="eligibility_only", setting="treatment", subject=VISIT, consents=(choice,))
    desk.perform(order, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    assert only_check(tablet, device)[1].fields.consents == [choice]


def test_a_proxy_who_typed_the_pin_is_named_by_relation(tablet: Tablet, device: Device, desk: Desk) -> None:
    order = CheckOrder(
        check_type="home_consent", setting="home_visit", subject=VISIT, typed_by=Proxy(relation="daughter")
    )
    desk.perform(order, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    assert only_check(tablet, device)[1].fields.pin_typed_by == Proxy(relation="daughter")


def test_without_anybody_on_duty_recording_goes_on(tablet: Tablet, device: Device, desk: Desk) -> None:
    desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]), signed_in=False)
    assert only_check(tablet, device)[1].fields.duty_pass == NOBODY


# Invariant 1: told only after the commit.


@pytest.mark.parametrize(
    "failure", [OutboxStorageError("SQLITE_IOERR"), QueueFullError("disk"), QueueFullError("capacity")]
)
def test_what_could_not_be_made_durable_is_never_given_out_as_recorded(
    tablet: Tablet, device: Device, desk: Desk, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(device.outbox, "append", fail)
    with pytest.raises(NotRecordedError) as caught:
        desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    assert caught.value.__cause__ is None
    monkeypatch.undo()
    assert tablet.sent(device) == []


def test_something_recorded_during_the_touch_makes_the_intent_outdated_and_nothing_is_recorded(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    other = tablet.open()

    class Meanwhile(ScriptedDialogue):
        def pin(self, problem: Any) -> Any:
            # The time limit of the other touch is over, so that it holds the log no more.
            device.outbox._lane.end_touch()
            Desk(other).perform(HOME_VISIT, VirtualReader(virtual_card("suzuki")), ScriptedDialogue(["8501"]))
            return super().pin(problem)

    with other, pytest.raises(NotRecordedError) as caught:
        desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), Meanwhile([SATO.jpki_pin]))
    assert caught.value.reason == "something_else_was_recorded_meanwhile"
    assert len(tablet.sent(device)) == 1


def test_a_touch_that_fails_does_not_keep_others_from_recording(tablet: Tablet, device: Device, desk: Desk) -> None:
    with pytest.raises(CardNotShownError):
        desk.perform(HOME_VISIT, VirtualReader(), ScriptedDialogue([SATO.jpki_pin]))
    with tablet.open() as other:
        Desk(other).perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    assert len(tablet.sent(device)) == 1


# The broken touch

BEFORE_CERTIFICATE = 5


def test_a_broken_touch_is_finished_with_the_same_intent_and_no_second_pin(
    tablet: Tablet, device: Device, desk: Desk
) -> None:
    reader = UnsteadyHand(virtual_card("sato"), BEFORE_CERTIFICATE)
    dialogue = ScriptedDialogue([SATO.jpki_pin], on_cue=reader.hold_again)
    recorded = desk.perform(HOME_VISIT, reader, dialogue)
    assert only_check(tablet, device)[0].check == recorded.check
    assert desk.keeping.draft() is None


def test_a_broken_touch_that_is_given_up_can_be_finished_later(tablet: Tablet, device: Device, desk: Desk) -> None:
    card = virtual_card("sato")
    with pytest.raises(TouchUnfinishedError) as caught:
        desk.perform(HOME_VISIT, UnsteadyHand(card, BEFORE_CERTIFICATE), ScriptedDialogue([SATO.jpki_pin]))
    assert caught.value.is_kept
    assert tablet.sent(device) == []
    recorded = desk.checking(VirtualReader(card), ScriptedDialogue()).finish()
    assert recorded is not None
    assert recorded.check == caught.value.check
    assert recorded.assurance is Assurance.CARD_SIGNED
    assert desk.keeping.draft() is None
    assert desk.checking(VirtualReader(card), ScriptedDialogue()).finish() is None


def test_a_broken_touch_outdated_by_another_check_is_not_recorded_later(desk: Desk) -> None:
    card = virtual_card("sato")
    with pytest.raises(TouchUnfinishedError):
        desk.perform(HOME_VISIT, UnsteadyHand(card, BEFORE_CERTIFICATE), ScriptedDialogue([SATO.jpki_pin]))
    desk.perform(HOME_VISIT, VirtualReader(virtual_card("suzuki")), ScriptedDialogue(["8501"]))
    with pytest.raises(NotRecordedError):
        desk.checking(VirtualReader(card), ScriptedDialogue()).finish()


def test_without_a_day_key_a_broken_touch_says_that_it_is_lost(device: Device) -> None:
    desk = Desk(device, day_key=None)
    with pytest.raises(TouchUnfinishedError) as caught:
        desk.perform(
            HOME_VISIT, UnsteadyHand(virtual_card("sato"), BEFORE_CERTIFICATE), ScriptedDialogue([SATO.jpki_pin])
        )
    assert not caught.value.is_kept


# Known cards and repeats


def certificate_of(person: str) -> bytes:
    with CardSession(VirtualReader(virtual_card(person)).connect()) as session:
        return session.certificate().der


def test_a_card_known_to_the_server_sends_its_digest_alone(tablet: Tablet, device: Device) -> None:
    desk = Desk(device)
    der = certificate_of("sato")
    listed = ListedCertificate(
        serial=f"{Certificate.parse(der).serial:x}", sha256=hashlib.sha256(der).hexdigest(), certificate=der
    )
    visit = RosterVisit(visit="ab", patient="cd", known_certificates=[listed])
    item = FeedItem(id="1", kind="roster", data=msgspec.Raw(encode(visit)))
    desk.store.receive("e1", [item], "e1.1")
    desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    desk.perform(VISUAL, VirtualReader(virtual_card("sato")), ScriptedDialogue())
    (_, signed), (_, visual) = tablet.sent(device)
    assert isinstance(signed, CheckBody)
    assert isinstance(visual, CheckBody)
    assert signed.card.certificate is None
    assert visual.card.certificate is not None
    assert signed.card.certificate_sha256 == visual.card.certificate_sha256


def test_a_certificate_that_only_this_device_knows_still_travels(tablet: Tablet, device: Device, desk: Desk) -> None:
    cards = [virtual_card("sato"), virtual_card("sato")]
    for card in cards:
        desk.perform(HOME_VISIT, VirtualReader(card), ScriptedDialogue([SATO.jpki_pin]))
    bodies = [body for _, body in tablet.sent(device)]
    assert all(isinstance(body, CheckBody) and body.card.certificate for body in bodies)
    # The first is read whole in one extended READ; of the second only the head that carries the serial.
    longest = [max(exchange.response_length for exchange in card.transcript) for card in cards]
    assert longest[0] > 1000
    assert longest[1] < 300


def test_the_same_card_again_is_asked_about_and_linked(tablet: Tablet, device: Device, desk: Desk) -> None:
    first = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    tablet.clock.pass_time(minutes=14)
    dialogue = ScriptedDialogue([SATO.jpki_pin])
    again = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), dialogue)
    assert dialogue.repeats == [(first.check, 14)]
    assert again.repeat_of == first.check
    (_, _), (_, body) = tablet.sent(device)
    assert isinstance(body, CheckBody)
    assert body.repeat_of == first.check


def test_a_repeat_that_is_not_wanted_is_not_recorded(tablet: Tablet, device: Device, desk: Desk) -> None:
    first = desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    with pytest.raises(RepeatDeclinedError) as caught:
        desk.perform(
            HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin], wants_again=False)
        )
    assert caught.value.check == first.check
    assert len(tablet.sent(device)) == 1


@pytest.mark.parametrize("change", ["later", "other_card", "other_setting"])
def test_what_is_no_repeat_is_not_asked_about(tablet: Tablet, desk: Desk, change: str) -> None:
    desk.perform(HOME_VISIT, VirtualReader(virtual_card("sato")), ScriptedDialogue([SATO.jpki_pin]))
    order, person = HOME_VISIT, "sato"
    if change == "later":
        tablet.clock.pass_time(minutes=15, seconds=1)
    elif change == "other_card":
        person = "suzuki"
    else:
        order = CheckOrder(check_type="home_consent", setting="drive_through", subject=VISIT)
    dialogue = ScriptedDialogue([PEOPLE[person].jpki_pin])
    assert desk.perform(order, VirtualReader(virtual_card(person)), dialogue).repeat_of is None
    assert dialogue.repeats == []


def test_a_last_try_that_is_not_wanted_visual_is_told(desk: Desk) -> None:
    card = virtual_card("sato", faults=Faults())
    with pytest.raises(LastTryRefusedError):
        desk.perform(HOME_VISIT, VirtualReader(card), ScriptedDialogue(["9999", "9998", "9997"]))
