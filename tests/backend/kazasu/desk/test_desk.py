"""The desk: proposals, documents and troubles by staff who are signed in where there is no device."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.door import Door, InquiryRow, make_door
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.models import RecordedEntryRow
from kazasu.checks.reading import read_entry
from kazasu.checks.recorded import document_fields
from kazasu.db import Database
from kazasu.staff import Role

REGISTERED = {"insurer_number": "01990019", "symbol": "訓練1", "number": "0012", "branch": "01"}


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def desk(door: Door) -> AsyncIterator[tuple[Office, dict[str, str]]]:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        yield office, await office.sign_in("counter")


async def post(desk: tuple[Office, dict[str, str]], path: str, body: dict[str, Any]) -> httpx.Response:
    office, headers = desk
    return await office.client.post(path, json=body, headers=headers)


def refused(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert (answer.status_code, problem(answer)) == (status, name), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def held_check(door: Door) -> str:
    """A check of somebody who is not on the list: nothing to ask with."""
    check = door.record_check("sato")
    await door.push()
    assert await door.holds(check) == ["cannot_be_asked"]
    return check


async def test_a_proposal_stores_nothing_and_says_what_to_type(door: Door, desk: tuple[Office, dict[str, str]]) -> None:
    body = {"reason": "line", "day": "2024-12-02", "birth_date": "1940-01-01", "shown": [{"substitute": "notice"}]}
    answer = await post(desk, "/desk/proposal", body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["open"][0]["substitute"] == "notice"
    assert {"share", "valid_until"} <= {field["name"] for field in found["open"][0]["fields"]}
    assert [field["name"] for field in found["open"][0]["from_card"]] == ["birth_date", "sex", "address"]
    assert {one["substitute"]: one["why"] for one in found["closed"]}["oral_confirmation"] == "no_data_on_file"
    assert (found["payment"]["payment"], found["knowledge"]) == ("own_share", "as_known_on")
    assert await door.rows(RecordedEntryRow) == []


async def test_a_proposal_for_a_check_goes_by_its_patient_and_day(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check("sato", subject=cs.VisitSubject(id=visit))
    await door.push()
    found = (await post(desk, "/desk/proposal", {"reason": "outage", "check": check})).json()
    assert found["day"] == "2026-12-01"
    assert "oral_confirmation" in [one["substitute"] for one in found["open"]]
    refused(await post(desk, "/desk/proposal", {"reason": "outage", "check": "ab" * 16}), 404, "not-found")


async def test_a_document_typed_at_the_desk_opens_the_inquiry_as_a_devices_does(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    check = await held_check(door)
    fields = {**REGISTERED, "birth_date": "昭和25年5月1日", "valid_until": "令和9年7月31日"}
    body = {"check": check, "document": "qualification_certificate", "reason": "not_found", "fields": fields}
    answer = await post(desk, "/desk/documents", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["remarks"] == []
    [row] = await door.rows(RecordedEntryRow)
    assert (row.origin, row.entry, row.device, row.check) == ("desk", None, None, check)
    typed = document_fields(door.context.keys.storage, row)
    assert (typed["birth_date"], typed["valid_until"]) == ("1950-05-01", "2027-07-31")
    assert b"0012" not in row.fields
    [inquiry] = await door.rows(InquiryRow)
    assert (inquiry.check, inquiry.key.value) == (check, "insured_number")
    assert await door.holds(check) == []
    [audited] = await door.rows(AuditEntry, AuditEntry.action == "recorded_at_desk")
    assert audited.actor.startswith("staff:")
    assert "0012" not in audited.details


async def test_what_cannot_be_on_the_document_is_told_and_nothing_is_recorded(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    check = await held_check(door)
    fields = {**REGISTERED, "insurer_number": "01990010", "birth_date": "霜月", "shoe_size": "26", "share": "5割"}
    body = {"check": check, "document": "qualification_certificate", "reason": "not_found", "fields": fields}
    told = refused(await post(desk, "/desk/documents", body), 422, "document-not-valid")
    assert {(fault["field"], fault["why"]) for fault in told["faults"]} == {
        ("insurer_number", "check_digit"),
        ("birth_date", "not_a_date"),
        ("shoe_size", "unknown_field"),
        ("share", "unknown_option"),
    }
    assert await door.rows(RecordedEntryRow) == []


async def test_a_document_past_its_date_is_recorded_with_a_remark(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    check = await held_check(door)
    body = {"check": check, "document": "insurance_card", "reason": "card", "fields": {"valid_until": "R7.12.1"}}
    told = refused(await post(desk, "/desk/documents", body), 422, "document-not-valid")
    assert [fault["why"] for fault in told["faults"]] == ["unknown_field"]
    body = {"check": check, "document": "qualification_certificate", "reason": "card",
            "fields": {"valid_until": "R8.11.30"}}  # fmt: skip
    answer = await post(desk, "/desk/documents", body)
    assert [remark["why"] for remark in answer.json()["remarks"]] == ["past_its_date"]


async def test_a_document_belongs_to_one_check_or_visit_that_is_here(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    visit = await door.visit(await door.patient("sato"))
    plain = {"document": "notice", "reason": "card"}
    assert (await post(desk, "/desk/documents", {**plain, "visit": visit})).status_code == 201
    refused(await post(desk, "/desk/documents", plain), 400, "request-not-valid")
    refused(await post(desk, "/desk/documents", {**plain, "visit": "ab" * 16}), 404, "not-found")
    refused(await post(desk, "/desk/documents", {**plain, "check": "ab" * 16}), 404, "not-found")
    declared = {**plain, "document": "declaration", "visit": visit}
    refused(await post(desk, "/desk/documents", declared), 400, "request-not-valid")


async def test_a_hold_goes_into_the_trouble_log_once_with_its_full_charge(
    door: Door, desk: tuple[Office, dict[str, str]]
) -> None:
    office, headers = desk
    check = await held_check(door)
    [hold] = (await office.client.get("/holds", headers=headers)).json()["items"]
    path = f"/holds/{hold['id']}/trouble"
    refused(await post(desk, path, {"response": "last_visit"}), 400, "request-not-valid")
    refused(await post(desk, path, {"category": "novel", "response": "last_visit"}), 400, "request-not-valid")
    body = {"category": "reader", "response": "last_visit", "full_charge": True, "note": "佐藤さんは怒っていた"}
    recorded = await post(desk, path, body)
    assert recorded.status_code == 201, recorded.text
    assert (recorded.json()["origin"], recorded.json()["check"]) == ("desk", check)
    assert "佐藤" not in recorded.text
    refused(await post(desk, path, body), 409, "conflict")
    refused(await post(desk, f"/holds/{'ab' * 16}/trouble", body), 404, "not-found")
    report = await office.client.get(
        "/reports/trouble?since=2026-12-01&until=2026-12-01", headers=await office_headers(office)
    )
    assert report.json()["full_charge_cases"] == 1
    [line] = report.json()["lines"]
    assert (line["category"], line["responses"], line["source"]) == ("reader", ["last_visit"], "recorded")
    assert (line["device"], line["device_name"]) == ("desk", "窓口")


async def office_headers(office: Office) -> dict[str, str]:
    await office.add_staff("back", Role.BACK_OFFICE)
    return await office.sign_in("back")


async def test_the_desk_has_the_rules_that_devices_have(desk: tuple[Office, dict[str, str]]) -> None:
    office, headers = desk
    found = (await office.client.get("/desk/rules", headers=headers)).json()
    assert [word["code"] for word in found["trouble_responses"]][:2] == ["insurance_card", "insurer_or_call_centre"]
    assert [form["version"] for form in found["declarations"]] == ["2023-07", "2024-12"]
