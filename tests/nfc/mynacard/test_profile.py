"""The four attributes: by either secret, in every shape of the file, and never the number beside them."""

from datetime import date

import pytest

from mynacard import (
    CardSession,
    DamagedDataError,
    NotMyNumberCardError,
    NumberB,
    PinBlockedError,
    PinWrongError,
    ProfileUnavailableError,
    ReaderMemory,
    Sex,
    StatusError,
    TextPin,
)
from mynacard.emulator import PEOPLE, Faults, Person, VirtualCard, VirtualReader, virtual_card
from mynacard.profile import parse_attributes


def session_with(card: VirtualCard, *, extended_length: bool = True) -> CardSession:
    return CardSession(VirtualReader(card, extended_length=extended_length).connect(), memory=ReaderMemory())


def number_b_of(person: Person) -> NumberB:
    return NumberB(person.number_b, is_western=person.is_birth_date_printed_western)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("secret", ["number B", "PIN"])
def test_everyones_attributes_come_by_either_secret(person: str, secret: str) -> None:
    expected = PEOPLE[person]
    card = virtual_card(person)
    with session_with(card) as session:
        found = session.attributes(number_b_of(expected) if secret == "number B" else TextPin(expected.text_pin))
    assert (found.name, found.address, found.birth_date) == (expected.name, expected.address, expected.birth_date)
    assert found.sex is {"1": Sex.MALE, "2": Sex.FEMALE}.get(expected.sex, Sex.UNKNOWN)
    assert expected.individual_number.encode().hex() not in str(card.transcript).lower()


def test_the_attributes_of_most_people_take_four_commands() -> None:
    with session_with(virtual_card("sato")) as session:
        session.attributes(number_b_of(PEOPLE["sato"]))
    assert session.apdus == 4


@pytest.mark.parametrize("extended_length", [True, False])
def test_an_address_of_200_bytes_takes_one_command_more(extended_length: bool) -> None:
    expected = PEOPLE["yamamoto"]
    assert len(expected.address.encode()) == 200
    with session_with(virtual_card("yamamoto"), extended_length=extended_length) as session:
        assert session.attributes(number_b_of(expected)).address == expected.address
    assert session.apdus == 5


@pytest.mark.parametrize("bytes_before", [0, 1, 2])
def test_bytes_before_the_template_are_tolerated(bytes_before: int) -> None:
    card = virtual_card("sato", faults=Faults(bytes_before_profile=bytes_before))
    with session_with(card) as session:
        assert session.attributes(number_b_of(PEOPLE["sato"])).name == PEOPLE["sato"].name


@pytest.mark.parametrize("kind", ["android", "iphone"])
def test_a_phone_has_none(kind: str) -> None:
    with (
        session_with(virtual_card("sato", kind)) as session,  # type: ignore[arg-type]
        pytest.raises(ProfileUnavailableError) as raised,
    ):
        session.attributes(number_b_of(PEOPLE["sato"]))
    assert raised.value.card == kind


@pytest.mark.parametrize("kind", ["resident", "foreign"])
def test_another_card_is_refused_before_any_secret(kind: str) -> None:
    card = virtual_card("sato", kind)  # type: ignore[arg-type]
    with session_with(card) as session, pytest.raises(NotMyNumberCardError):
        session.attributes(number_b_of(PEOPLE["sato"]))
    assert not any("**" in exchange.command for exchange in card.transcript)


def test_a_wrong_number_b_names_itself_and_leaves_the_pins_alone() -> None:
    card = virtual_card("sato")
    aid = bytes.fromhex("D3921000310001010408")
    before = card.tries_left(aid, 0x15)
    with session_with(card) as session, pytest.raises(PinWrongError) as raised:
        session.attributes(NumberB("55011220350418"))
    assert raised.value.secret == "number_b"
    assert raised.value.tries_left == card.tries_left(aid, 0x15) == before - 1
    assert card.tries_left(aid, 0x11) == 3
    assert card.tries_left(bytes.fromhex("D392F000260100000001"), 0x18) == 3


def test_a_wrong_text_pin_names_itself() -> None:
    with session_with(virtual_card("sato")) as session, pytest.raises(PinWrongError) as raised:
        session.attributes(TextPin("0000"))
    assert raised.value.data() == {"secret": "text_pin", "tries_left": 2}


def test_a_card_without_pin_still_gives_them_by_number_b() -> None:
    with session_with(virtual_card("sato", "pinless")) as session:
        with pytest.raises(PinBlockedError):
            session.attributes(TextPin(PEOPLE["sato"].text_pin))
        assert session.attributes(number_b_of(PEOPLE["sato"])).name == PEOPLE["sato"].name


@pytest.mark.parametrize("damage", ["length", "missing", "text"])
def test_damage_is_told_as_damage(damage: str) -> None:
    card = virtual_card("sato", faults=Faults(damaged_profile=damage))  # type: ignore[arg-type]
    with session_with(card) as session, pytest.raises(DamagedDataError) as raised:
        session.attributes(number_b_of(PEOPLE["sato"]))
    assert raised.value.what == "attributes"


def record(**parts: bytes) -> bytes:
    """The file as a card writes it, with a length that needs 81."""
    tags = {"name": 0xDF22, "address": 0xDF23, "birth": 0xDF24, "sex": 0xDF25}
    body = b"\xdf\x21\x08" + bytes(8)
    for part, value in parts.items():
        body += tags[part].to_bytes(2) + bytes([len(value)]) + value
    return b"\xff\x20\x81" + bytes([len(body)]) + body


WHOLE = {"name": "訓練　花子".encode(), "address": "訓練市１－２".encode(), "birth": b"19800112", "sex": b"2"}


def test_a_record_is_read_part_by_part_in_any_order() -> None:
    found = parse_attributes(record(**dict(reversed(WHOLE.items()))) + bytes(50))
    assert (found.name, found.birth_date, found.sex) == ("訓練　花子", date(1980, 1, 12), Sex.FEMALE)


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        (b"1", Sex.MALE),
        (b"2", Sex.FEMALE),
        (b"0", Sex.UNKNOWN),
        (b"3", Sex.UNKNOWN),
        (b"9", Sex.UNKNOWN),
        (b"", Sex.UNKNOWN),
    ],
)
def test_only_1_and_2_say_a_sex(sex: bytes, expected: Sex) -> None:
    assert parse_attributes(record(**{**WHOLE, "sex": sex})).sex is expected


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("birth", b"19800132", "birth_date"),
        ("birth", b"1980011", "birth_date"),
        ("birth", b"1980011x", "birth_date"),
        ("birth", b"", "birth_date"),
        ("name", b"\xff\xfe", "name"),
        ("address", b"\xe6\x9d", "address"),
    ],
)
def test_a_part_that_cannot_be_is_named_and_not_shown(part: str, value: bytes, problem: str) -> None:
    with pytest.raises(DamagedDataError) as raised:
        parse_attributes(record(**{**WHOLE, part: value}))
    assert raised.value.data() == {"what": "attributes", "problem": problem}
    assert raised.value.__context__ is None


@pytest.mark.parametrize("part", WHOLE)
def test_a_part_that_is_missing_is_named(part: str) -> None:
    with pytest.raises(DamagedDataError) as raised:
        parse_attributes(record(**{key: value for key, value in WHOLE.items() if key != part}))
    assert raised.value.problem in ("no_name", "no_address", "no_birth_date", "no_sex")


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x00" * 10, b"\x00\x00\x00\xff\x20\x00", record(**WHOLE)[:40]])
def test_nonsense_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedDataError):
        parse_attributes(data)


def test_attributes_are_not_read_without_a_secret() -> None:
    from mynacard.application import Application, TextFile

    with session_with(virtual_card("sato")) as session:
        session._session.select(Application.TEXT)
        with pytest.raises(StatusError) as raised:
            session._session.files.read_start(TextFile.ATTRIBUTES, 16)
    assert raised.value.sw == 0x6982
