"""Names with `●`, variants, widths, small kana and back names; numbers with padding and zeros; another person."""

from dataclasses import replace
from datetime import date

import pytest

from kazasu.rules.compared_field import Field as F
from kazasu.rules.compared_field import Result as R
from kazasu.rules.compared_field import Why as W
from kazasu.rules.comparison import PersonFacts, compare

BASE = PersonFacts(
    name="渡辺　花子",
    name_kana="ワタナベ　ハナコ",
    birth_date=date(1950, 5, 1),
    sex="female",
    insurer_number="138057",
    symbol="12",
    number="345",
    branch="01",
)


def field(which: F, ours: PersonFacts, theirs: PersonFacts) -> tuple[R, tuple[W, ...]]:
    found = compare(ours, theirs).of(which)
    return found.result, found.why


@pytest.mark.parametrize(
    ("ours", "theirs", "result", "why"),
    [
        ("ワタナベ　ハナコ", "ワタナベ　ハナコ", R.SAME, ()),
        ("ワタナベ　ハナコ", "ﾜﾀﾅﾍﾞ ﾊﾅｺ", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        ("ワタナベハナコ", "ワタナベ ハナコ", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        ("わたなべ はなこ", "ワタナベ ハナコ", R.EQUIVALENT, (W.SCRIPT,)),
        ("ｼﾖｳｼﾞ ﾚｲｺ", "ショウジ　レイコ", R.EQUIVALENT, (W.WIDTH_OR_SPACE, W.SMALL_KANA)),
        ("シヨウジ レイコ", "ショウジ レイコ", R.EQUIVALENT, (W.SMALL_KANA,)),
        ("ジョー スミス", "ジョ－ スミス", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        ("ワタナベ　ハナコ", "ワタベ　ハナコ", R.DIFFERENT, (W.VALUES,)),
        ("", "ワタナベ　ハナコ", R.CANNOT_SAY, (W.MISSING,)),
        ("ワタナベ　ハナコ", " ", R.CANNOT_SAY, (W.MISSING,)),
    ],
)
def test_the_kana_name_is_compared_beyond_its_writing(ours: str, theirs: str, result: R, why: tuple[W, ...]) -> None:
    one, other = replace(BASE, name_kana=ours), replace(BASE, name_kana=theirs)
    assert field(F.NAME_KANA, one, other) == (result, why)
    assert field(F.NAME_KANA, other, one) == (result, why)


@pytest.mark.parametrize(
    ("ours", "theirs", "result", "why"),
    [
        ("渡辺　花子", "渡辺 花子", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        ("渡邉　花子", "渡辺　花子", R.EQUIVALENT, (W.VARIANT,)),
        ("國井　惠", "国井　恵", R.EQUIVALENT, (W.VARIANT,)),
        ("渡辺［佐藤］　花子", "渡辺　花子", R.EQUIVALENT, (W.FORMER_NAME,)),
        ("渡辺[佐藤]花子", "渡辺　花子", R.EQUIVALENT, (W.WIDTH_OR_SPACE, W.FORMER_NAME)),
        ("渡辺　花子", "渡部　花子", R.DIFFERENT, (W.VALUES,)),
        ("●辺　花子", "渡辺　花子", R.EQUIVALENT, (W.SUBSTITUTE_CHARACTER,)),
        ("渡●　花子", "渡邉花子", R.EQUIVALENT, (W.SUBSTITUTE_CHARACTER,)),
        ("●●　花子", "渡辺　良子", R.DIFFERENT, (W.VALUES,)),
        ("●　花子", "渡辺　花子", R.DIFFERENT, (W.VALUES,)),
    ],
)
def test_the_name_is_compared_beyond_its_writing(ours: str, theirs: str, result: R, why: tuple[W, ...]) -> None:
    one, other = replace(BASE, name=ours), replace(BASE, name=theirs)
    assert field(F.NAME, one, other) == (result, why)
    assert field(F.NAME, other, one) == (result, why)


@pytest.mark.parametrize("kana", ["", "ワタベ　ハナコ"])
def test_a_substitute_character_says_nothing_without_the_kana_name(kana: str) -> None:
    ours = replace(BASE, name="●辺　花子", name_kana=kana)
    assert field(F.NAME, ours, BASE) == (R.CANNOT_SAY, (W.SUBSTITUTE_CHARACTER,))


def test_the_name_on_the_back_counts() -> None:
    theirs = replace(BASE, name="SMITH JANE", name_kana="スミス　ジェーン", name_on_back="渡辺　花子")
    theirs = replace(theirs, name_kana_on_back="ﾜﾀﾅﾍﾞ ﾊﾅｺ")
    assert field(F.NAME, BASE, theirs) == (R.EQUIVALENT, (W.BACK_OF_CARD,))
    assert field(F.NAME_KANA, BASE, theirs) == (R.EQUIVALENT, (W.WIDTH_OR_SPACE, W.BACK_OF_CARD))
    assert not compare(BASE, theirs).other_person_likely


@pytest.mark.parametrize(
    ("ours", "theirs", "result", "why"),
    [
        ("138057", "138057", R.SAME, ()),
        ("138057", "  138057", R.EQUIVALENT, (W.PADDING,)),
        ("138057", "00138057", R.EQUIVALENT, (W.PADDING,)),
        ("１３８０５７", "138057", R.EQUIVALENT, (W.PADDING,)),
        ("138057", "06130488", R.DIFFERENT, (W.VALUES,)),
        ("138058", "138057", R.DIFFERENT, (W.CHECK_DIGIT,)),
        ("138057", "138058", R.DIFFERENT, (W.CHECK_DIGIT,)),
        ("1380", "138057", R.DIFFERENT, (W.VALUES,)),
        ("", "138057", R.CANNOT_SAY, (W.MISSING,)),
    ],
)
def test_insurer_numbers_are_compared_with_their_check_digit(
    ours: str, theirs: str, result: R, why: tuple[W, ...]
) -> None:
    one, other = replace(BASE, insurer_number=ours), replace(BASE, insurer_number=theirs)
    assert field(F.INSURER_NUMBER, one, other) == (result, why)


@pytest.mark.parametrize(
    ("which", "ours", "theirs", "result", "why"),
    [
        (F.SYMBOL, "国１２", "国12", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        (F.SYMBOL, "0012", "12", R.EQUIVALENT, (W.LEADING_ZEROS,)),
        (F.SYMBOL, "", "", R.SAME, ()),
        (F.SYMBOL, "", "12", R.CANNOT_SAY, (W.MISSING,)),
        (F.SYMBOL, "12-3", "１２－３", R.EQUIVALENT, (W.WIDTH_OR_SPACE,)),
        (F.NUMBER, "０３４５", "345", R.EQUIVALENT, (W.WIDTH_OR_SPACE, W.LEADING_ZEROS)),
        (F.NUMBER, "345", "346", R.DIFFERENT, (W.VALUES,)),
        (F.NUMBER, "", "", R.CANNOT_SAY, (W.MISSING,)),
        (F.BRANCH, "1", "01", R.EQUIVALENT, (W.LEADING_ZEROS,)),
        (F.BRANCH, "", "01", R.CANNOT_SAY, (W.MISSING,)),
        (F.BRANCH, "", "", R.CANNOT_SAY, (W.MISSING,)),
        (F.BRANCH, "02", "01", R.DIFFERENT, (W.VALUES,)),
    ],
)
def test_symbol_number_and_branch_fold_width_and_zeros(
    which: F, ours: str, theirs: str, result: R, why: tuple[W, ...]
) -> None:
    one = replace(BASE, **{which.value: ours})
    other = replace(BASE, **{which.value: theirs})
    assert field(which, one, other) == (result, why)


@pytest.mark.parametrize(
    ("ours", "theirs", "on_back", "result"),
    [
        ("female", "female", "", R.SAME),
        ("female", "male", "", R.DIFFERENT),
        ("female", "", "", R.CANNOT_SAY),
        ("female", "3", "", R.CANNOT_SAY),
        ("", "", "", R.CANNOT_SAY),
        ("female", "2", "", R.SAME),
        ("1", "2", "", R.DIFFERENT),
        ("1", "3", "1", R.EQUIVALENT),
        ("female", "male", "female", R.EQUIVALENT),
        ("female", "", "female", R.EQUIVALENT),
    ],
)
def test_sex_is_compared_with_what_stands_on_the_back(ours: str, theirs: str, on_back: str, result: R) -> None:
    assert field(F.SEX, replace(BASE, sex=ours), replace(BASE, sex=theirs, sex_on_back=on_back))[0] is result


@pytest.mark.parametrize(
    ("theirs", "likely"),
    [
        (BASE, False),
        (replace(BASE, birth_date=date(1950, 5, 2)), True),
        (replace(BASE, birth_date=None), False),
        (replace(BASE, name="佐藤　良子", name_kana="サトウ　リョウコ"), True),
        (replace(BASE, name_kana="ワタベ　ハナコ"), False),
        (replace(BASE, name="渡部　花子"), False),
        (replace(BASE, name="", name_kana="サトウ　リョウコ"), True),
        (replace(BASE, name="佐藤　良子", name_kana=""), True),
        (replace(BASE, name="●●　花子", name_kana=""), False),
        (replace(BASE, sex="male"), False),
        (replace(BASE, sex="male", name="", name_kana=""), True),
        (replace(BASE, branch="02", name="", name_kana=""), True),
        (replace(BASE, branch="02"), False),
        (replace(BASE, insurer_number="06130488", symbol="9", number="9"), False),
        (PersonFacts(), False),
    ],
)
def test_another_person_is_likely_on_the_safe_side(theirs: PersonFacts, likely: bool) -> None:
    assert compare(BASE, theirs).other_person_likely is likely


def test_differences_carry_both_values_and_show_neither_by_themselves() -> None:
    found = compare(BASE, replace(BASE, name="渡部　花子", number="346"))
    assert [(one.field, one.ours, one.theirs) for one in found.differences] == [
        (F.NAME, "渡辺　花子", "渡部　花子"),
        (F.NUMBER, "345", "346"),
    ]
    assert "花子" not in repr(found)
    assert "345" not in repr(found)
    assert "花子" not in repr(BASE)
    for one in found.fields:
        assert "花子" not in one.say.ja + one.say.en
        assert one.say.ja
        assert one.say.en
    assert [one.field for one in found.fields] == list(F)
