"""Widths, variants, JIS X 0208 and era dates."""

from datetime import date

import pytest

from kazasu import japanese
from kazasu.japanese import (
    EraDateError,
    NotInCharacterSetError,
    era_text,
    fold_variants,
    full_width,
    half_width,
    hiragana_to_katakana,
    is_full_width,
    is_half_width,
    large_kana,
    octets,
    outside_jis_x_0208,
    parse_date,
    without_spaces,
)
from kazasu.japanese.variant import VARIANT_GROUPS


def test_the_public_face_is_what_it_says() -> None:
    assert sorted(japanese.__all__) == sorted(set(japanese.__all__))
    assert all(hasattr(japanese, name) for name in japanese.__all__)


@pytest.mark.parametrize(
    ("half", "full"),
    [
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ　タロウ"),
        ("ｳﾞｨｵﾗ", "ヴィオラ"),
        ("ﾊﾟｰｸ･ｷﾑ", "パーク・キム"),
        ("AB-12/3", "ＡＢ－１２／３"),
        ("国12", "国１２"),
        ("", ""),
    ],
)
def test_half_width_kana_and_letters_become_full_width(half: str, full: str) -> None:
    assert full_width(half) == full


def test_full_width_leaves_a_compatibility_character_as_it_is_written() -> None:
    assert full_width("㈱髙\ufa10") == "㈱髙\ufa10"


def test_letters_become_half_width_and_kana_stays() -> None:
    assert half_width("１２－Ａ　ヤマダ") == "12-A ヤマダ"
    assert half_width("ﾔﾏﾀﾞ") == "ヤマダ"


def test_kana_folds_to_one_script_and_size() -> None:
    assert hiragana_to_katakana("しょうじゔゝ") == "ショウジヴヽ"
    assert large_kana("ショウッパ") == "シヨウツパ"
    assert without_spaces(" 山田　太郎 ") == "山田太郎"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("渡邉", "渡辺"),
        ("渡邊", "渡邉"),
        ("國井", "国井"),
        ("彌生", "弥生"),
        ("惠", "恵"),
        ("髙﨑", "高崎"),
        ("\ufa19", "\u795e"),
    ],
)
def test_variants_of_a_name_fold_to_the_same(one: str, other: str) -> None:
    assert fold_variants(one) == fold_variants(other)


def test_a_variation_selector_is_no_character() -> None:
    assert fold_variants("辻\U000e0100") == "辻"


def test_names_that_are_different_stay_different() -> None:
    assert fold_variants("斎藤") != fold_variants("斉藤")
    assert fold_variants("太田") != fold_variants("大田")


def test_no_character_stands_in_two_groups() -> None:
    characters = "".join(VARIANT_GROUPS)
    assert len(characters) == len(set(characters))
    assert all(len(group) > 1 for group in VARIANT_GROUPS)


@pytest.mark.parametrize("character", ["髙", "﨑", "\ufa10", "①", "㈱", "德", "ｱ", "\n", "€"])
def test_what_jis_x_0208_lacks_is_found(character: str) -> None:
    assert outside_jis_x_0208(f"山{character}田") == (1,)
    with pytest.raises(NotInCharacterSetError) as caught:
        octets(f"山{character}田")
    assert caught.value.places == (1,)
    assert character not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("彌", "9c5c"), ("ヴ", "8394"), ("～", "8160"), ("－", "817c"), ("−", "817c"), ("12-A", "31322d41"), ("", "")],
)
def test_octets_are_those_of_shift_jis(text: str, expected: str) -> None:
    assert octets(text).hex() == expected


def test_width_is_told() -> None:
    assert is_full_width("山田１２　－")
    assert not is_full_width("山田1")
    assert is_half_width("12-A ")
    assert not is_half_width("ﾔ")
    assert not is_half_width("12\t")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和25年5月1日", date(1950, 5, 1)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成３１年４月３０日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("明治45年7月30日", date(1912, 7, 30)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("S25.5.1", date(1950, 5, 1)),
        ("s25/05/01", date(1950, 5, 1)),
        ("R6-12-2", date(2024, 12, 2)),
        ("H310430", date(2019, 4, 30)),
        ("2024-11-28", date(2024, 11, 28)),
        ("2024/2/29", date(2024, 2, 29)),
        ("2024年11月28日", date(2024, 11, 28)),
        (" 20241128 ", date(2024, 11, 28)),
    ],
)
def test_a_date_is_read_however_it_is_written(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("昭和64年1月8日", "no_such_day"),
        ("平成元年1月7日", "no_such_day"),
        ("平成31年5月1日", "no_such_day"),
        ("令和元年4月30日", "no_such_day"),
        ("令和5年2月29日", "no_such_day"),
        ("昭和0年1月1日", "no_such_day"),
        ("20240230", "no_such_day"),
        ("2023-02-29", "no_such_day"),
        ("慶応3年1月1日", "form"),
        ("25年5月1日", "form"),
        ("", "form"),
        ("昭和", "form"),
    ],
)
def test_what_is_no_date_is_refused_with_why(text: str, why: str) -> None:
    with pytest.raises(EraDateError) as caught:
        parse_date(text)
    assert caught.value.why == why
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(2019, 4, 30), "平成31年4月30日", "H31.4.30"),
        (date(2019, 5, 1), "令和元年5月1日", "R1.5.1"),
        (date(1989, 1, 7), "昭和64年1月7日", "S64.1.7"),
        (date(1989, 1, 8), "平成元年1月8日", "H1.1.8"),
        (date(1926, 12, 24), "大正15年12月24日", "T15.12.24"),
        (date(1926, 12, 25), "昭和元年12月25日", "S1.12.25"),
        (date(1912, 7, 30), "大正元年7月30日", "T1.7.30"),
        (date(1868, 1, 24), "1868年1月24日", "1868年1月24日"),
    ],
)
def test_a_date_is_written_by_era(day: date, long: str, short: str) -> None:
    assert era_text(day) == long
    assert era_text(day, short=True) == short
