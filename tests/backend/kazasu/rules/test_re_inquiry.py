"""Asking again without a card: from the second home visit on, while the relation lasts, from 2023-12-01."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules import Setting
from kazasu.rules.period import Knowledge
from kazasu.rules.re_inquiry import ContinuingVisit, MayAskAgain, NoReInquiry, WhyNoReInquiry, may_ask_again

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))


def visit(
    visited_on: date = date(2026, 12, 2),
    *,
    checked_on: tuple[date, ...] = (date(2026, 11, 1),),
    ended_on: date | None = None,
    setting: Setting = Setting.HOME_VISIT,
    has_number: bool = True,
) -> ContinuingVisit:
    return ContinuingVisit(
        setting=setting, visited_on=visited_on, checked_on=checked_on, ended_on=ended_on, has_number=has_number
    )


def why(one: ContinuingVisit) -> WhyNoReInquiry:
    found = may_ask_again(one)
    assert isinstance(found, NoReInquiry)
    assert found.say.ja
    assert found.say.en
    assert found.cites
    return found.why


@pytest.mark.parametrize(
    ("visited_on", "in_full_operation", "knowledge"),
    [
        (date(2023, 12, 1), False, Knowledge.KNOWN),
        (date(2024, 3, 31), False, Knowledge.KNOWN),
        (date(2024, 4, 1), True, Knowledge.KNOWN),
        (date(2024, 11, 28), True, Knowledge.KNOWN),
        (date(2024, 11, 29), True, Knowledge.AS_KNOWN_ON),
    ],
)
def test_it_is_possible_from_its_first_day_on_and_in_full_operation_from_april(
    visited_on: date, in_full_operation: bool, knowledge: Knowledge
) -> None:
    found = may_ask_again(visit(visited_on, checked_on=(date(2023, 6, 1),)))
    assert isinstance(found, MayAskAgain)
    assert (found.in_full_operation, found.knowledge) == (in_full_operation, knowledge)
    assert found.first_checked_on == date(2023, 6, 1)


def test_the_day_before_it_is_not() -> None:
    assert why(visit(date(2023, 11, 30), checked_on=(date(2023, 6, 1),))) is WhyNoReInquiry.NOT_YET


def test_the_first_visit_needs_the_card_and_so_does_the_day_of_the_check_itself() -> None:
    assert why(visit(checked_on=())) is WhyNoReInquiry.FIRST_VISIT
    assert why(visit(checked_on=(date(2026, 12, 2),))) is WhyNoReInquiry.FIRST_VISIT
    assert isinstance(may_ask_again(visit(checked_on=(date(2026, 12, 1),))), MayAskAgain)


@pytest.mark.parametrize("setting", [setting for setting in Setting if setting is not Setting.HOME_VISIT])
def test_no_other_setting_has_it(setting: Setting) -> None:
    assert why(visit(setting=setting)) is WhyNoReInquiry.SETTING


def test_nothing_can_be_asked_without_a_number() -> None:
    assert why(visit(has_number=False)) is WhyNoReInquiry.NO_NUMBER


def test_the_relation_ends_after_its_last_day_and_a_card_begins_a_new_one() -> None:
    last = date(2026, 12, 1)
    assert isinstance(may_ask_again(visit(last, ended_on=last)), MayAskAgain)
    assert why(visit(last + timedelta(days=1), ended_on=last)) is WhyNoReInquiry.RELATION_ENDED
    again = may_ask_again(visit(date(2027, 1, 5), checked_on=(date(2026, 11, 1), date(2026, 12, 20)), ended_on=last))
    assert isinstance(again, MayAskAgain)
    assert again.first_checked_on == date(2026, 12, 20)


@given(visited_on=DAYS, checked_on=st.lists(DAYS, max_size=4), ended_on=st.none() | DAYS)
def test_whoever_may_be_asked_about_has_shown_the_card_before_in_this_relation(
    visited_on: date, checked_on: list[date], ended_on: date | None
) -> None:
    found = may_ask_again(visit(visited_on, checked_on=tuple(checked_on), ended_on=ended_on))
    if isinstance(found, MayAskAgain):
        assert found.first_checked_on in checked_on
        assert found.first_checked_on < visited_on
        assert visited_on >= date(2023, 12, 1)
        if ended_on is not None and ended_on < visited_on:
            assert found.first_checked_on > ended_on
