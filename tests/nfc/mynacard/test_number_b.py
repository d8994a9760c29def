"""照合番号B: what can be right passes, what cannot be is named before a card sees it."""

from datetime import date

import pytest

from mynacard import Era, EraDate, NumberB, SecretFormatError
from mynacard.emulator import PEOPLE


def digits_of(number: NumberB) -> str:
    return number.octets().decode()


@pytest.mark.parametrize(
    ("birth_date", "digits"),
    [
        (date(2020, 2, 24), "020224"),
        (date(2019, 5, 1), "010501"),
        (date(2019, 4, 30), "310430"),
        (date(1989, 1, 8), "010108"),
        (date(1989, 1, 7), "640107"),
        (date(1926, 12, 25), "011225"),
        (date(1926, 12, 24), "151224"),
        (date(1912, 7, 30), "010730"),
        (date(1912, 7, 29), "450729"),
        (date(1980, 2, 29), "550229"),
    ],
)
def test_it_is_composed_from_the_era_year_the_expiry_and_the_code(birth_date: date, digits: str) -> None:
    assert digits_of(NumberB.compose(birth_date, 2035, "0417")) == f"{digits}20350417"


def test_an_era_date_is_taken_as_it_is_printed() -> None:
    assert digits_of(NumberB.compose(EraDate(Era.TAISHO, 15, 12, 25), 2030, "0000")) == "15122520300000"


@pytest.mark.parametrize(
    "person", [name for name, person in PEOPLE.items() if not person.is_birth_date_printed_western]
)
def test_the_exercise_peoples_numbers_are_right(person: str) -> None:
    found = PEOPLE[person]
    assert digits_of(NumberB(found.number_b)) == found.number_b
    composed = NumberB.compose(found.birth_date, found.card_expires_on.year, found.security_code)
    assert digits_of(composed) == found.number_b


def test_a_western_year_on_the_face_is_taken_if_the_caller_says_so() -> None:
    garcia = PEOPLE["garcia"]
    with pytest.raises(SecretFormatError) as raised:
        NumberB(garcia.number_b)
    assert raised.value.problem == "western_year"
    assert digits_of(NumberB(garcia.number_b, is_western=True)) == garcia.number_b
    composed = NumberB.compose(garcia.birth_date, garcia.card_expires_on.year, garcia.security_code, is_western=True)
    assert digits_of(composed) == garcia.number_b


@pytest.mark.parametrize(
    ("digits", "problem"),
    [
        ("", "empty"),
        ("5501122035041", "length"),
        ("550112203504170", "length"),
        ("55011220350417 ", "not_digits"),
        ("５５０１１２２０３５０４１７", "not_digits"),
        ("5501122035041O", "not_digits"),
        # A PIN instead of the whole.
        ("1234", "length"),
        # The birth date by the Western calendar, eight digits or the last two of the year.
        ("1980011220350417", "western_birth_date"),
        ("2020022420350417", "western_birth_date"),
        ("80011220350417", "western_year"),
        ("99123120350417", "western_year"),
        ("65010120350417", "western_year"),
        # Days that no era has.
        ("00011220350417", "birth_date"),
        ("55130120350417", "birth_date"),
        ("55000120350417", "birth_date"),
        ("55013220350417", "birth_date"),
        ("55023020350417", "birth_date"),
        ("64010820350417", "birth_date"),
        ("64123120350417", "birth_date"),
        # 29 February of a year that is a leap year in no era: 1900 (Meiji 33) was none.
        ("33022920350417", "birth_date"),
        # Years that no card expires in.
        ("55011220150417", "expiry_year"),
        ("55011221000417", "expiry_year"),
        ("55011200350417", "expiry_year"),
        # A two-digit expiry moves the code into the year.
        ("55011235041700", "expiry_year"),
    ],
)
def test_what_cannot_be_is_named(digits: str, problem: str) -> None:
    with pytest.raises(SecretFormatError) as raised:
        NumberB(digits)
    assert raised.value.data() == {"secret": "number_b", "problem": problem}


@pytest.mark.parametrize(
    "digits", ["02022920350417", "31043020300417", "45072920200000", "64010720990000", "01010820160000"]
)
def test_days_at_the_ends_of_eras_are_days(digits: str) -> None:
    assert digits_of(NumberB(digits)) == digits


AS_OF = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("digits", "problem"),
    [
        # Reiwa 8 is 2026; the same year of another era is long past, so only days of Reiwa alone can be refused.
        ("55011220380417", "expiry_year"),
        ("55011220370417", None),
        ("55011220160417", None),
    ],
)
def test_with_a_date_the_expiry_is_at_most_eleven_years_away(digits: str, problem: str | None) -> None:
    if problem is None:
        assert digits_of(NumberB.parse(digits, AS_OF)) == digits
        return
    with pytest.raises(SecretFormatError) as raised:
        NumberB.parse(digits, AS_OF)
    assert raised.value.problem == problem


def test_with_a_date_a_birth_in_the_future_is_refused() -> None:
    # 29 February exists in Reiwa 10 (2028) and in no other era's tenth year.
    assert digits_of(NumberB("10022920350417")) == "10022920350417"
    with pytest.raises(SecretFormatError) as raised:
        NumberB.parse("10022920350417", AS_OF)
    assert raised.value.problem == "birth_in_future"


@pytest.mark.parametrize(
    ("birth_date", "expiry_year", "code", "problem"),
    [
        (date(1868, 1, 24), 2035, "0417", "birth_date"),
        (EraDate(Era.HEISEI, 31, 5, 1), 2035, "0417", "birth_date"),
        (EraDate(Era.SHOWA, 0, 1, 1), 2035, "0417", "birth_date"),
        (EraDate(Era.SHOWA, 55, 2, 30), 2035, "0417", "birth_date"),
        (date(1980, 1, 12), 35, "0417", "expiry_year"),
        (date(1980, 1, 12), 2015, "0417", "expiry_year"),
        (date(1980, 1, 12), 20350, "0417", "expiry_year"),
        (date(1980, 1, 12), 2035, "417", "security_code"),
        (date(1980, 1, 12), 2035, "041x", "not_digits"),
        (date(2040, 1, 12), 2035, "0417", "birth_after_expiry"),
    ],
)
def test_parts_that_cannot_be_are_named(birth_date: date | EraDate, expiry_year: int, code: str, problem: str) -> None:
    with pytest.raises(SecretFormatError) as raised:
        NumberB.compose(birth_date, expiry_year, code)
    assert raised.value.problem == problem


def test_an_era_dates_repr_hides_it() -> None:
    assert "55" not in repr(EraDate(Era.SHOWA, 55, 1, 12))


@pytest.mark.parametrize("digits", [b"55011220350417", bytearray(b"55011220350417")])
def test_it_is_made_from_bytes_too(digits: bytes | bytearray) -> None:
    assert digits_of(NumberB(digits)) == "55011220350417"
