"""The own share, and the two cases of 100 %."""

from datetime import date

import pytest

from kazasu.rules.period import Knowledge
from kazasu.rules.window_payment import PAYMENT_ROWS, window_payment
from kazasu.rules.window_payment import Payment as P

DAY = date(2024, 11, 1)


@pytest.mark.parametrize(
    ("card", "document", "insured", "checkable", "returning", "expected"),
    [
        (True, False, True, False, False, P.OWN_SHARE),
        (False, True, True, False, False, P.OWN_SHARE),
        (True, True, True, True, False, P.OWN_SHARE),
        (True, False, False, True, False, P.OWN_SHARE),
        (False, False, True, False, False, P.FULL_CHARGE),
        (False, False, True, False, True, P.FACILITY_DECIDES),
        (True, False, False, False, False, P.FULL_CHARGE),
        (True, False, False, False, True, P.FACILITY_DECIDES),
        (False, False, False, False, False, P.FULL_CHARGE),
        (False, True, False, False, False, P.FULL_CHARGE),
    ],
)
def test_full_charge_has_two_cases(
    card: bool, document: bool, insured: bool, checkable: bool, returning: bool, expected: P
) -> None:
    found = window_payment(
        DAY,
        brought_card=card,
        brought_document=document,
        has_valid_insurance=insured,
        can_be_checked_by_card=checkable,
        is_known_returning=returning,
    )
    assert found is not None
    assert found.payment is expected
    assert found.say.ja
    assert found.say.en


@pytest.mark.parametrize(
    ("day", "knowledge"),
    [
        (date(2023, 7, 9), None),
        (date(2023, 7, 10), Knowledge.KNOWN),
        (date(2024, 11, 28), Knowledge.KNOWN),
        (date(2024, 12, 2), Knowledge.AS_KNOWN_ON),
    ],
)
def test_the_rule_stands_since_2023_07_10_and_was_not_restated(day: date, knowledge: Knowledge | None) -> None:
    found = window_payment(day, brought_card=True, brought_document=False)
    assert (None if found is None else found.knowledge) is knowledge


def test_every_payment_has_a_row() -> None:
    assert {row.payment for row in PAYMENT_ROWS} == set(P)
    assert all("[001][004]" in row.cites for row in PAYMENT_ROWS)
