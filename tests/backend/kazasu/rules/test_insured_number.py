"""Check digits and forms of facts/oqs.md section 5."""

import pytest

from kazasu.rules.insured_number import InsuredNumber, InsuredNumberError, luhn_check_digit, proven_insurer_number


@pytest.mark.parametrize("number", ["06130488", "33120015", "138057", "01130012"])
def test_the_known_insurer_numbers_have_the_right_check_digit(number: str) -> None:
    assert proven_insurer_number(number) == number


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("77777777", "check_digit"),
        ("06130489", "check_digit"),
        ("0613048", "length"),
        ("138O57", "not_digits"),
        ("", "empty"),
        ("²38057²²", "check_digit"),
    ],
)
def test_a_wrong_insurer_number_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InsuredNumberError) as refused:
        proven_insurer_number(text)
    assert (refused.value.field, refused.value.why) == ("insurer_number", why)


def test_the_substitute_of_unknown_claims_passes_its_check_digit() -> None:
    assert luhn_check_digit("7777777") == "9"


def test_six_digits_with_leading_spaces_are_taken_and_written_back_eight_wide() -> None:
    known = InsuredNumber.proven("  138057", "１２ー３", "００４５", "01")
    assert known.insurer_number == "138057"
    assert known.padded_insurer_number == "  138057"
    assert known.number == "0045"
    assert known.branch == "01"


def test_numbers_are_compared_without_width_and_leading_zeros_and_kept_with_them() -> None:
    typed = InsuredNumber.proven("06130488", "0123", "0045", "")
    kept = InsuredNumber.proven("06130488", "１２３", "４５", "02")
    assert typed.comparable() == kept.comparable()
    assert typed.symbol == "0123"
    written = InsuredNumber("06130488", "訓１２", "００９", "")
    assert written.comparable() == InsuredNumber.proven("06130488", "訓12", "9").comparable()


@pytest.mark.parametrize(
    ("symbol", "number", "branch", "field", "why"),
    [
        ("1", "", "", "number", "empty"),
        ("1" * 21, "2", "", "symbol", "length"),
        ("1", "2" * 21, "", "number", "length"),
        ("1", "2", "1", "branch", "length"),
        ("1", "2", "a1", "branch", "not_digits"),
    ],
)
def test_a_wrong_part_is_named(symbol: str, number: str, branch: str, field: str, why: str) -> None:
    with pytest.raises(InsuredNumberError) as refused:
        InsuredNumber.proven("06130488", symbol, number, branch)
    assert (refused.value.field, refused.value.why) == (field, why)


def test_neither_the_number_nor_its_error_shows_it() -> None:
    number = InsuredNumber.proven("06130488", "記号", "98765", "01")
    assert "98765" not in repr(number)
    with pytest.raises(InsuredNumberError) as refused:
        InsuredNumber.proven("06130488", "記号", "98765", "987")
    assert "987" not in str(refused.value)
