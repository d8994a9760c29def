"""照合番号B over all birth dates: what is composed is accepted, and hides itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynacard import Era, EraDate, NumberB, SecretFormatError
from mynacard.number_b import FIRST_EXPIRY_YEAR, LAST_EXPIRY_YEAR

BIRTHS = st.dates(Era.MEIJI.first_day, date(2099, 12, 31))
EXPIRY_YEARS = st.integers(FIRST_EXPIRY_YEAR, LAST_EXPIRY_YEAR)
CODES = st.from_regex(r"\A[0-9]{4}\Z")


@given(BIRTHS, EXPIRY_YEARS, CODES)
def test_every_composed_number_has_14_digits_and_is_accepted_again(birth: date, expiry_year: int, code: str) -> None:
    if birth.year > expiry_year:
        with pytest.raises(SecretFormatError, match="birth_after_expiry"):
            NumberB.compose(birth, expiry_year, code)
        return
    number = NumberB.compose(birth, expiry_year, code)
    digits = number.octets().decode()
    assert len(digits) == 14
    assert digits[6:] == f"{expiry_year}{code}"
    assert NumberB.parse(digits).octets() == number.octets()
    assert digits not in repr(number)


@given(BIRTHS)
def test_an_era_date_is_the_same_day(birth: date) -> None:
    era_date = EraDate.of(birth)
    assert era_date is not None
    assert era_date.gregorian == birth
    assert 1 <= era_date.year <= 99


@given(BIRTHS, EXPIRY_YEARS, CODES, st.dates(date(2016, 1, 1), date(2088, 1, 1)))
def test_a_number_accepted_as_of_a_day_is_accepted_without_one(
    birth: date, expiry_year: int, code: str, as_of: date
) -> None:
    try:
        number = NumberB.compose(birth, expiry_year, code, as_of)
    except SecretFormatError:
        return
    assert expiry_year <= as_of.year + 11
    assert NumberB.parse(number.octets())


@given(st.text(max_size=20))
def test_any_other_text_than_14_digits_is_refused_for_its_form(text: str) -> None:
    can_pass = len(text) == 14 and text.isascii() and text.isdigit()
    if not can_pass:
        with pytest.raises(SecretFormatError, match=r"empty|not_digits|length|western_birth_date"):
            NumberB(text)


@given(st.from_regex(r"\A[0-9]{14}\Z"))
def test_what_passes_names_a_day_of_some_era_before_the_expiry(digits: str) -> None:
    days = [era.day(int(digits[:2]), int(digits[2:4]), int(digits[4:6])) for era in Era]
    can_be = any(day is not None and day.year <= int(digits[6:10]) for day in days)
    is_year = FIRST_EXPIRY_YEAR <= int(digits[6:10]) <= LAST_EXPIRY_YEAR
    try:
        NumberB(digits)
    except SecretFormatError:
        assert not (can_be and is_year)
    else:
        assert can_be
        assert is_year


@given(st.binary(min_size=1, max_size=40))
def test_tlv_and_attributes_never_fail_otherwise_than_as_damage(data: bytes) -> None:
    from mynacard.errors import DamagedDataError
    from mynacard.profile import parse_attributes
    from mynacard.tlv import read_objects

    for read in (lambda: list(read_objects(data, "test")), lambda: parse_attributes(b"\xff\x20" + data)):
        try:
            read()
        except DamagedDataError:
            continue
