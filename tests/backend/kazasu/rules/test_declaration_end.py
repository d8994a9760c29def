"""When a declaration is destroyed, on the day before, the day and the day after."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules.declaration_end import ClaimWork, EndWhy, declaration_end

VISIT = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("visited_on", "claimed_on", "months", "day"),
    [
        # Out by 10 January, paid in February, back by March.
        (VISIT, date(2027, 1, 8), 2, date(2027, 4, 1)),
        (VISIT, date(2027, 1, 8), 0, date(2027, 2, 1)),
        # Made ready on the day of the visit: the claim's month is the next one all the same.
        (VISIT, VISIT, 2, date(2027, 4, 1)),
        (date(2026, 12, 31), date(2026, 12, 31), 2, date(2027, 4, 1)),
        # Months late: counted from then.
        (VISIT, date(2027, 6, 30), 2, date(2027, 9, 1)),
        (date(2026, 11, 30), date(2026, 12, 1), 12, date(2028, 1, 1)),
    ],
)
def test_so_many_whole_months_after_the_claims_month(
    visited_on: date, claimed_on: date, months: int, day: date
) -> None:
    end = declaration_end(ClaimWork(visited_on=visited_on, claimed_on=claimed_on), months)
    assert (end.day, end.why) == (day, EndWhy.CLAIMED)
    assert [end.is_due(day + timedelta(days=days)) for days in (-1, 0, 1)] == [False, True, True]
    assert end.say.ja
    assert end.say.en
    assert end.cites == "rules.md 7 [001][002]"


def test_without_a_claim_it_stays_until_somebody_says_that_the_work_is_done() -> None:
    waiting = declaration_end(ClaimWork(visited_on=VISIT), 2)
    assert (waiting.day, waiting.why, waiting.is_due(date.max)) == (None, EndWhy.WAITING, False)
    done = declaration_end(ClaimWork(visited_on=VISIT, done_on=VISIT), 2)
    assert (done.day, done.why) == (VISIT, EndWhy.DONE)


def test_a_check_that_was_taken_back_needs_none() -> None:
    void = declaration_end(ClaimWork(visited_on=VISIT, claimed_on=VISIT, void_on=date(2026, 12, 2)), 2)
    assert (void.day, void.why) == (date(2026, 12, 2), EndWhy.VOID)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 800), st.integers(0, 24))
def test_never_before_the_claim_could_be_filed_and_paid(visited_on: date, days: int, months: int) -> None:
    claimed_on = visited_on + timedelta(days=days)
    end = declaration_end(ClaimWork(visited_on=visited_on, claimed_on=claimed_on), months)
    assert end.day is not None
    assert end.day.day == 1
    assert end.day > claimed_on
    assert (end.day.year * 12 + end.day.month) - (visited_on.year * 12 + visited_on.month) >= months + 2
