"""The cast covers what the library must cope with, and its dates are those the law would give."""

import unicodedata
from datetime import date

import pytest

from mynacard.emulator import EXERCISE_DATE, PEOPLE, Person
from mynacard.emulator.person import era_year, with_check_digit

EVERYONE = pytest.mark.parametrize("person", PEOPLE.values(), ids=lambda person: person.short_name)


def birthday_after(person: Person, day: date, count: int) -> date:
    """The nth birthday after a day."""
    first = day.year if (person.birth_date.month, person.birth_date.day) > (day.month, day.day) else day.year + 1
    return person.birth_date.replace(year=first + count - 1)


@EVERYONE
def test_certificate_ends_on_the_fifth_birthday_and_never_after_the_card(person: Person) -> None:
    fifth = birthday_after(person, person.certificate_from, 5)
    assert person.certificate_until == min(fifth, person.card_expires_on)
    assert person.certificate_until <= person.card_expires_on


@EVERYONE
def test_card_ends_on_the_tenth_birthday_or_the_fifth_of_a_child_or_with_the_stay(person: Person) -> None:
    if person.is_birth_date_printed_western:
        assert person.card_expires_on < birthday_after(person, person.certificate_from, 10)
        return
    age = person.certificate_from.year - person.birth_date.year
    assert person.card_expires_on == birthday_after(person, person.certificate_from, 5 if age < 18 else 10)


@EVERYONE
def test_secrets_have_their_form_and_are_no_two_alike(person: Person) -> None:
    assert len(person.jpki_pin) == len(person.text_pin) == 4
    assert person.jpki_pin.isdecimal()
    assert person.text_pin.isdecimal()
    assert person.jpki_pin != person.text_pin
    assert len(person.number_b) == 14
    assert person.number_b.isdecimal()
    assert len(person.individual_number) == 12


def test_check_digit_is_that_of_the_ordinance() -> None:
    # The worked example that the ministry and others give.
    assert with_check_digit("12345678901") == "123456789018"
    assert with_check_digit("02345678901"[:10] + "2")[-1].isdecimal()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2019, 4, 30), ("H", 31)),
        (date(2019, 5, 1), ("R", 1)),
        (date(1989, 1, 7), ("S", 64)),
        (date(1989, 1, 8), ("H", 1)),
        (date(1926, 12, 24), ("T", 15)),
        (date(1926, 12, 25), ("S", 1)),
        (date(1912, 7, 29), ("M", 45)),
    ],
)
def test_era_begins_on_its_day(day: date, expected: tuple[str, int]) -> None:
    assert era_year(day) == expected


def test_number_b_is_made_of_what_the_face_shows() -> None:
    assert PEOPLE["sato"].number_b == "550112" + "2035" + "0417"
    assert PEOPLE["watanabe"].number_b.startswith("010111")
    assert PEOPLE["garcia"].number_b.startswith("921130")


def test_the_cast_has_its_special_people() -> None:
    assert len(PEOPLE["yamamoto"].address.encode()) == 200
    assert unicodedata.category(PEOPLE["watanabe"].name[1]) == "Co"
    assert any(ord(character) > 0xFFFF for character in PEOPLE["watanabe"].name)
    assert len(PEOPLE["garcia"].name) > 40
    assert PEOPLE["suzuki"].address == PEOPLE["suzuki_yui"].address
    assert EXERCISE_DATE.year - PEOPLE["takahashi"].birth_date.year == 78
    assert PEOPLE["ito"].birth_date > date(2025, 1, 1)


def test_most_of_the_cast_is_valid_from_2025_to_2030() -> None:
    main = [person for person in PEOPLE.values() if person.generation == 3 and person.short_name != "garcia"]
    assert len(main) >= 8
    assert all(person.certificate_from < date(2025, 2, 1) for person in main)
    assert all(person.certificate_until >= date(2030, 1, 1) for person in main)


def test_repr_of_a_person_has_no_individual_number() -> None:
    assert all(person.individual_number not in repr(person) for person in PEOPLE.values())
