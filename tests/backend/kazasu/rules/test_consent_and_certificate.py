"""Invariant 6 in its rules, and what a certificate's state allows."""

from datetime import date

import msgspec
import pytest

from kazasu.rules.certificate import CERTIFICATE_ROWS, CertificateState, meaning
from kazasu.rules.consent import MEDICAL, ConsentKind, not_allowed_kinds
from kazasu.rules.vocabulary import CheckType


@pytest.mark.parametrize("kind", ConsentKind)
def test_eligibility_only_carries_the_limit_and_nothing_else(kind: ConsentKind) -> None:
    refused = not_allowed_kinds([kind], CheckType.ELIGIBILITY_ONLY)
    assert (refused == ()) is (kind is ConsentKind.LIMIT_AMOUNT)
    assert not_allowed_kinds([kind], CheckType.HOME_CONSENT) == ()


def test_a_kind_that_nobody_knows_opens_nothing_anywhere() -> None:
    for check_type in CheckType:
        assert not_allowed_kinds(["genome"], check_type) == ("genome",)


def test_the_limit_and_specified_illness_open_no_medical_information() -> None:
    assert {ConsentKind.LIMIT_AMOUNT, ConsentKind.SPECIFIED_ILLNESS}.isdisjoint(MEDICAL)


@pytest.mark.parametrize(
    ("state", "eligibility", "medical"),
    [
        (CertificateState.VALID, True, True),
        (CertificateState.ALERT, True, True),
        (CertificateState.GRACE, True, False),
        (CertificateState.EXPIRED, False, False),
        (CertificateState.NOT_YET_VALID, False, False),
    ],
)
def test_grace_serves_for_eligibility_alone(state: CertificateState, eligibility: bool, medical: bool) -> None:
    found = meaning(state, date(2024, 12, 2))
    assert found.serves_for_eligibility is eligibility
    assert found.serves_for_medical_information is medical


@pytest.mark.parametrize(
    ("day", "eligibility"),
    [(date(2024, 12, 1), False), (date(2024, 12, 2), True), (date(2024, 12, 3), True)],
)
def test_the_grace_period_came_with_2024_12_02(day: date, eligibility: bool) -> None:
    assert meaning(CertificateState.GRACE, day).serves_for_eligibility is eligibility
    assert meaning(CertificateState.VALID, day).serves_for_eligibility


@pytest.mark.parametrize("state", CertificateState)
def test_before_online_checks_no_certificate_serves(state: CertificateState) -> None:
    found = meaning(state, date(2021, 9, 30))
    assert (found.serves_for_eligibility, found.serves_for_medical_information) == (False, False)


@pytest.mark.parametrize("state", [CertificateState.GRACE, CertificateState.EXPIRED, CertificateState.NOT_YET_VALID])
def test_no_row_opens_medical_information_beyond_the_certificate_s_validity(state: CertificateState) -> None:
    rows = tuple(
        msgspec.structs.replace(row, serves_for_eligibility=True, serves_for_medical_information=True)
        for row in CERTIFICATE_ROWS
    )
    found = meaning(state, date(2026, 1, 1), rows)
    assert (found.serves_for_eligibility, found.serves_for_medical_information) == (True, False)
