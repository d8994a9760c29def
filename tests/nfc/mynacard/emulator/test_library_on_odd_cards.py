"""The library copes with every way in which the emulator can be told to misbehave, in process."""

from typing import Any

import pytest

from mynacard import (
    CardKind,
    CardRemovedError,
    CardSession,
    Certificate,
    CertificateState,
    ChainError,
    DamagedDataError,
    JpkiPin,
    NotMyNumberCardError,
    NumberB,
    ReaderMemory,
    TextPin,
)
from mynacard.emulator import EXERCISE_DATE, PEOPLE, Person, VirtualReader, test_ca, virtual_card
from mynacard.emulator.credential import authentication, signature
from mynacard.emulator.jpki_application import AID, PIN

NUMBER_B = PEOPLE["sato"].number_b

ODD = {
    "ordinary": {},
    "no extended length": {"refuse_extended_length": True},
    "no short ids": {"refuse_short_efid": True},
    "neither": {"refuse_extended_length": True, "refuse_short_efid": True},
    "6282 at the end": {"end_of_file": "6282"},
    "6B00 at the end": {"end_of_file": "6B00"},
    "no filler": {"no_filler": True},
    "no filler, 6282": {"no_filler": True, "end_of_file": "6282"},
    "no filler, 6B00": {"no_filler": True, "end_of_file": "6B00"},
    "no filler, 6B00, short": {"no_filler": True, "end_of_file": "6B00", "refuse_extended_length": True},
    "6B00 at the end, short": {"end_of_file": "6B00", "refuse_extended_length": True},
    "6F00 first": {"first_select_6f00": True},
    "61xx": {"answer_61xx": True, "refuse_extended_length": True},
    "6Cxx": {"answer_6cxx": True, "refuse_extended_length": True},
    "61xx and no short ids": {"answer_61xx": True, "refuse_extended_length": True, "refuse_short_efid": True},
    "9000 when verified": {"query_9000_when_verified": True},
    "long address": {"long_address": True},
    "two bytes before": {"bytes_before_profile": 2},
}
ODD_CARDS = pytest.mark.parametrize("faults", ODD.values(), ids=ODD.keys())


@pytest.mark.parametrize("person", ["sato", "kimura", "mori"])
@pytest.mark.parametrize("reader_takes_extended", [True, False])
@ODD_CARDS
def test_proof_holds_on_an_odd_card(person: str, reader_takes_extended: bool, faults: dict[str, Any]) -> None:
    who = PEOPLE[person]
    reader = VirtualReader(virtual_card(person, **faults), extended_length=reader_takes_extended)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session, JpkiPin(who.jpki_pin) as pin:
        proof = session.prove(b"message", pin)
    assert proof.certificate.der == authentication(person).der
    assert proof.certificate_read


@pytest.mark.parametrize("kind", ["android", "iphone"])
@ODD_CARDS
def test_proof_holds_on_an_odd_phone(kind: Any, faults: dict[str, Any]) -> None:
    reader = VirtualReader(virtual_card("sato", kind, **faults))
    with CardSession(reader.connect(), memory=ReaderMemory()) as session, JpkiPin("1234") as pin:
        proof = session.prove(b"message", pin)
    assert proof.kind is CardKind(kind)
    assert proof.certificate.der == authentication("sato", on_phone=True).der


@pytest.mark.parametrize("person", list(PEOPLE))
@ODD_CARDS
def test_attributes_come_whole_from_an_odd_card(person: str, faults: dict[str, Any]) -> None:
    who = PEOPLE[person]
    reader = VirtualReader(virtual_card(person, **faults))
    secrets: tuple[NumberB | TextPin, ...] = (
        NumberB(who.number_b, is_western=who.is_birth_date_printed_western),
        TextPin(who.text_pin),
    )
    for secret in secrets:
        with CardSession(reader.connect(), memory=ReaderMemory()) as session, secret:
            found = session.attributes(secret)
        address = PEOPLE["yamamoto"].address if "long_address" in faults else who.address
        assert (found.name, found.address, found.birth_date) == (who.name, address, who.birth_date)


@pytest.mark.parametrize("damage", ["length", "truncated"])
def test_damaged_certificate_is_told_as_damaged(damage: str) -> None:
    reader = VirtualReader(virtual_card(damaged_certificate=damage))
    with CardSession(reader.connect()) as session, pytest.raises(DamagedDataError):
        session.certificate()


def test_certificate_with_one_wrong_bit_has_no_issuer() -> None:
    with CardSession(VirtualReader(virtual_card(damaged_certificate="bit")).connect()) as session:
        certificate = session.certificate()
    with pytest.raises(ChainError):
        certificate.chain(test_ca.roots())


@pytest.mark.parametrize("damage", ["length", "missing", "text"])
def test_damaged_attributes_are_told_as_damaged(damage: str) -> None:
    reader = VirtualReader(virtual_card(damaged_profile=damage))
    with CardSession(reader.connect()) as session, NumberB(NUMBER_B) as number_b, pytest.raises(DamagedDataError):
        session.attributes(number_b)


@pytest.mark.parametrize("kind", ["resident", "foreign"])
def test_other_cards_are_refused(kind: Any) -> None:
    reader = VirtualReader(virtual_card("sato", kind))
    with CardSession(reader.connect()) as session, pytest.raises(NotMyNumberCardError):
        session.identify()


@pytest.mark.parametrize("person", PEOPLE.values(), ids=lambda person: person.short_name)
def test_every_certificate_leads_to_its_own_generation(person: Person) -> None:
    certificate = Certificate.parse(authentication(person.short_name).der)
    assert certificate.chain(test_ca.roots()) == test_ca.roots()[person.generation - 1]


@pytest.mark.parametrize(
    ("person", "state"),
    [
        ("sato", CertificateState.VALID),
        ("yoshida", CertificateState.ALERT),
        ("kobayashi", CertificateState.GRACE),
        ("nakamura", CertificateState.EXPIRED),
    ],
)
def test_cast_stands_on_the_exercise_date_as_its_notes_say(person: str, state: CertificateState) -> None:
    certificate = Certificate.parse(authentication(person).der)
    assert certificate.state(EXERCISE_DATE, CardKind.PLASTIC) is state


def test_signature_certificate_is_never_taken_for_the_other() -> None:
    credential = signature("sato")
    assert credential is not None
    with pytest.raises(DamagedDataError):
        Certificate.parse(credential.der)


@pytest.mark.parametrize("after", range(8))
def test_a_vanished_card_costs_no_try_and_is_told(after: int) -> None:
    card = virtual_card(disappear_after=after)
    with CardSession(VirtualReader(card).connect(), memory=ReaderMemory()) as session, JpkiPin("1234") as pin:
        # The certificate alone, read last, is asked for again when the card is back.
        if after < 5:
            with pytest.raises(CardRemovedError):
                session.prove(b"message", pin)
        else:
            assert session.prove(b"message", pin).certificate_read
    assert card.tries_left(AID, PIN) == 3
