"""When an unsettled answer is asked for again: every boundary day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules.asking_again import ask_again, days_to_ask
from kazasu.rules.claim_deadline import claim_deadline

VISIT = date(2026, 12, 1)


def test_five_and_ten_days_after_the_visit_and_the_day_before_the_claim() -> None:
    assert days_to_ask(VISIT) == (date(2026, 12, 6), date(2026, 12, 11), date(2027, 1, 9))
    # At the end of a month the lags fall into the same ten days.
    assert days_to_ask(date(2026, 12, 31)) == (date(2027, 1, 5), date(2027, 1, 9))


@pytest.mark.parametrize(
    ("answered_on", "today", "since"),
    [
        (VISIT, date(2026, 12, 5), None),
        (VISIT, date(2026, 12, 6), date(2026, 12, 6)),
        (VISIT, date(2026, 12, 7), date(2026, 12, 6)),
        (date(2026, 12, 6), date(2026, 12, 10), None),
        (date(2026, 12, 6), date(2026, 12, 11), date(2026, 12, 11)),
        (date(2026, 12, 11), date(2027, 1, 8), None),
        (date(2026, 12, 11), date(2027, 1, 9), date(2027, 1, 9)),
        (VISIT, date(2027, 1, 10), date(2027, 1, 9)),
        (VISIT, date(2027, 1, 11), None),
    ],
)
def test_the_day_before_the_day_and_the_day_after(answered_on: date, today: date, since: date | None) -> None:
    found = ask_again(VISIT, answered_on, today)
    assert (found.since if found is not None else None) == since
    if found is not None:
        assert found.say.ja.endswith("。")
        assert ("最後" in found.say.ja) is (since == date(2027, 1, 9))


@given(visit=st.dates(date(2024, 1, 1), date(2030, 1, 1)), after=st.integers(0, 80))
def test_once_asked_it_is_not_due_before_the_next_day_to_ask(visit: date, after: int) -> None:
    today = visit + timedelta(days=after)
    assert ask_again(visit, today, today) is None
    assert all(visit < day < claim_deadline(visit) for day in days_to_ask(visit))
    assert len(days_to_ask(visit)) <= 3
