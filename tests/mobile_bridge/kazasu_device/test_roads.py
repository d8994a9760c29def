"""What is foreseen about a check before the touch ends."""

import pytest
from harness.clinic import Clinic

from checksync.intent import NotOnList, PatientSubject
from kazasu_device.policy import Policy, Roads
from kazasu_device.roads import AtTheDoor, RoadNotice, RoadWarning, foreseen

SOMEONE = PatientSubject(id="ab")


def policy(*open_keys: str) -> Policy:
    return Clinic(roads=[Roads(check_type="home_consent", setting="home_visit", open=list(open_keys))]).policy()


def at_home(held: Policy, subject: PatientSubject | NotOnList, **rest: object) -> RoadNotice | None:
    options: dict[str, object] = {"has_attributes": False} | rest
    return foreseen(held, "home_consent", "home_visit", subject, **options)  # type: ignore[arg-type]


def test_a_pin_alone_cannot_be_asked_for_somebody_not_on_the_list() -> None:
    notice = at_home(policy("insured_number", "terminal_screen", "consent_fetch"), NotOnList())
    assert notice == RoadNotice(
        RoadWarning.CANNOT_BE_ASKED,
        (AtTheDoor.ATTRIBUTES_BY_NUMBER_B, AtTheDoor.DOCUMENT, AtTheDoor.GOVERNMENT_CONSENT),
    )


@pytest.mark.parametrize("key", ["certificate", "app_text"])
def test_a_road_that_needs_no_roster_is_enough(key: str) -> None:
    assert at_home(policy("insured_number", key), NotOnList()) is None


def test_the_four_attributes_open_the_terminals_screen() -> None:
    assert at_home(policy("terminal_screen"), NotOnList(), has_attributes=True) is None
    assert at_home(policy("insured_number"), NotOnList(), has_attributes=True) is not None


def test_where_nothing_is_open_a_document_is_what_remains() -> None:
    assert at_home(policy(), NotOnList()) == RoadNotice(RoadWarning.CANNOT_BE_ASKED, (AtTheDoor.DOCUMENT,))


def test_nothing_is_foreseen_for_a_person_whose_roster_is_closed() -> None:
    assert at_home(policy("insured_number"), SOMEONE) is None


def test_the_rosters_keys_decide_where_it_is_open() -> None:
    assert at_home(policy("insured_number"), SOMEONE, known_keys=["insured_number"]) is None
    assert at_home(policy("insured_number"), SOMEONE, known_keys=[]) is not None


def test_a_type_that_the_facility_may_not_use_is_foreseen_as_held() -> None:
    notice = foreseen(policy("certificate"), "eligibility_only", "treatment", SOMEONE, has_attributes=False)
    assert notice == RoadNotice(RoadWarning.CHECK_TYPE_NOT_ALLOWED)
