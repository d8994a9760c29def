"""Consents registered on the government's page: fetched by their day, once each, and the check has its answer."""

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from harness.door import AnswerRow, Door, InquiryRow, later, make_door
from harness.office import PASSWORD, opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.cli import main
from kazasu.db import Database
from kazasu.facility import FacilityMode
from kazasu.gateway import BulkKind, Result
from kazasu.gateway.simulator import REGISTRY, Simulator
from kazasu.inquiries.bulk import worker
from kazasu.inquiries.bulk.models import BulkJobRow
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.consents.models import FetchedConsentRow
from kazasu.inquiries.consents.service import waiting_inquiries
from kazasu.inquiries.state import InquiryState
from kazasu.rules import InquiryKey
from kazasu.staff import Role


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


CONSENTING = sum(bool(one.home_consents and one.current) for one in REGISTRY.values())


async def waiting(door: Door, person: str = "sato", *, with_number: bool = True, **more: Any) -> str:
    """A check whose patient says that they consented on the government's page."""
    patient = await door.patient(person, with_number=with_number)
    check = door.record_check(person, subject=cs.PatientSubject(id=patient), **more)
    door.record(
        "substitute",
        cs.SubstituteBody(
            check=check, duty_pass=door.duty_pass, reason="equipment", document="government_consent", fields={}
        ),
    )
    await door.push()
    return check


async def work(door: Door, turns: int = 6) -> None:
    for _ in range(turns):
        await worker.work_once(door.context)
        later(door, seconds=10)


async def inquiry(door: Door, check: str, key: InquiryKey = InquiryKey.CONSENT_FETCH) -> InquiryRow:
    (row,) = await door.rows(InquiryRow, InquiryRow.check == check, InquiryRow.key == key)
    assert isinstance(row, InquiryRow)
    return row


async def test_a_check_waits_for_its_consent_which_is_fetched_by_itself_and_answers_it(door: Door) -> None:
    check = await waiting(door)
    waits = await inquiry(door, check)
    assert (waits.state, waits.last_error) == (InquiryState.ASKED, None)
    await work(door)
    assert (await inquiry(door, check)).state is InquiryState.ANSWERED
    row = await door.check(check)
    assert (row.state, row.result, row.is_simulated) == (CheckState.RECONCILED, Result.VALID, True)
    (answer,) = await door.rows(AnswerRow)
    flags = answer.content["qualifications"][0]["consents"]
    assert {flag["code"] for flag in flags.values()} == {"1"}
    assert {"medication", "limit_amount"} <= set(flags)
    assert flags["medication"] == {"code": "1", "at": "20261201000000"}
    (told,) = await door.feed("answer")
    assert (told["check"], told["result"]) == (check, "valid")
    assert "medication" not in json.dumps(told)
    consents = {row.check for row in await door.rows(FetchedConsentRow)}
    # Others consented too, and no check waits for them.
    assert consents == {check, None}
    (job,) = await door.rows(BulkJobRow)
    assert (job.kind, job.day, job.state, job.processed) == (
        BulkKind.HOME_CONSENTS,
        date(2026, 12, 1),
        BulkState.DONE,
        CONSENTING,
    )


async def test_nothing_is_fetched_while_no_check_waits(door: Door) -> None:
    await work(door)
    assert await door.rows(BulkJobRow) == []


async def test_a_patient_without_a_number_is_found_by_name_and_birth_date(door: Door) -> None:
    check = await waiting(door, "takahashi", with_number=False)
    await work(door)
    assert (await inquiry(door, check)).state is InquiryState.ANSWERED
    assert (await door.check(check)).result is Result.VALID


async def test_a_consent_that_is_not_there_yet_holds_the_check_after_a_while_and_is_taken_when_it_comes(
    door: Door,
) -> None:
    check = await waiting(door, "kobayashi")
    await work(door)
    assert await door.holds(check) == []
    later(door, minutes=20)
    await work(door)
    assert await door.holds(check) == ["consent_not_found"]
    assert (await inquiry(door, check)).state is InquiryState.ASKED
    consenting = dataclasses.replace(REGISTRY["kobayashi"], home_consents=frozenset({"medication"}))
    door.context = dataclasses.replace(
        door.context, gateway=Simulator(door.context.facility, door.clock, further=[consenting])
    )
    later(door, minutes=20)
    await work(door)
    assert await door.holds(check) == []
    assert (await door.check(check)).state is CheckState.RECONCILED
    # Fetched again and again, each consent is kept once.
    assert len(await door.rows(FetchedConsentRow)) == CONSENTING + 1


def twin(person: str, key: str) -> Any:
    """Somebody of the same name and birth date under another number, who consents too."""
    one = REGISTRY[person]
    current = msgspec.structs.replace(one.current[0], symbol="99", number="999")
    return dataclasses.replace(one, key=key, current=(current,), home_consents=frozenset({"medication"}))


async def test_who_cannot_be_told_apart_is_held_and_a_person_decides(door: Door) -> None:
    check = await waiting(door, with_number=False)
    gateway = Simulator(door.context.facility, door.clock, further=[twin("sato", "sato-twin")])
    door.context = dataclasses.replace(door.context, gateway=gateway)
    await work(door)
    assert await door.holds(check) == ["consent_several_match"]
    assert (await inquiry(door, check)).state is InquiryState.ASKED
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        await office.add_staff("nurse", Role.VISITOR)
        headers = await office.sign_in("counter")
        listed = await office.client.get("/fetched-consents?matched=false", headers=headers)
        items = {
            item["content"]["qualifications"][0]["number"]: item
            for item in listed.json()["items"]
            if item["content"]["qualifications"][0]["name"] == "佐藤　花子"
        }
        assert set(items) == {"0000101", "999"}
        assert items["999"]["kinds"] == ["medication"]
        (shown,) = items["999"]["content"]["qualifications"]
        assert "medication" not in shown.get("consents", {})
        url = f"/fetched-consents/{items['0000101']['id']}/assign"
        refused = await office.client.post(url, json={"check": check}, headers=await office.sign_in("nurse"))
        assert problem(refused) == "role-not-allowed"
        unknown = await office.client.post(url, json={"check": "0" * 32}, headers=headers)
        assert problem(unknown) == "not-found"
        given = await office.client.post(url, json={"check": check}, headers=headers)
        assert given.status_code == 200, given.text
        assert given.json()["check"] == check
        nowhere = await office.client.post(
            f"/fetched-consents/{'0' * 32}/assign", json={"check": check}, headers=headers
        )
        assert problem(nowhere) == "not-found"
        # What is one check's is no other's.
        other = await waiting(door, "kobayashi")
        taken = await office.client.post(url, json={"check": other}, headers=headers)
        assert problem(taken) == "conflict"
    assert await door.holds(check) == []
    (answer,) = await door.rows(AnswerRow)
    assert answer.typed_by is not None
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_an_eligibility_only_check_takes_no_consent(door: Door) -> None:
    await waiting(door)
    await work(door)
    check = door.record_check("sato", check_type="eligibility_only", setting="counter_fallback")
    await door.push()
    free = (await door.rows(FetchedConsentRow, FetchedConsentRow.check.is_(None)))[0]
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        refused = await office.client.post(
            f"/fetched-consents/{free.id}/assign", json={"check": check}, headers=headers
        )
    assert problem(refused) == "road-not-open"


async def test_an_assigned_consent_of_another_person_is_compared_like_any_answer(door: Door) -> None:
    check = await waiting(door, "kobayashi")
    await waiting(door, "sato")
    await work(door)
    free = (await door.rows(FetchedConsentRow, FetchedConsentRow.check.is_(None)))[0]
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        await office.client.post(f"/fetched-consents/{free.id}/assign", json={"check": check}, headers=headers)
    assert "other_person" in await door.holds(check)


async def test_days_are_fetched_by_hand_and_not_twice_at_once(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        body = {"since": "2026-11-29", "until": "2026-12-01"}
        first = await office.client.post("/fetched-consents/fetch", json=body, headers=headers)
        assert first.json() == {"days": 3, "under_way": 0, "waits_because": None}
        again = await office.client.post("/fetched-consents/fetch", json=body, headers=headers)
        assert again.json() == {"days": 0, "under_way": 3, "waits_because": None}
        for wrong in (
            {"since": "2026-12-01", "until": "2026-11-29"},
            {"since": "2026-12-01", "until": "2026-12-02"},
            {"since": "2026-10-01", "until": "2026-11-01"},
        ):
            refused = await office.client.post("/fetched-consents/fetch", json=wrong, headers=headers)
            assert problem(refused) == "request-not-valid"
    await work(door, turns=16)
    assert {job.state for job in await door.rows(BulkJobRow)} == {BulkState.DONE}
    days = {row.day for row in await door.rows(FetchedConsentRow)}
    assert days == {date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)}


async def test_the_evening_befores_consent_may_be_the_checks_and_the_day_afters_is_not(door: Door) -> None:
    check = await waiting(door, "kobayashi")
    async with door.context.database.reading() as session:
        found = {
            day: [row.id for _, row in await waiting_inquiries(session, date(2026, 12, 1) + timedelta(days=day))]
            for day in (-1, 0, 1)
        }
    assert found == {-1: [check], 0: [check], 1: []}


@pytest.mark.parametrize("person", ["sato", "kobayashi"])
async def test_a_simulated_consent_never_reaches_a_live_facility(door: Door, person: str) -> None:
    # Neither as an answer, nor kept for a check that may still come.
    await waiting(door, person)
    live = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    door.context = dataclasses.replace(door.context, facility=live)
    await work(door)
    assert await door.rows(FetchedConsentRow) == []
    assert await door.rows(AnswerRow) == []


def test_the_command_makes_the_fetches_and_says_what_they_wait_for(tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        environment = {"KAZASU_HOME": "", "KAZASU_DATABASE": "", "KAZASU_GATEWAY": "none"}
        return CliRunner().invoke(main, arguments, input=f"{PASSWORD}\n", env=environment)

    home = ("--home", str(tmp_path / "home"))
    made = run(
        "init", *home, "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "medical_institution", "--login", "admin", "--password-stdin", "--tls", "none",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    done = run("fetch-consents", *home, "--json")
    assert json.loads(done.output) == {"days": 2, "under_way": 0, "waits_because": "no_gateway"}
    assert "2 under way" in run("fetch-consents", *home).output
