"""The institution code: ten digits, check digit over nine, and never a real one for an exercise."""

import pytest

from kazasu.facility import FacilityMode, InstitutionCodeError, check_digit, proven_institution_code


@pytest.mark.parametrize(
    ("digits", "digit"), [("0613048", "8"), ("3312001", "5"), ("13805", "7"), ("0113001", "2"), ("7777777", "9")]
)
def test_the_check_digit_is_that_of_the_published_numbers(digits: str, digit: str) -> None:
    assert check_digit(digits) == digit


@pytest.mark.parametrize("code", ["1310000011", "0110000013", "4740000012"])
def test_a_live_code_of_a_prefecture_is_taken(code: str) -> None:
    code = code[:9] + check_digit(code[:9])
    assert proven_institution_code(code, FacilityMode.LIVE) == code


@pytest.mark.parametrize(
    ("code", "mode", "why"),
    [
        ("991000001", FacilityMode.EXERCISE, "not_ten_digits"),
        ("99100000188", FacilityMode.EXERCISE, "not_ten_digits"),
        ("９９１０００００１８", FacilityMode.EXERCISE, "not_ten_digits"),
        ("99100000x8", FacilityMode.EXERCISE, "not_ten_digits"),
        ("9910000019", FacilityMode.EXERCISE, "check_digit"),
        ("1310000011", FacilityMode.EXERCISE, "exercise"),
        ("9910000018", FacilityMode.LIVE, "prefecture"),
        ("0010000008", FacilityMode.LIVE, "prefecture"),
        ("4810000002", FacilityMode.LIVE, "prefecture"),
    ],
)
def test_a_code_that_cannot_be_this_facilitys_is_refused(code: str, mode: FacilityMode, why: str) -> None:
    with pytest.raises(InstitutionCodeError) as refused:
        proven_institution_code(code, mode)
    assert refused.value.why == why


@pytest.mark.parametrize("place", range(9))
def test_one_wrong_digit_is_always_found(place: int) -> None:
    code = "9910000018"
    for digit in "0123456789":
        wrong = code[:place] + digit + code[place + 1 :]
        if wrong != code:
            with pytest.raises(InstitutionCodeError):
                proven_institution_code(wrong, FacilityMode.EXERCISE)
