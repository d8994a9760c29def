"""An answer against roster, card and the answer before: which differences count, and when another person is likely."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules.answer_comparison import Against, Source, compare_answer
from kazasu.rules.compared_field import Field, Why
from kazasu.rules.comparison import PersonFacts

HANAKO = PersonFacts(
    name="佐藤　花子", name_kana="ｻﾄｳ ﾊﾅｺ", birth_date=date(1980, 1, 12), sex="2",
    insurer_number="01130012", symbol="12345678", number="0000101", branch="00",
)  # fmt: skip
ROSTER = replace(HANAKO, name="佐藤 花子", name_kana="サトウ　ハナコ", sex="female", number="101")
CARD = PersonFacts(name="佐藤　花子", birth_date=date(1980, 1, 12), sex="2")


def compared(theirs: PersonFacts, *against: tuple[Source, PersonFacts], with_number: bool = True):  # type: ignore[no-untyped-def]
    return compare_answer([theirs], [Against(*one) for one in against], with_number=with_number)


def fields(found) -> list[tuple[Source, Field]]:  # type: ignore[no-untyped-def]
    return [(one.source, one.compared.field) for one in found.differences]


def test_one_person_written_in_many_ways_differs_in_nothing() -> None:
    found = compared(HANAKO, (Source.ROSTER, ROSTER), (Source.CARD, CARD), (Source.PAST_ANSWER, HANAKO))
    assert found.differences == ()
    assert found.other_person == ()


def test_a_substitute_character_is_confirmed_by_the_kana_name() -> None:
    shown = replace(HANAKO, name="佐●　花子")
    assert compared(shown, (Source.ROSTER, ROSTER), (Source.CARD, CARD)).differences == ()


def test_the_name_on_the_back_is_the_same_person() -> None:
    theirs = replace(
        HANAKO, name="ＳＡＴＯ　ＨＡＮＡ", name_kana="ｻﾄｰ ﾊﾅ", name_on_back="佐藤　花子", name_kana_on_back="ｻﾄｳ ﾊﾅｺ"
    )
    assert compared(theirs, (Source.ROSTER, ROSTER), (Source.CARD, CARD)).differences == ()


def test_each_difference_names_its_source_and_field_with_both_values() -> None:
    theirs = replace(HANAKO, sex="1", number="0000102")
    found = compared(theirs, (Source.ROSTER, ROSTER), (Source.CARD, CARD))
    assert fields(found) == [(Source.ROSTER, Field.SEX), (Source.ROSTER, Field.NUMBER), (Source.CARD, Field.SEX)]
    assert (found.differences[1].compared.ours, found.differences[1].compared.theirs) == ("101", "0000102")


def test_a_wrong_check_digit_is_told_from_another_number() -> None:
    found = compared(replace(HANAKO, insurer_number="01130013"), (Source.ROSTER, ROSTER))
    assert [one.compared.why for one in found.differences] == [(Why.CHECK_DIGIT,)]


def test_the_card_says_who_was_there_even_where_the_roster_agrees() -> None:
    """Twins: one birth date, one surname."""
    found = compared(HANAKO, (Source.ROSTER, ROSTER), (Source.CARD, replace(CARD, name="佐藤　葉子")))
    assert found.other_person == (Source.CARD,)


def test_a_name_that_was_corrected_on_the_roster_is_not_held_against_the_answer_before() -> None:
    married = replace(HANAKO, name="鈴木　花子", name_kana="ｽｽﾞｷ ﾊﾅｺ")
    roster = replace(ROSTER, name="鈴木　花子", name_kana="スズキ　ハナコ")
    assert compared(married, (Source.ROSTER, roster), (Source.PAST_ANSWER, HANAKO)).differences == ()
    found = compared(married, (Source.ROSTER, ROSTER), (Source.PAST_ANSWER, HANAKO))
    assert found.other_person == (Source.ROSTER,)


def test_the_answer_before_speaks_where_the_roster_has_no_number() -> None:
    bare = replace(ROSTER, insurer_number="", symbol="", number="", branch="")
    moved = replace(HANAKO, insurer_number="138057", symbol="9", number="7")
    found = compared(moved, (Source.ROSTER, bare), (Source.PAST_ANSWER, HANAKO))
    assert {one for one in fields(found)} == {
        (Source.PAST_ANSWER, Field.INSURER_NUMBER), (Source.PAST_ANSWER, Field.SYMBOL),
        (Source.PAST_ANSWER, Field.NUMBER),
    }  # fmt: skip
    assert found.other_person == ()


def test_of_a_lost_qualification_the_number_is_not_compared() -> None:
    lost = replace(HANAKO, number="999", birth_date=date(1980, 1, 13))
    found = compared(lost, (Source.ROSTER, ROSTER), with_number=False)
    assert fields(found) == [(Source.ROSTER, Field.BIRTH_DATE)]
    assert found.other_person == (Source.ROSTER,)


def test_of_several_qualifications_the_one_that_fits_best_speaks() -> None:
    other = replace(HANAKO, number="5")
    assert compare_answer([other, HANAKO], [Against(Source.ROSTER, ROSTER)], with_number=True).differences == ()


def test_an_answer_that_shows_nobody_differs_from_nobody() -> None:
    assert compare_answer([], [Against(Source.ROSTER, ROSTER)], with_number=True).differences == ()


PERSONS = st.builds(
    PersonFacts,
    name=st.sampled_from(["", "佐藤　花子", "佐●　花子", "高橋　茂"]),
    name_kana=st.sampled_from(["", "ｻﾄｳ ﾊﾅｺ", "タカハシ　シゲル"]),
    birth_date=st.sampled_from([None, date(1980, 1, 12), date(1948, 1, 3)]),
    sex=st.sampled_from(["", "1", "2", "3"]),
    insurer_number=st.sampled_from(["", "01130012", "138057", "  138057"]),
    symbol=st.sampled_from(["", "1", "１"]),
    number=st.sampled_from(["", "0001", "1", "2"]),
    branch=st.sampled_from(["", "00", "01"]),
)


@given(theirs=PERSONS, roster=PERSONS, card=PERSONS, past=PERSONS)
def test_sources_may_come_in_any_order_and_another_person_is_never_without_a_difference(
    theirs: PersonFacts, roster: PersonFacts, card: PersonFacts, past: PersonFacts
) -> None:
    against = [Against(Source.ROSTER, roster), Against(Source.CARD, card), Against(Source.PAST_ANSWER, past)]
    found = compare_answer([theirs], against, with_number=True)
    assert found == compare_answer([theirs], reversed(against), with_number=True)
    for source in found.other_person:
        assert source in {one.source for one in found.differences}
    # What a source cannot say is no difference, and another birth date always makes another person likely.
    by_date = {one.source for one in found.differences if one.compared.field is Field.BIRTH_DATE}
    assert by_date <= set(found.other_person)
    assert all(one.compared.ours and one.compared.theirs for one in found.differences)
