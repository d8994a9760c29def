"""Patients and visits over HTTP, and what devices hear of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.x509 import load_der_x509_certificate
from harness.door import Door, later, make_door, second_device
from harness.office import opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.staff import Role
from kazasu.sync.models import DeviceLogRow
from mynacard.emulator.credential import Credential, authentication

SATO: dict[str, Any] = {
    "name": "佐藤　花子",
    "name_kana": "サトウ　ハナコ",
    "birth_date": "1980-01-12",
    "sex": "2",
    "chart_number": "0012",
    "insured_number": {"insurer_number": "01130012", "symbol": "１２３", "number": "００４５", "branch": "01"},
}


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def test_a_patient_is_added_read_changed_and_kept_as_text(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        await office.add_staff("visitor2", Role.VISITOR)
        headers, visitor = await office.sign_in("counter"), await office.sign_in("visitor2")
        refused = await office.client.post("/patients", json=SATO, headers=visitor)
        assert problem(refused) == "role-not-allowed"
        added = await office.client.post("/patients", json=SATO, headers=headers)
        assert added.status_code == 201, added.text
        patient = added.json()
        assert patient["insured_number"] == {
            "insurer_number": "01130012",
            "symbol": "123",
            "number": "0045",
            "branch": "01",
            "source": "roster",
        }
        assert patient["chart_number"] == "0012"
        twice = await office.client.post("/patients", json=SATO, headers=headers)
        assert problem(twice) == "conflict"
        url = f"/patients/{patient['id']}"
        assert (await office.client.get(url, headers=visitor)).json() == patient
        changed = await office.client.put(url, json=SATO | {"insured_number": None}, headers=headers)
        assert changed.json()["insured_number"] is None
        nobody = await office.client.put("/patients/" + "0" * 32, json=SATO, headers=headers)
        assert problem(nobody) == "not-found"
        found = (await office.client.get("/patients?chart_number=0012", headers=visitor)).json()
        assert [item["id"] for item in found["items"]] == [patient["id"]]


@pytest.mark.parametrize(
    ("number", "field"),
    [
        ({"insurer_number": "01130013", "number": "1"}, "insured_number.insurer_number"),
        ({"insurer_number": "0113001", "number": "1"}, "insured_number.insurer_number"),
        ({"insurer_number": "01130012", "number": "1", "branch": "1"}, "insured_number.branch"),
        ({"insurer_number": "01130012", "number": " "}, "insured_number.number"),
    ],
)
async def test_a_number_that_cannot_be_right_is_refused_by_field_and_not_repeated(
    door: Door, number: dict[str, str], field: str
) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        answer = await office.client.post("/patients", json=SATO | {"insured_number": number}, headers=headers)
    assert problem(answer) == "request-not-valid"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert number["insurer_number"] not in answer.text


async def test_a_visit_is_told_to_its_device_changed_moved_and_cancelled(door: Door) -> None:
    other = await second_device(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        patient = (await office.client.post("/patients", json=SATO, headers=headers)).json()["id"]
        booked = {
            "patient": patient,
            "at": "2026-12-02T10:00:00+09:00",
            "setting": "home_visit",
            "device": door.device.id,
        }
        visit = (await office.client.post("/visits", json=booked, headers=headers)).json()
        (told,) = await door.feed("roster")
        assert told == {
            "visit": visit["id"],
            "patient": patient,
            "name": "佐藤　花子",
            "name_kana": "サトウ　ハナコ",
            "birth_date": "1980-01-12",
            "at": "2026-12-02T01:00:00.000Z",
            "setting": "home_visit",
            "keys": ["insured_number"],
            "known_certificates": [],
        }
        url = f"/visits/{visit['id']}"
        moved = await office.client.put(url, json=booked | {"device": other.device.id}, headers=headers)
        assert moved.json()["device"] == other.device.id
        assert (await door.feed("roster"))[1] == {"visit": visit["id"], "removed": True}
        cancelled = await office.client.put(
            url, json=booked | {"device": other.device.id, "is_cancelled": True}, headers=headers
        )
        assert cancelled.json()["cancelled_at"] is not None
        assert (await door.feed("roster"))[-1] == {"visit": visit["id"], "removed": True}
        assert (await office.client.get(url, headers=headers)).json() == cancelled.json()
        listed = (await office.client.get("/visits?since=2026-12-02T00:00:00Z", headers=headers)).json()
        assert [item["id"] for item in listed["items"]] == [visit["id"]]
        assert (await office.client.get("/visits?before=2026-12-02T00:00:00Z", headers=headers)).json()["items"] == []
        of_other = await office.client.get(f"/visits?of_device={other.device.id}", headers=headers)
        assert [item["id"] for item in of_other.json()["items"]] == [visit["id"]]
        of_first = await office.client.get(f"/visits?of_device={door.device.id}", headers=headers)
        assert of_first.json()["items"] == []
        zoneless = await office.client.get("/visits?since=2026-12-02T00:00:00", headers=headers)
        assert problem(zoneless) == "request-not-valid"
        unknown = await office.client.post("/visits", json=booked | {"device": "ab" * 16}, headers=headers)
        assert problem(unknown) == "conflict"
        nobody = await office.client.post("/visits", json=booked | {"patient": "ab" * 16}, headers=headers)
        assert problem(nobody) == "not-found"
        naive = await office.client.post("/visits", json=booked | {"at": "2026-12-02T10:00:00"}, headers=headers)
        assert problem(naive) == "request-not-valid"


async def test_a_changed_patient_is_told_anew_with_the_keys_that_are_open_then(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        bare = SATO | {"insured_number": None}
        patient = (await office.client.post("/patients", json=bare, headers=headers)).json()["id"]
        booked = {"patient": patient, "at": "2026-12-02T10:00:00+09:00", "setting": "home_visit"}
        await office.client.post("/visits", json=booked, headers=headers)
        await office.client.put(f"/patients/{patient}", json=SATO, headers=headers)
    assert [item["keys"] for item in await door.feed("roster")] == [[], ["insured_number"]]


async def test_a_certificate_is_listed_as_known_only_when_its_entry_is_forgettable(door: Door) -> None:
    patient = await door.patient("sato")
    door.record_check("sato", subject=cs.PatientSubject(id=patient))
    await door.push()
    await door.visit(patient)
    assert (await door.feed("roster"))[-1]["known_certificates"] == []
    async with door.context.database.writing() as session:
        (await session.get_one(DeviceLogRow, door.log.log)).forgettable = 1
        await session.commit()
    later(door, minutes=1)
    await door.visit(patient)
    (known,) = (await door.feed("roster"))[-1]["known_certificates"]
    certificate = authentication("sato").certificate
    assert known["serial"] == f"{certificate.serial_number:x}"
    assert known["sha256"] == cs.sealed_digest(authentication("sato").der).hex()


async def test_a_certificate_that_came_damaged_is_not_listed(door: Door) -> None:
    patient = await door.patient("sato")
    with patch("harness.door.authentication", lambda person, on_phone: damaged(authentication(person))):
        door.record_check("sato", subject=cs.PatientSubject(id=patient))
    await door.push()
    assert "certificate_not_trusted" in await door.holds()
    async with door.context.database.writing() as session:
        (await session.get_one(DeviceLogRow, door.log.log)).forgettable = 1
        await session.commit()
    await door.visit(patient)
    assert (await door.feed("roster"))[-1]["known_certificates"] == []


def damaged(credential: Credential) -> Credential:
    """As a worn card gives it: one bit of the issuer's signature is another."""
    der = bytearray(credential.der)
    der[-1] ^= 1
    return replace(credential, certificate=load_der_x509_certificate(bytes(der)))


async def test_what_somebody_else_changed_meanwhile_is_not_written_over_unseen(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        shown = (await office.client.post("/patients", json=SATO, headers=headers)).json()
        later(door, seconds=1)
        patient = f"/patients/{shown['id']}"
        mine = SATO | {"name": "佐藤　華子", "seen_changed_at": shown["changed_at"]}
        theirs = SATO | {"sex": "3", "seen_changed_at": shown["changed_at"]}
        assert (await office.client.put(patient, json=theirs, headers=headers)).status_code == 200
        assert problem(await office.client.put(patient, json=mine, headers=headers)) == "conflict"
        seen = (await office.client.get(patient, headers=headers)).json()
        assert (seen["name"], seen["sex"]) == (SATO["name"], "3")
        again = await office.client.put(patient, json=mine | {"seen_changed_at": seen["changed_at"]}, headers=headers)
        assert again.json()["name"] == "佐藤　華子"
        body = {"patient": shown["id"], "at": "2026-12-02T10:00:00+09:00", "setting": "home_visit"}
        visit = (await office.client.post("/visits", json=body, headers=headers)).json()
        later(door, seconds=1)
        moved = body | {"setting": "house_call", "seen_changed_at": visit["changed_at"]}
        url = f"/visits/{visit['id']}"
        assert (await office.client.put(url, json=moved, headers=headers)).status_code == 200
        assert problem(await office.client.put(url, json=moved, headers=headers)) == "conflict"
