"""Invariant 6 in its rules, and what a certificate's state allows."""

import pytest

from kazasu.rules.certificate import CertificateState, meaning
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
    found = meaning(state)
    assert found.serves_for_eligibility is eligibility
    assert found.serves_for_medical_information is medical
