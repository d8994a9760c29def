"""Who is on duty on this device."""

from datetime import timedelta
from pathlib import Path

import pytest
from harness.clinic import NOON, Clinic

from checksync.key import SigningKey
from kazasu_device.duty import Duty
from kazasu_device.errors import StaffNotChosenError
from kazasu_device.home import Home

DEVICE = SigningKey.generate().thumbprint


def duty_of(home: Path, clinic: Clinic) -> Duty:
    return Duty(Home(home), clinic.key.verifying_key, clinic.facility, DEVICE)


def test_a_pass_holds_from_its_beginning_until_before_its_end(tmp_path: Path) -> None:
    clinic = Clinic()
    duty_of(tmp_path, clinic).keep(clinic.duty_pass(DEVICE, hours=1), "hanako", "花子")
    duty = duty_of(tmp_path, clinic)
    holds = {
        minutes: [person.is_valid for person in duty.people(NOON + timedelta(minutes=minutes))]
        for minutes in (-1, 0, 59, 60)
    }
    assert holds == {-1: [False], 0: [True], 59: [True], 60: [False]}


def test_the_only_one_on_duty_acts_without_being_named(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    duty.keep(clinic.duty_pass(DEVICE, "a1", NOON - timedelta(days=1)), "taro", "太郎")
    duty.keep(clinic.duty_pass(DEVICE, "a2"), "hanako", "花子")
    acting = duty.acting(NOON)
    assert acting is not None
    assert (acting.login, acting.is_valid) == ("hanako", True)


def test_of_several_on_duty_one_has_to_be_named(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    duty.keep(clinic.duty_pass(DEVICE, "a1"), "taro", "太郎")
    duty.keep(clinic.duty_pass(DEVICE, "a2"), "hanako", "花子")
    with pytest.raises(StaffNotChosenError) as caught:
        duty.acting(NOON)
    assert caught.value.data() == {"logins": ["hanako", "taro"]}
    named = duty.acting(NOON, "taro")
    assert named is not None
    assert named.login == "taro"


def test_a_pass_that_has_ended_is_named_all_the_same_because_recording_goes_on(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    duty.keep(clinic.duty_pass(DEVICE, hours=1), "hanako", "花子")
    acting = duty.acting(NOON + timedelta(hours=2))
    assert acting is not None
    assert not acting.is_valid


def test_a_new_pass_replaces_the_holders_older_one(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    duty.keep(clinic.duty_pass(DEVICE), "hanako", "花子")
    duty.keep(clinic.duty_pass(DEVICE, at=NOON + timedelta(hours=1)), "hanako", "花子")
    assert len(duty.people(NOON)) == 1


def test_a_pass_for_another_device_or_by_another_key_is_not_kept(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    assert not duty.keep(clinic.duty_pass(SigningKey.generate().thumbprint), "hanako", "花子")
    assert not duty.keep(clinic.duty_pass(DEVICE, key=SigningKey.generate()), "hanako", "花子")
    assert duty.people(NOON) == []
    assert duty.acting(NOON) is None


def test_signing_out_forgets_the_pass(tmp_path: Path) -> None:
    clinic = Clinic()
    duty = duty_of(tmp_path, clinic)
    duty.keep(clinic.duty_pass(DEVICE), "hanako", "花子")
    assert duty.drop("hanako")
    assert not duty.drop("hanako")
    assert duty.acting(NOON) is None
