"""What each document carries."""

from datetime import date

import pytest

from kazasu.rules.document import DOCUMENT_ROWS, NOT_NEEDED_AFTER_CHECK
from kazasu.rules.substitute import Substitute as S
from kazasu.rules.substitute_field import CUT_OFF_SLIP, DOCUMENT_FIELDS, FROM_CARD, fields_of

DAY = date(2024, 12, 2)
YOUNG = date(1990, 1, 1)
OLD = date(1950, 1, 1)


@pytest.mark.parametrize(
    ("substitute", "young", "elderly_too"),
    [
        (S.NOTICE, 9, 12),
        (S.PORTAL_SCREEN, 7, 9),
        (S.SAVED_PDF, 7, 9),
        (S.QUALIFICATION_CERTIFICATE, 16, 16),
        (S.ORAL_CONFIRMATION, 0, 0),
    ],
)
def test_fields_of_70_and_over_are_asked_of_them_alone(substitute: S, young: int, elderly_too: int) -> None:
    assert len(fields_of(substitute, YOUNG, False, DAY)[0]) == young
    assert len(fields_of(substitute, OLD, False, DAY)[0]) == elderly_too
    assert len(fields_of(substitute, YOUNG, True, DAY)[0]) == elderly_too


@pytest.mark.parametrize("substitute", [S.NOTICE, S.PORTAL_SCREEN, S.SAVED_PDF])
def test_birth_date_sex_and_address_come_from_the_card(substitute: S) -> None:
    document, card = fields_of(substitute, OLD, False, DAY)
    assert card == FROM_CARD
    assert [field.name for field in card] == ["birth_date", "sex", "address"]
    assert not {field.name for field in document} & {field.name for field in card}


def test_a_document_that_stands_alone_takes_nothing_from_the_card() -> None:
    assert fields_of(S.QUALIFICATION_CERTIFICATE, OLD, False, DAY)[1] == ()
    assert fields_of(S.INSURANCE_CARD, OLD, False, DAY)[1] == ()
    assert fields_of(S.DECLARATION, OLD, False, DAY) == ((), ())


def test_the_slip_of_the_notice_is_part_of_the_notice() -> None:
    assert set(CUT_OFF_SLIP) <= {field.name for field in DOCUMENT_FIELDS[S.NOTICE]}


def test_names_within_a_document_are_its_own() -> None:
    for fields in DOCUMENT_FIELDS.values():
        names = [field.name for field in fields]
        assert len(names) == len(set(names))
        assert all(field.ja for field in fields)


def test_13_of_the_21_kinds_can_be_checked_online() -> None:
    assert [row.number for row in DOCUMENT_ROWS] == list(range(1, 22))
    assert [row.is_checkable_online for row in DOCUMENT_ROWS] == [True] * 13 + [False] * 8
    assert len({row.key for row in DOCUMENT_ROWS}) == 21
    assert {row.since for row in DOCUMENT_ROWS} == {date(2021, 3, 1)}
    assert all(row.say.ja and row.say.en and "[000]" in row.cites for row in DOCUMENT_ROWS)


@pytest.mark.parametrize(
    ("number", "ja"),
    [(2, "国民健康保険被保険者証"), (11, "限度額適用認定証"), (13, "特定疾病療養受療証"), (21, "生活保護")],
)
def test_the_numbers_are_those_of_the_list(number: int, ja: str) -> None:
    assert DOCUMENT_ROWS[number - 1].say.ja.startswith(ja)


def test_after_a_check_by_card_four_certificates_need_not_be_shown() -> None:
    assert {row.key for row in DOCUMENT_ROWS} >= NOT_NEEDED_AFTER_CHECK
    assert len(NOT_NEEDED_AFTER_CHECK) == 4
