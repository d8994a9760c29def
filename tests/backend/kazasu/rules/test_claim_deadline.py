"""Until when a hold has to be decided, and how much hangs on it: every boundary day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.facility.kind import FacilityKind
from kazasu.rules.claim_deadline import claim_deadline, claim_month, hold_deadline
from kazasu.rules.claim_stake import VisitAtStake, tenths_at_stake

CLINIC = FacilityKind.MEDICAL_INSTITUTION


@pytest.mark.parametrize(
    ("visit_on", "deadline"),
    [
        (date(2024, 11, 30), date(2024, 12, 10)),
        (date(2024, 12, 1), date(2025, 1, 10)),
        (date(2024, 12, 31), date(2025, 1, 10)),
        (date(2025, 1, 1), date(2025, 2, 10)),
        (date(2024, 2, 29), date(2024, 3, 10)),
    ],
)
def test_the_claim_goes_out_by_the_10th_of_the_month_after(visit_on: date, deadline: date) -> None:
    assert claim_deadline(visit_on) == deadline
    assert hold_deadline(CLINIC, visit_on, stops_claim=True).on == deadline


@given(st.dates(date(2021, 1, 1), date(2099, 12, 31)))
def test_every_day_of_a_month_has_the_one_deadline_that_lies_after_it(day: date) -> None:
    assert claim_deadline(day) == claim_deadline(claim_month(day))
    assert claim_deadline(day).day == 10
    assert timedelta(days=9) < claim_deadline(day) - day <= timedelta(days=40)


def test_nothing_that_stops_no_claim_has_a_deadline() -> None:
    assert hold_deadline(CLINIC, date(2026, 12, 1), stops_claim=False).on is None


@pytest.mark.parametrize(
    "kind", [FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.TREATMENT_PRACTICE]
)
def test_who_sends_no_claims_has_no_claim_deadline(kind: FacilityKind) -> None:
    assert hold_deadline(kind, date(2026, 12, 1), stops_claim=True).on is None


@pytest.mark.parametrize(
    ("closes_on", "expected"),
    [
        (date(2026, 12, 2), date(2026, 12, 2)),
        (date(2027, 1, 9), date(2027, 1, 9)),
        (date(2027, 1, 10), date(2027, 1, 10)),
        (date(2027, 1, 11), date(2027, 1, 10)),
        (None, date(2027, 1, 10)),
    ],
)
def test_a_window_that_closes_sooner_is_the_deadline(closes_on: date | None, expected: date) -> None:
    found = hold_deadline(CLINIC, date(2026, 12, 1), stops_claim=True, window_closes_on=closes_on)
    assert found.on == expected
    assert found.say.ja
    assert found.cites


@pytest.mark.parametrize(
    ("visits", "tenths"),
    [
        ([], 0),
        ([VisitAtStake()], 7),
        ([VisitAtStake(30)], 7),
        ([VisitAtStake(20)], 8),
        ([VisitAtStake(10)], 9),
        ([VisitAtStake(0)], 10),
        ([VisitAtStake(10, full_charge=True)], 10),
        ([VisitAtStake(10), VisitAtStake(10), VisitAtStake(None, full_charge=True)], 28),
        ([VisitAtStake(999)], 7),
    ],
)
def test_what_hangs_on_a_claim_is_what_is_not_paid_at_the_window(visits: list[VisitAtStake], tenths: int) -> None:
    assert tenths_at_stake(visits) == tenths
