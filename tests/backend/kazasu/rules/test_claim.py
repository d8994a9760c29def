"""The three routes: order, fields, remarks, what each needs, and what the payer does."""

from dataclasses import replace
from datetime import date

import pytest

from kazasu.facility.kind import FacilityKind as K
from kazasu.rules.claim_fields import KnownForClaim, UnknownFacts, plan_claim
from kazasu.rules.claim_fields import RemarkKind as R
from kazasu.rules.claim_route import (
    CLAIM_ROUTES,
    ClaimForm,
    Need,
    PayerMove,
    claims_at_all,
    form_of,
    payer_move,
    unknown_insurer_number,
)
from kazasu.rules.claim_route import ClaimRoute as C
from kazasu.rules.insured_number import InsuredNumber, luhn_check_digit
from kazasu.rules.period import Knowledge
from kazasu.rules.substitute import Scheme

FILED = date(2024, 11, 8)
CURRENT = InsuredNumber("06130488", "12", "345", "01")
OLD = InsuredNumber("138057", "国", "9876", "")
FACTS = UnknownFacts(
    name_kana="クンレン　タロウ",
    addresses=("東京都千代田区1-1", "大阪府大阪市2-2"),
    telephone="03-0000-0000",
    contacted_on=date(2024, 11, 6),
    scheme=Scheme.EMPLOYEES,
    has_declaration=True,
    declared_on=date(2024, 10, 20),
    insurer_name="訓練健康保険組合",
    workplace="訓練商事",
)
NO_CLAIMS = {K.CHECK_UP_PROVIDER, K.MIDWIFERY_HOME, K.TREATMENT_PRACTICE}


def test_the_first_possible_route_is_taken() -> None:
    everything = KnownForClaim(current=CURRENT, old=OLD, unknown=FACTS)
    for known, route, closed in (
        (everything, C.CURRENT, []),
        (replace(everything, current=None), C.OLD, [C.CURRENT]),
        (replace(everything, current=None, old=None), C.UNKNOWN, [C.CURRENT, C.OLD]),
    ):
        plan = plan_claim(K.MEDICAL_INSTITUTION, known, FILED)
        assert plan.fields is not None
        assert plan.fields.route is route
        assert [one.route for one in plan.closed] == closed
        assert plan.knowledge is Knowledge.KNOWN


def test_nothing_known_names_what_is_missing() -> None:
    plan = plan_claim(K.PHARMACY, KnownForClaim(), FILED)
    assert plan.fields is None
    assert [(one.route, one.missing) for one in plan.closed] == [
        (C.CURRENT, (Need.CURRENT_NUMBER,)),
        (C.OLD, (Need.OLD_NUMBER,)),
        (C.UNKNOWN, (Need.DECLARATION, Need.CONTACTED)),
    ]
    assert "申立書" in plan.closed[-1].say.ja
    assert "declaration" in plan.closed[-1].say.en


def test_a_current_claim_has_the_numbers_and_no_remark() -> None:
    fields = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(current=CURRENT), FILED).fields
    assert fields is not None
    assert (fields.insurer_number, fields.symbol, fields.number, fields.branch) == ("06130488", "12", "345", "01")
    assert fields.remarks == ()
    assert fields.paper_note is None


def test_an_old_claim_says_so_in_the_remarks() -> None:
    fields = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(old=OLD), FILED).fields
    assert fields is not None
    assert (fields.insurer_number, fields.symbol, fields.number) == ("138057", "国", "9876")
    assert [(remark.kind, remark.text) for remark in fields.remarks] == [(R.OLD_QUALIFICATION, "旧資格情報")]


def test_an_unknown_claim_has_exactly_its_fields_and_remarks() -> None:
    fields = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(unknown=FACTS), FILED).fields
    assert fields is not None
    assert (fields.insurer_number, fields.symbol, fields.number, fields.branch) == ("77777777", "", "777777777", "")
    assert [(remark.kind, remark.text) for remark in fields.remarks] == [
        (R.UNKNOWN, "不詳"),
        (R.NAME_KANA, "クンレン　タロウ"),
        (R.SCHEME, "社保"),
        (R.INSURER_NAME, "訓練健康保険組合"),
        (R.WORKPLACE, "訓練商事"),
        (R.ADDRESS, "東京都千代田区1-1"),
        (R.ADDRESS, "大阪府大阪市2-2"),
        (R.TELEPHONE, "03-0000-0000"),
        (R.CONTACTED_ON, "令和6年11月6日"),
    ]
    assert fields.paper_note is not None
    assert "赤色" in fields.paper_note.ja


def test_the_late_stage_elderly_have_eight_digits() -> None:
    facts = replace(FACTS, scheme=Scheme.LATE_STAGE_ELDERLY, workplace="")
    fields = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(unknown=facts), FILED).fields
    assert fields is not None
    assert (fields.insurer_number, fields.number) == ("77777777", "77777777")
    assert R.WORKPLACE not in [remark.kind for remark in fields.remarks]


@pytest.mark.parametrize(
    ("filed_on", "checks_digit", "insurer"),
    [
        (date(2023, 9, 14), True, "77777777"),
        (date(2023, 9, 15), True, "77777779"),
        (date(2023, 9, 16), True, "77777779"),
        (date(2023, 9, 15), False, "77777777"),
        (date(2024, 11, 8), True, "77777779"),
    ],
)
def test_the_number_with_check_digit_is_a_setting_from_2023_09_15(
    filed_on: date, checks_digit: bool, insurer: str
) -> None:
    facts = replace(FACTS, contacted_on=date(2023, 9, 1), declared_on=date(2023, 8, 1))
    plan = plan_claim(
        K.MEDICAL_INSTITUTION, KnownForClaim(unknown=facts), filed_on, receipt_computer_checks_digit=checks_digit
    )
    assert plan.fields is not None
    assert plan.fields.insurer_number == insurer
    assert unknown_insurer_number(filed_on, receipt_computer_checks_digit=checks_digit) == insurer


def test_only_the_second_of_the_two_has_a_right_check_digit() -> None:
    assert luhn_check_digit("7777777") == "9"


@pytest.mark.parametrize(("filed_on", "is_open"), [(date(2023, 8, 31), False), (date(2023, 9, 1), True)])
def test_unknown_claims_begin_with_the_claim_month_2023_09(filed_on: date, is_open: bool) -> None:
    facts = replace(FACTS, contacted_on=date(2023, 8, 20), declared_on=date(2023, 7, 10))
    plan = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(unknown=facts), filed_on)
    assert (plan.fields is not None) is is_open
    if not is_open:
        assert plan.closed[-1].why == "not_yet"


@pytest.mark.parametrize(("filed_on", "is_open"), [(date(2023, 7, 9), False), (date(2023, 7, 10), True)])
def test_old_claims_begin_with_the_notice(filed_on: date, is_open: bool) -> None:
    plan = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(old=OLD), filed_on)
    assert (plan.fields is not None) is is_open


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (replace(FACTS, has_declaration=False), (Need.DECLARATION,)),
        (replace(FACTS, declared_on=date(2023, 7, 9)), (Need.DECLARATION,)),
        (replace(FACTS, declared_on=date(2023, 7, 10)), ()),
        (replace(FACTS, declared_on=None), ()),
        (replace(FACTS, name_kana=" "), (Need.DECLARATION,)),
        (replace(FACTS, contacted_on=None), (Need.CONTACTED,)),
        (replace(FACTS, is_inpatient_or_returning=True), (Need.ASKED_AGAIN,)),
        (replace(FACTS, is_inpatient_or_returning=True, was_asked_again=True), ()),
        (
            replace(FACTS, has_declaration=False, contacted_on=None, is_inpatient_or_returning=True),
            (Need.DECLARATION, Need.CONTACTED, Need.ASKED_AGAIN),
        ),
    ],
)
def test_an_unknown_claim_needs_declaration_and_contact(facts: UnknownFacts, missing: tuple[Need, ...]) -> None:
    plan = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(unknown=facts), FILED)
    assert (plan.fields is None) is bool(missing)
    if missing:
        assert plan.closed[-1].missing == missing


@pytest.mark.parametrize("kind", K)
def test_check_up_midwife_and_therapist_send_no_claim(kind: K) -> None:
    known = KnownForClaim(current=CURRENT, old=OLD, unknown=FACTS)
    plan = plan_claim(kind, known, FILED)
    assert claims_at_all(kind) is (kind not in NO_CLAIMS)
    assert (plan.fields is None) is (kind in NO_CLAIMS)
    assert (form_of(kind, is_dental=False) is None) is (kind in NO_CLAIMS)
    if kind in NO_CLAIMS:
        assert {one.why for one in plan.closed} == {"no_claims"}


@pytest.mark.parametrize(
    ("kind", "is_dental", "form"),
    [
        (K.MEDICAL_INSTITUTION, False, ClaimForm.MEDICAL),
        (K.MEDICAL_INSTITUTION, True, ClaimForm.DENTAL),
        (K.PHARMACY, False, ClaimForm.PHARMACY),
        (K.VISITING_NURSING, False, ClaimForm.NURSING),
        (K.OUTSIDE_OBLIGATION, True, ClaimForm.PAPER),
        (K.WORKPLACE_CLINIC, False, ClaimForm.MEDICAL),
        (K.TRANSITIONAL_NETWORK, False, ClaimForm.MEDICAL),
    ],
)
def test_the_form_goes_by_the_facility(kind: K, is_dental: bool, form: ClaimForm) -> None:
    assert form_of(kind, is_dental=is_dental) is form


@pytest.mark.parametrize(
    ("processed_on", "registered", "public", "high", "collected", "move"),
    [
        (date(2024, 12, 1), True, False, False, True, PayerMove.MOVED),
        (date(2024, 12, 2), True, False, False, None, PayerMove.MOVED),
        (date(2024, 12, 1), True, True, False, None, PayerMove.RETURNED),
        (date(2024, 12, 1), True, False, True, None, PayerMove.RETURNED),
        (date(2024, 12, 1), False, False, False, True, PayerMove.RETURNED),
        (date(2024, 12, 1), False, False, False, False, PayerMove.TO_OLD_INSURER),
        (date(2024, 12, 1), False, False, False, None, PayerMove.NOT_KNOWN),
        (date(2024, 12, 2), False, False, False, True, PayerMove.TO_OLD_INSURER),
        (date(2024, 12, 3), False, False, False, None, PayerMove.TO_OLD_INSURER),
        (date(2024, 12, 2), None, False, False, None, PayerMove.NOT_KNOWN),
    ],
)
def test_the_payer_moves_what_it_can_and_returned_collected_cards_until_2024_12_01(
    processed_on: date, registered: bool | None, public: bool, high: bool, collected: bool | None, move: PayerMove
) -> None:
    answer = payer_move(
        processed_on,
        new_insurer_registered=registered,
        with_public_expense=public,
        with_high_cost=high,
        card_was_collected=collected,
    )
    assert answer.move is move
    assert answer.say.ja
    assert answer.say.en


def test_nothing_shows_a_person() -> None:
    plan = plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(unknown=FACTS), FILED)
    assert "クンレン" not in repr(plan)
    assert "クンレン" not in repr(FACTS)


def test_beyond_the_sources_the_plan_says_so() -> None:
    assert plan_claim(K.MEDICAL_INSTITUTION, KnownForClaim(old=OLD), date(2024, 11, 29)).knowledge is (
        Knowledge.AS_KNOWN_ON
    )
    assert [row.route for row in CLAIM_ROUTES] == list(C)
