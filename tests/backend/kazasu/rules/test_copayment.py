"""Shares by age and by answer, on every boundary day."""

from datetime import date, timedelta

import pytest

from kazasu.rules.age import age_on, day_age_is_reached, first_day_at_70_share, first_day_late_stage, school_start
from kazasu.rules.copayment import (
    SHARE_ROWS,
    AgeGroup,
    AnswerShare,
    ShareFrom,
    age_group,
    is_share_asked,
    share_by_age,
    share_of,
)
from kazasu.rules.period import Knowledge

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("birth_date", "start"),
    [
        (date(2018, 3, 31), date(2024, 4, 1)),
        (date(2018, 4, 1), date(2024, 4, 1)),  # reached on 31 March: this very day is the last
        (date(2018, 4, 2), date(2025, 4, 1)),
        (date(2018, 12, 31), date(2025, 4, 1)),
        (date(2018, 1, 1), date(2024, 4, 1)),
        (date(2020, 2, 29), date(2026, 4, 1)),
    ],
)
def test_preschool_ends_on_31_march(birth_date: date, start: date) -> None:
    assert school_start(birth_date) == start
    for day, group, percent in (
        (start - DAY, AgeGroup.PRESCHOOL, 20),
        (start, AgeGroup.GENERAL, 30),
        (start + DAY, AgeGroup.GENERAL, 30),
    ):
        assert age_group(birth_date, day) is group
        share = share_by_age(birth_date, day)
        assert share is not None
        assert share.percent == percent


@pytest.mark.parametrize(
    ("birth_date", "first_day"),
    [
        (date(1954, 11, 1), date(2024, 11, 1)),  # born on the 1st: that month
        (date(1954, 11, 2), date(2024, 12, 1)),
        (date(1954, 11, 30), date(2024, 12, 1)),
        (date(1954, 12, 31), date(2025, 1, 1)),
        (date(1955, 1, 1), date(2025, 1, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
    ],
)
def test_the_share_of_70_begins_with_a_month(birth_date: date, first_day: date) -> None:
    assert first_day_at_70_share(birth_date) == first_day
    before, on, after = (share_by_age(birth_date, first_day + n * DAY) for n in (-1, 0, 1))
    assert before is not None
    assert on is not None
    assert after is not None
    assert (before.percent, before.possible) == (30, (30,))
    assert (on.percent, on.possible) == (None, (20, 30))
    assert (after.percent, after.possible) == (None, (20, 30))


@pytest.mark.parametrize(
    ("birth_date", "first_day"),
    [
        (date(1949, 11, 20), date(2024, 11, 20)),
        (date(1949, 11, 1), date(2024, 11, 1)),
        (date(1948, 2, 29), date(2023, 3, 1)),
    ],
)
def test_late_stage_begins_on_the_75th_birthday(birth_date: date, first_day: date) -> None:
    assert first_day_late_stage(birth_date) == first_day
    assert age_group(birth_date, first_day - DAY) is AgeGroup.ELDERLY
    for day in (first_day, first_day + DAY):
        share = share_by_age(birth_date, day)
        assert share is not None
        assert (share.percent, share.possible) == (None, (10, 20, 30))


@pytest.mark.parametrize(("day", "possible"), [(date(2022, 9, 30), (10, 30)), (date(2022, 10, 1), (10, 20, 30))])
def test_the_late_stage_share_was_split_on_2022_10_01(day: date, possible: tuple[int, ...]) -> None:
    share = share_by_age(date(1940, 1, 1), day)
    assert share is not None
    assert share.possible == possible


def test_an_age_is_reached_on_the_day_before_the_birthday() -> None:
    assert day_age_is_reached(date(2018, 4, 1), 6) == date(2024, 3, 31)
    assert day_age_is_reached(date(2020, 2, 29), 6) == date(2026, 2, 28)
    assert day_age_is_reached(date(2020, 2, 29), 8) == date(2028, 2, 28)
    assert age_on(date(2000, 5, 5), date(2024, 5, 4)) == 23
    assert age_on(date(2000, 5, 5), date(2024, 5, 5)) == 24
    assert age_on(date(2000, 2, 29), date(2023, 2, 28)) == 22
    assert age_on(date(2000, 2, 29), date(2023, 3, 1)) == 23


@pytest.mark.parametrize(("code", "percent"), [("010", 10), ("020", 20), ("030", 30)])
def test_a_late_stage_answer_is_read_first(code: str, percent: int) -> None:
    answer = AnswerShare(insurer_number="39131234", share=code, elderly_share="020", preschool="1")
    share = share_of(answer, date(1940, 1, 1), date(2024, 11, 1))
    assert share is not None
    assert (share.percent, share.read_from, share.differs_from_age) == (percent, ShareFrom.LATE_STAGE_ANSWER, False)


def test_the_ratio_field_is_of_the_late_stage_elderly_alone() -> None:
    answer = AnswerShare(insurer_number="  138057", share="010", elderly_share="020")
    share = share_of(answer, date(1952, 1, 1), date(2024, 11, 1))
    assert share is not None
    assert (share.percent, share.read_from) == (20, ShareFrom.ELDERLY_CERTIFICATE)
    # Six digits that begin with 39 are a national insurer in prefecture 39, not the late-stage elderly.
    kochi = share_of(AnswerShare(insurer_number="  390013", share="010"), date(1990, 1, 1), date(2024, 11, 1))
    assert kochi is not None
    assert (kochi.percent, kochi.read_from) == (30, ShareFrom.AGE)


@pytest.mark.parametrize(
    ("day", "read_from"),
    [
        (date(2024, 7, 31), ShareFrom.AGE),
        (date(2024, 8, 1), ShareFrom.ELDERLY_CERTIFICATE),
        (date(2025, 7, 31), ShareFrom.ELDERLY_CERTIFICATE),
        (date(2025, 8, 1), ShareFrom.AGE),
    ],
)
def test_an_elderly_certificate_counts_within_its_period(day: date, read_from: ShareFrom) -> None:
    answer = AnswerShare(
        insurer_number="06130488",
        elderly_share="030",
        elderly_valid_from=date(2024, 8, 1),
        elderly_valid_until=date(2025, 7, 31),
    )
    share = share_of(answer, date(1952, 1, 1), day)
    assert share is not None
    assert share.read_from is read_from
    assert share.percent == (30 if read_from is ShareFrom.ELDERLY_CERTIFICATE else None)


def test_a_preschool_flag_says_20_and_shows_where_age_disagrees() -> None:
    answer = AnswerShare(insurer_number="06130488", preschool="1")
    share = share_of(answer, date(2020, 1, 1), date(2024, 11, 1))
    assert share is not None
    assert (share.percent, share.read_from, share.differs_from_age) == (20, ShareFrom.PRESCHOOL_ANSWER, False)
    grown = share_of(answer, date(1990, 1, 1), date(2024, 11, 1))
    assert grown is not None
    assert (grown.percent, grown.differs_from_age) == (20, True)


@pytest.mark.parametrize("code", ["", "040", "10", "000", "０１０"])
def test_a_code_that_is_no_share_leaves_the_question_open(code: str) -> None:
    share = share_of(AnswerShare(insurer_number="39131234", share=code), date(1940, 1, 1), date(2024, 11, 1))
    assert share is not None
    assert (share.percent, share.possible) == (None, (10, 20, 30))


def test_someone_disabled_may_be_late_stage_from_65() -> None:
    share = share_of(AnswerShare(insurer_number="39131234", share="010"), date(1958, 1, 1), date(2024, 11, 1))
    assert share is not None
    assert (share.percent, share.differs_from_age) == (10, True)
    assert is_share_asked(date(1958, 1, 1), True, date(2024, 11, 1))


def test_a_form_asks_for_the_share_from_the_70th_birthday_on() -> None:
    assert not is_share_asked(date(1954, 11, 2), False, date(2024, 11, 1))
    assert is_share_asked(date(1954, 11, 2), False, date(2024, 11, 2))
    assert not is_share_asked(None, False, date(2024, 11, 2))
    assert is_share_asked(None, True, date(2024, 11, 2))


def test_without_answer_and_birth_date_nothing_is_said() -> None:
    assert share_of(AnswerShare(), None, date(2024, 11, 1)) is None
    assert share_by_age(date(1990, 1, 1), date(2021, 9, 30)) is None


def test_beyond_the_sources_a_share_by_age_says_so() -> None:
    share = share_by_age(date(1990, 1, 1), date(2024, 11, 29))
    assert share is not None
    assert share.knowledge is Knowledge.AS_KNOWN_ON


@pytest.mark.parametrize("row", SHARE_ROWS, ids=lambda row: row.key)
def test_every_row_says_why_in_both_languages_with_its_source(row: object) -> None:
    found = next(r for r in SHARE_ROWS if r == row)
    assert found.say.ja
    assert found.say.en
    assert "oqs.md" in found.cites or "[00" in found.cites


def test_an_answer_does_not_show_itself() -> None:
    assert repr(AnswerShare(insurer_number="39131234")) == "<AnswerShare>"
