"""What is not as it was: only what both sides say is compared."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.rules.qualification_change import SAY, KnownQualification, QualificationChange, changes

KNOWN = KnownQualification(
    is_valid=True,
    insurer_number="06130488",
    symbol="１２３",
    number="0045",
    branch="01",
    share="010",
    personal_family="1",
    has_public_assistance=False,
    birth_date="19500501",
)


def test_the_same_in_another_form_is_no_change() -> None:
    assert changes(KNOWN, KNOWN) == ()
    assert changes(KNOWN, replace(KNOWN, symbol="123", number="45")) == ()
    six = replace(KNOWN, insurer_number="138057")
    for other in ("  138057", "00138057", "138057"):
        assert changes(six, replace(six, insurer_number=other)) == ()


@pytest.mark.parametrize(
    ("field", "value", "change"),
    [
        ("is_valid", False, QualificationChange.NO_LONGER_VALID),
        ("insurer_number", "33120015", QualificationChange.INSURER),
        ("symbol", "124", QualificationChange.SYMBOL_OR_NUMBER),
        ("number", "46", QualificationChange.SYMBOL_OR_NUMBER),
        ("branch", "02", QualificationChange.BRANCH),
        ("share", "020", QualificationChange.SHARE),
        ("personal_family", "2", QualificationChange.FAMILY),
        ("has_public_assistance", True, QualificationChange.PUBLIC_ASSISTANCE),
        ("birth_date", "19500502", QualificationChange.BIRTH_DATE),
    ],
)
def test_each_thing_that_is_another_is_named(field: str, value: Any, change: QualificationChange) -> None:
    assert changes(KNOWN, replace(KNOWN, **{field: value})) == (change,)
    assert SAY[change].ja
    assert SAY[change].en


def test_valid_again_is_a_change_too() -> None:
    lost = replace(KNOWN, is_valid=False)
    assert changes(lost, KNOWN) == (QualificationChange.VALID_AGAIN,)
    assert changes(lost, lost) == ()


@pytest.mark.parametrize("field", ["insurer_number", "number", "branch", "share", "personal_family", "birth_date"])
def test_what_one_side_does_not_say_is_no_change(field: str) -> None:
    silent = replace(KNOWN, **{field: ""})  # type: ignore[arg-type]
    assert changes(silent, KNOWN) == ()
    assert changes(KNOWN, silent) == ()


def test_nothing_known_before_is_no_change() -> None:
    assert changes(None, KNOWN) == ()
    assert changes(KnownQualification(), KNOWN) == ()


PARTS = st.builds(
    KnownQualification,
    is_valid=st.none() | st.booleans(),
    insurer_number=st.sampled_from(["", "138057", "06130488"]),
    symbol=st.sampled_from(["", "1", "２"]),
    number=st.sampled_from(["", "01", "2"]),
    branch=st.sampled_from(["", "00", "01"]),
    share=st.sampled_from(["", "010", "020"]),
    personal_family=st.sampled_from(["", "1", "2"]),
    has_public_assistance=st.none() | st.booleans(),
    birth_date=st.sampled_from(["", "19500501", "19500502"]),
)


@given(one=PARTS, other=PARTS)
def test_there_and_back_name_the_same_things(one: KnownQualification, other: KnownQualification) -> None:
    validity = {QualificationChange.NO_LONGER_VALID, QualificationChange.VALID_AGAIN}
    there, back = changes(one, other), changes(other, one)
    assert set(there) - validity == set(back) - validity
    assert bool(validity & set(there)) is bool(validity & set(back))
    assert list(there) == sorted(there, key=list(QualificationChange).index)
