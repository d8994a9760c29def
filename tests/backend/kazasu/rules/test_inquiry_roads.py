"""Which keys are open, and what is said where none is."""

from datetime import date

import pytest

from kazasu.facility.kind import FacilityKind
from kazasu.rules.inquiry_roads import (
    AtTheDoor,
    Closed,
    Configuration,
    NoRoad,
    Open,
    Subject,
    policy_roads,
    roads_for,
    roads_of_facility,
)
from kazasu.rules.vocabulary import CardKind, CheckType, InquiryKey, Setting

K = InquiryKey
SIMULATOR = Configuration(gateway_keys=frozenset({K.CERTIFICATE, K.INSURED_NUMBER}))
FOLDER = Configuration(gateway_keys=frozenset({K.INSURED_NUMBER, K.CONSENT_FETCH}), has_terminal=True)
TERMINAL_ALONE = Configuration(has_terminal=True)
NOTHING = Configuration()
APP = Configuration(has_app=True)
PLASTIC = CardKind.PLASTIC


@pytest.mark.parametrize(
    ("check_type", "configuration", "keys"),
    [
        (CheckType.HOME_CONSENT, SIMULATOR, (K.INSURED_NUMBER,)),
        (CheckType.HOME_CONSENT, FOLDER, (K.CONSENT_FETCH, K.INSURED_NUMBER, K.TERMINAL_SCREEN)),
        (CheckType.HOME_CONSENT, TERMINAL_ALONE, (K.INSURED_NUMBER, K.TERMINAL_SCREEN)),
        (CheckType.HOME_CONSENT, NOTHING, (K.INSURED_NUMBER,)),
        (CheckType.ELIGIBILITY_ONLY, SIMULATOR, (K.CERTIFICATE, K.INSURED_NUMBER)),
        (CheckType.ELIGIBILITY_ONLY, APP, (K.APP_TEXT,)),
        (CheckType.ELIGIBILITY_ONLY, NOTHING, ()),
        (CheckType.STANDARD, FOLDER, ()),
    ],
)
def test_a_facility_has_the_keys_that_its_equipment_opens(
    check_type: CheckType, configuration: Configuration, keys: tuple[K, ...]
) -> None:
    assert roads_of_facility(check_type, configuration) == keys


def test_a_patient_on_the_roster_is_asked_by_insured_number() -> None:
    subject = Subject(PLASTIC, has_certificate=True, has_insured_number=True)
    assert roads_for(CheckType.HOME_CONSENT, SIMULATOR, subject) == Open((K.INSURED_NUMBER,))


def test_the_certificate_alone_asks_for_eligibility_only_and_not_for_home_consent() -> None:
    subject = Subject(PLASTIC, has_certificate=True)
    assert roads_for(CheckType.ELIGIBILITY_ONLY, SIMULATOR, subject) == Open((K.CERTIFICATE,))
    closed = roads_for(CheckType.HOME_CONSENT, SIMULATOR, subject)
    assert isinstance(closed, Closed)
    assert closed.reason is NoRoad.CANNOT_BE_ASKED
    assert closed.at_the_door == (AtTheDoor.DOCUMENT,)


def test_the_four_attributes_open_the_terminals_screen() -> None:
    without = roads_for(CheckType.HOME_CONSENT, FOLDER, Subject(PLASTIC))
    assert isinstance(without, Closed)
    assert without.at_the_door == (
        AtTheDoor.ATTRIBUTES_BY_NUMBER_B,
        AtTheDoor.DOCUMENT,
        AtTheDoor.GOVERNMENT_CONSENT,
    )
    subject = Subject(PLASTIC, has_attributes=True)
    assert roads_for(CheckType.HOME_CONSENT, FOLDER, subject) == Open((K.TERMINAL_SCREEN,))


def test_a_consent_on_the_governments_page_opens_the_bulk_fetch() -> None:
    subject = Subject(PLASTIC, has_government_consent=True)
    assert roads_for(CheckType.HOME_CONSENT, FOLDER, subject) == Open((K.CONSENT_FETCH,))


def test_where_nothing_is_set_up_a_number_waits_and_says_so() -> None:
    subject = Subject(PLASTIC, has_insured_number=True)
    assert roads_for(CheckType.HOME_CONSENT, NOTHING, subject) == Open((K.INSURED_NUMBER,), waits_for_gateway=True)
    assert roads_for(CheckType.ELIGIBILITY_ONLY, APP, Subject(PLASTIC)) == Open((K.APP_TEXT,))


def test_nothing_set_up_at_an_eligibility_only_facility_calls_for_the_administrator() -> None:
    closed = roads_for(CheckType.ELIGIBILITY_ONLY, NOTHING, Subject(PLASTIC, has_certificate=True))
    assert isinstance(closed, Closed)
    assert "administrator" in closed.say.en


@pytest.mark.parametrize("card", [CardKind.ANDROID, CardKind.IPHONE])
@pytest.mark.parametrize("check_type", [CheckType.HOME_CONSENT, CheckType.ELIGIBILITY_ONLY])
def test_no_road_is_known_for_a_card_on_a_phone_whatever_else_is_known(card: CardKind, check_type: CheckType) -> None:
    subject = Subject(card, has_certificate=True, has_insured_number=True)
    closed = roads_for(check_type, SIMULATOR, subject)
    assert isinstance(closed, Closed)
    assert closed.reason is NoRoad.NOT_KNOWN_FOR_MOBILE


def test_a_document_beside_the_phone_is_asked_by_its_number() -> None:
    subject = Subject(CardKind.IPHONE, has_certificate=True, has_insured_number=True, has_document=True)
    assert roads_for(CheckType.ELIGIBILITY_ONLY, SIMULATOR, subject) == Open((K.INSURED_NUMBER,))


def test_the_policy_lists_what_is_allowed_and_the_keys_for_it() -> None:
    listed = policy_roads(FacilityKind.TREATMENT_PRACTICE, SIMULATOR, date(2026, 12, 1))
    assert {road.setting for road in listed} == set(Setting)
    assert all(road.check_type is CheckType.ELIGIBILITY_ONLY for road in listed)
    assert all(road.open == (K.CERTIFICATE, K.INSURED_NUMBER) for road in listed)
    assert policy_roads(FacilityKind.WORKPLACE_CLINIC, SIMULATOR, date(2026, 12, 1)) == ()
