"""One visit or two: every reason, every boundary minute, and no matter which check came first."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules.same_visit import SAY, Meeting, Sameness, Why, judge_day, judge_pair
from kazasu.rules.vocabulary import CheckType, Setting

TEN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
DOCTOR = Meeting(
    "a", date(2026, 12, 1), TEN, Setting.HOME_VISIT, CheckType.HOME_CONSENT, "tablet-1", "doctor", None
)  # fmt: skip


def nurse(minutes: float = 0, **changes: Any) -> Meeting:
    """The other person's check."""
    at = TEN + timedelta(minutes=minutes)
    return replace(DOCTOR, **{"id": "b", "at": at, "device": "tablet-2", "staff": "nurse", **changes})


@pytest.mark.parametrize(
    ("other", "sameness", "why"),
    [
        (nurse(0), Sameness.ONE, Why.CLOSE_IN_TIME),
        (nurse(60), Sameness.ONE, Why.CLOSE_IN_TIME),
        (nurse(60.01), Sameness.UNCLEAR, Why.SOME_TIME_APART),
        (nurse(180), Sameness.UNCLEAR, Why.SOME_TIME_APART),
        (nurse(180.01), Sameness.TWO, Why.LONG_APART),
        (nurse(-60), Sameness.ONE, Why.CLOSE_IN_TIME),
        (nurse(5, day=date(2026, 12, 2)), Sameness.TWO, Why.OTHER_DAY),
        (nurse(5, setting=Setting.HOUSE_CALL), Sameness.TWO, Why.OTHER_SETTING),
        (nurse(5, check_type=CheckType.ELIGIBILITY_ONLY), Sameness.TWO, Why.OTHER_CHECK_TYPE),
        (nurse(5, device="tablet-1"), Sameness.ONE, Why.CLOSE_IN_TIME),
        (nurse(5, staff="doctor"), Sameness.ONE, Why.CLOSE_IN_TIME),
        (nurse(15, device="tablet-1", staff="doctor"), Sameness.ONE, Why.SAME_TOUCH),
        (nurse(15.01, device="tablet-1", staff="doctor"), Sameness.TWO, Why.SAME_HANDS),
    ],
)
def test_two_checks_of_one_patient(other: Meeting, sameness: Sameness, why: Why) -> None:
    assert judge_pair(DOCTOR, other) == judge_pair(other, DOCTOR)
    judged = judge_pair(DOCTOR, other)
    assert (judged.sameness, judged.why) == (sameness, why)


def test_the_plan_knows_better_than_the_clock() -> None:
    planned = replace(DOCTOR, planned_visit="v1")
    assert judge_pair(planned, nurse(300, planned_visit="v1")).why is Why.SAME_PLANNED_VISIT
    assert judge_pair(planned, nurse(5, planned_visit="v2")).why is Why.OTHER_PLANNED_VISIT
    assert judge_pair(planned, nurse(5)).why is Why.CLOSE_IN_TIME
    assert set(SAY) == set(Why)


def test_a_check_without_a_plan_goes_to_the_closer_visit_and_never_joins_two() -> None:
    first, second = replace(DOCTOR, planned_visit="v1"), nurse(50, planned_visit="v2")
    between = nurse(20, id="c", device="tablet-3", staff="pharmacist")
    day = judge_day([first, second, between])
    assert list(day.visits) == [("a", "c"), ("b",)]
    assert day.unclear == []


def test_what_a_person_decided_goes_before_the_rule() -> None:
    pair = frozenset("ab")
    assert list(judge_day([DOCTOR, nurse(5)], apart=[pair]).visits) == [("a",), ("b",)]
    assert list(judge_day([DOCTOR, nurse(400)], together=[pair]).visits) == [("a", "b")]


def test_what_is_unclear_stays_apart_and_is_named() -> None:
    day = judge_day([DOCTOR, nurse(100)])
    assert list(day.visits) == [("a",), ("b",)]
    assert list(day.unclear) == [("a", "b")]


MEETINGS = st.lists(
    st.builds(
        Meeting,
        id=st.uuids().map(str),
        day=st.just(date(2026, 12, 1)),
        at=st.integers(0, 600).map(lambda minutes: TEN + timedelta(minutes=minutes)),
        setting=st.sampled_from([Setting.HOME_VISIT, Setting.HOUSE_CALL]),
        check_type=st.sampled_from([CheckType.HOME_CONSENT, CheckType.HOME_CONSENT, CheckType.ELIGIBILITY_ONLY]),
        device=st.sampled_from(["1", "2", "3"]),
        staff=st.sampled_from(["x", "y", None]),
        planned_visit=st.sampled_from([None, None, "v1", "v2"]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(meetings=MEETINGS, seed=st.integers(0, 1000))
def test_the_order_of_arrival_says_nothing(meetings: list[Meeting], seed: int) -> None:
    day = judge_day(meetings)
    shuffled = list(meetings)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's dice
    assert judge_day(shuffled) == day
    # Every check is in exactly one visit, and none holds two that are two.
    assert sorted(one for visit in day.visits for one in visit) == sorted(one.id for one in meetings)
    by_id = {one.id: one for one in meetings}
    for visit in day.visits:
        for one in visit:
            for other in visit:
                if one != other:
                    assert judge_pair(by_id[one], by_id[other]).sameness is not Sameness.TWO
