"""The table of facts/rules.md section 1, row by row, and the days on which it changes."""

from datetime import date, timedelta

import pytest

from kazasu.facility.kind import FacilityKind as K
from kazasu.rules.facilities import CHECK_TYPE_ROWS, KNOWN_AS_OF, Allowed, NotAllowed, allowed_check_types, may_use
from kazasu.rules.vocabulary import CheckType as T
from kazasu.rules.vocabulary import IdentityMethod
from kazasu.rules.vocabulary import Setting as S

TODAY = date(2026, 12, 1)
VISITS = {S.HOME_VISIT, S.HOUSE_CALL, S.ONLINE}
ANYWHERE = set(S)

# Written out from the source, not derived from the code's rows.
OPEN: dict[tuple[K, T], set[S]] = {
    (K.MEDICAL_INSTITUTION, T.STANDARD): ANYWHERE,
    (K.MEDICAL_INSTITUTION, T.HOME_CONSENT): VISITS | {S.DRIVE_THROUGH, S.FEVER_CLINIC, S.COUNTER_FALLBACK},
    (K.PHARMACY, T.STANDARD): ANYWHERE,
    (K.PHARMACY, T.HOME_CONSENT): {S.HOME_VISIT, S.ONLINE, S.DRIVE_THROUGH, S.FEVER_CLINIC, S.COUNTER_FALLBACK},
    (K.VISITING_NURSING, T.HOME_CONSENT): {S.HOME_VISIT},
    (K.WORKPLACE_CLINIC, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_NETWORK, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_NETWORK, T.HOME_CONSENT): VISITS,
    (K.TRANSITIONAL_NETWORK, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.TRANSITIONAL_HOME_VISITS_ONLY, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_HOME_VISITS_ONLY, T.HOME_CONSENT): VISITS,
    (K.TRANSITIONAL_REBUILDING, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_REBUILDING, T.HOME_CONSENT): VISITS,
    (K.TRANSITIONAL_REBUILDING, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.TRANSITIONAL_CLOSING, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_CLOSING, T.HOME_CONSENT): VISITS,
    (K.TRANSITIONAL_OTHER, T.STANDARD): ANYWHERE,
    (K.TRANSITIONAL_OTHER, T.HOME_CONSENT): VISITS,
    (K.TRANSITIONAL_OTHER, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.CHECK_UP_PROVIDER, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.MIDWIFERY_HOME, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.OUTSIDE_OBLIGATION, T.ELIGIBILITY_ONLY): ANYWHERE,
    (K.TREATMENT_PRACTICE, T.ELIGIBILITY_ONLY): ANYWHERE,
}


@pytest.mark.parametrize("kind", K)
@pytest.mark.parametrize("check_type", T)
@pytest.mark.parametrize("setting", S)
def test_every_cell_of_the_table_is_as_the_source_says(kind: K, check_type: T, setting: S) -> None:
    expected = setting in OPEN.get((kind, check_type), set())
    result = may_use(kind, check_type, setting, TODAY)
    assert isinstance(result, Allowed) is expected
    if isinstance(result, NotAllowed):
        assert result.say.ja
        assert result.say.en
        assert result.cites


@pytest.mark.parametrize(
    ("kind", "check_type", "setting", "first_day"),
    [
        (K.MEDICAL_INSTITUTION, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 4, 1)),
        (K.MEDICAL_INSTITUTION, T.HOME_CONSENT, S.HOUSE_CALL, date(2024, 4, 1)),
        (K.PHARMACY, T.HOME_CONSENT, S.DRIVE_THROUGH, date(2024, 4, 1)),
        (K.MEDICAL_INSTITUTION, T.HOME_CONSENT, S.COUNTER_FALLBACK, date(2024, 9, 1)),
        (K.TREATMENT_PRACTICE, T.ELIGIBILITY_ONLY, S.TREATMENT, date(2024, 12, 1)),
        (K.CHECK_UP_PROVIDER, T.ELIGIBILITY_ONLY, S.CHECK_UP, date(2024, 12, 2)),
        (K.MIDWIFERY_HOME, T.ELIGIBILITY_ONLY, S.TREATMENT, date(2024, 12, 2)),
        (K.OUTSIDE_OBLIGATION, T.ELIGIBILITY_ONLY, S.TREATMENT, date(2024, 12, 2)),
        (K.TRANSITIONAL_NETWORK, T.ELIGIBILITY_ONLY, S.TREATMENT, date(2024, 12, 2)),
        (K.TRANSITIONAL_CLOSING, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 4, 1)),
        (K.WORKPLACE_CLINIC, T.STANDARD, S.TREATMENT, date(2024, 12, 2)),
    ],
)
def test_a_check_is_open_from_its_first_day_and_not_the_day_before(
    kind: K, check_type: T, setting: S, first_day: date
) -> None:
    assert isinstance(may_use(kind, check_type, setting, first_day), Allowed)
    before = may_use(kind, check_type, setting, first_day - timedelta(days=1))
    assert isinstance(before, NotAllowed)
    assert before.code == "not_yet_open"
    assert first_day.isoformat() in before.say.en


@pytest.mark.parametrize("kind", [K.MEDICAL_INSTITUTION, K.PHARMACY, K.VISITING_NURSING])
def test_home_visits_are_obligatory_from_december_2024(kind: K) -> None:
    before = may_use(kind, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 11, 30))
    after = may_use(kind, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 12, 1))
    assert isinstance(before, Allowed)
    assert not before.obligatory
    assert isinstance(after, Allowed)
    assert after.obligatory


@pytest.mark.parametrize("setting", [S.DRIVE_THROUGH, S.FEVER_CLINIC, S.COUNTER_FALLBACK, S.HOUSE_CALL])
def test_the_differing_path_stays_optional(setting: S) -> None:
    result = may_use(K.MEDICAL_INSTITUTION, T.HOME_CONSENT, setting, TODAY)
    assert isinstance(result, Allowed)
    assert not result.obligatory


def test_a_transitional_measure_ends_with_its_own_deadline_and_home_visits_do_not() -> None:
    deadline = date(2026, 3, 31)
    day_after = deadline + timedelta(days=1)
    kind = K.TRANSITIONAL_NETWORK
    assert isinstance(may_use(kind, T.ELIGIBILITY_ONLY, S.TREATMENT, deadline, transitional_until=deadline), Allowed)
    over = may_use(kind, T.ELIGIBILITY_ONLY, S.TREATMENT, day_after, transitional_until=deadline)
    assert isinstance(over, NotAllowed)
    assert over.code == "no_longer_open"
    assert isinstance(may_use(kind, T.HOME_CONSENT, S.HOME_VISIT, day_after, transitional_until=deadline), Allowed)


def test_a_visual_check_of_the_home_consent_type_came_with_the_app() -> None:
    visual = IdentityMethod.VISUAL
    early = may_use(K.PHARMACY, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 9, 30), identity=visual)
    assert isinstance(early, NotAllowed)
    assert early.code == "visual_not_allowed_yet"
    assert isinstance(may_use(K.PHARMACY, T.HOME_CONSENT, S.HOME_VISIT, date(2024, 10, 1), identity=visual), Allowed)


def test_the_reason_names_what_the_facility_uses_instead() -> None:
    wrong = may_use(K.TREATMENT_PRACTICE, T.HOME_CONSENT, S.TREATMENT, TODAY)
    assert isinstance(wrong, NotAllowed)
    assert wrong.code == "check_type_not_allowed"
    assert "eligibility-only" in wrong.say.en
    elsewhere = may_use(K.VISITING_NURSING, T.HOME_CONSENT, S.DRIVE_THROUGH, TODAY)
    assert isinstance(elsewhere, NotAllowed)
    assert elsewhere.code == "setting_not_allowed"


def test_devices_are_never_offered_the_standard_check() -> None:
    for kind in K:
        assert all(check_type is not T.STANDARD for check_type, _ in allowed_check_types(kind, TODAY))
    assert allowed_check_types(K.WORKPLACE_CLINIC, TODAY) == ()
    assert allowed_check_types(K.VISITING_NURSING, TODAY) == ((T.HOME_CONSENT, S.HOME_VISIT),)


def test_every_row_cites_its_source_and_is_known_as_of_the_documents_day() -> None:
    assert date(2024, 11, 28) == KNOWN_AS_OF
    assert all(row.cites.startswith("rules.md") for row in CHECK_TYPE_ROWS)
