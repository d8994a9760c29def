"""Looks from a device over the routes: token, duty pass and a proof by the day key; refused looks are audited too."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.door import Door, make_door, second_device
from harness.medical import consented
from harness.office import Office, opened_office, problem
from sqlalchemy import select, update

import checksync as cs
from checksync.look import look_proof, look_subject
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.devices.duty.service import day_key_of, find_duty_pass
from kazasu.devices.models import DayKeyRow
from kazasu.devices.service import revoke_device
from kazasu.restoration.service import close_after_restore
from kazasu.rules import ConsentKind, Setting
from kazasu.staff import Role
from kazasu.staff.models import StaffRow

LOOKS, KINDS = "/device/medical/looks", "/device/medical/kinds"


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def office(door: Door) -> AsyncIterator[Office]:
    async with opened_office(door.context, read_entry) as opened:
        yield opened


async def token(office: Office, door: Door) -> dict[str, str]:
    answer = await office.ask_token(door.device.id, door.key)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def body(office: Office, door: Door, check: str, kind: str = "medication", **changes: Any) -> dict[str, Any]:
    """What a device sends whose memory has the day key."""
    nonce = (await office.client.post("/device/nonce")).json()["nonce"]
    async with door.context.database.reading() as session:
        duty_pass = await find_duty_pass(session, door.duty_pass)
        assert duty_pass is not None
        day_key = await day_key_of(session, door.context, duty_pass)
    assert day_key is not None
    visit = changes.pop("visit", None)
    subject = {"visit": visit} if visit else {"check": check}
    named = {"duty_pass": door.duty_pass, "nonce": nonce}
    about = look_subject(**subject)
    assert about is not None
    proof = look_proof(changes.pop("day_key", day_key), kind=kind, about=about, **named)
    return {**named, **subject, "proof": proof, **({"kind": kind} if kind else {})} | changes


async def audited(door: Door) -> list[tuple[str, str, dict[str, Any]]]:
    async with door.context.database.reading() as session:
        found = await session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("medical_look%")).order_by(AuditEntry.number)
        )
        return [(row.action, row.actor, json.loads(row.details)) for row in found]


async def test_who_is_on_duty_and_signed_in_sees_it_and_nobody_may_keep_it(door: Door, office: Office) -> None:
    check = await consented(door)
    headers = await token(office, door)
    answer = await office.client.post(LOOKS, json=await body(office, door, check), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert (shown["check"], shown["kind"], shown["exercise"]) == (check, "medication", "訓練 / EXERCISE")
    assert shown["sections"][0]["entries"][0]["fields"][0] == ["Notice", "訓練 EXERCISE"]
    [(action, actor, details)] = await audited(door)
    assert (action, actor) == ("medical_look", f"staff:{door.staff}")
    assert (details["device"], details["duty_pass"], details["kind"]) == (door.device.id, door.duty_pass, "medication")


async def test_the_list_of_kinds_says_what_is_open_and_why_not(door: Door, office: Office) -> None:
    check = await consented(door, is_fetched=False)
    headers = await token(office, door)
    answer = await office.client.post(KINDS, json=await body(office, door, check, ""), headers=headers)
    assert answer.status_code == 200, answer.text
    kinds = {kind["kind"]: kind for kind in answer.json()["kinds"]}
    assert set(kinds) == set(ConsentKind)
    assert kinds["limit_amount"]["open"]
    assert [why["reason"] for why in kinds["medication"]["reasons"]] == ["national_consent_missing"]


async def refused(office: Office, door: Door, sent: dict[str, Any], headers: dict[str, str]) -> list[str]:
    answer = await office.client.post(LOOKS, json=sent, headers=headers)
    assert problem(answer) == "medical-information-closed", answer.text
    names = [why["reason"] for why in answer.json()["reasons"]]
    action, _, details = (await audited(door))[-1]
    assert (action, details["reasons"]) == ("medical_look_refused", names)
    return names


async def test_what_rests_on_the_disk_opens_nothing(door: Door, office: Office) -> None:
    check = await consented(door)
    headers = await token(office, door)
    # A thief has token, key and pass, but no day key; another day's key or another request's proof are none either.
    assert await refused(office, door, await body(office, door, check, day_key=bytes(32)), headers) == [
        "sign_in_needed"
    ]
    proven = await body(office, door, check)
    for change in ({"check": "f" * 32}, {"kind": "treatment"}):
        assert await refused(office, door, {**await body(office, door, check), **change}, headers) == ["sign_in_needed"]
    assert (await office.client.post(LOOKS, json=proven, headers=headers)).status_code == 200
    assert problem(await office.client.post(LOOKS, json=proven, headers=headers)) == "nonce-not-valid"
    async with door.context.database.writing() as session:
        sent = await body(office, door, check)
        await session.execute(update(DayKeyRow).values(day=date(2026, 1, 1)))
        await session.commit()
    assert await refused(office, door, sent, headers) == ["sign_in_needed"]


async def test_a_pass_counts_while_it_runs_on_its_device_for_somebody_who_still_works_here(
    door: Door, office: Office
) -> None:
    check = await consented(door)
    other = await second_device(door)
    headers = await token(office, door)
    assert await refused(office, door, {**await body(office, other, check)}, headers) == ["not_on_duty"]
    assert await refused(office, door, {**await body(office, door, check), "duty_pass": "f" * 32}, headers) == [
        "not_on_duty"
    ]
    door.clock.advance(timedelta(hours=12))
    headers = await token(office, door)
    assert await refused(office, door, await body(office, door, check), headers) == ["not_on_duty"]


async def test_who_left_or_has_no_role_any_more_sees_nothing(door: Door, office: Office) -> None:
    check = await consented(door)
    headers = await token(office, door)

    async def change(**values: Any) -> None:
        async with door.context.database.writing() as session:
            await session.execute(update(StaffRow).where(StaffRow.id == door.staff).values(**values))
            await session.commit()

    await change(roles=["back_office"])
    assert await refused(office, door, await body(office, door, check), headers) == ["role"]
    await change(roles=["visitor"], deactivated_at=door.clock.now())
    assert await refused(office, door, await body(office, door, check), headers) == ["not_on_duty"]


async def test_a_revoked_device_and_a_closed_server_show_nothing(door: Door, office: Office) -> None:
    check = await consented(door)
    headers = await token(office, door)
    nurse = await office.add_staff("nurse", Role.VISITOR, Role.ADMINISTRATOR)
    assert nurse
    signed_in = await office.sign_in("nurse")
    async with door.context.database.writing() as session:
        await close_after_restore(
            session, id="r" * 32, epoch=door.context.facility.epoch, backup="b" * 32,
            backup_made_at=door.clock.now(), is_journal_whole=True, at=door.clock.now(),
        )  # fmt: skip
        await session.commit()
    sent = await body(office, door, check)
    assert problem(await office.client.post(LOOKS, json=sent, headers=headers)) == "server-closed"
    by_office = await office.client.post(
        f"/checks/{check}/medical/looks", json={"kind": "medication"}, headers=signed_in
    )
    assert problem(by_office) == "server-closed"
    async with door.context.database.writing() as session:
        await revoke_device(
            session, door.device.id, reason="lost", actor="shell", journal=door.context.journal, at=door.clock.now()
        )
        await session.commit()
    assert problem(await office.client.post(LOOKS, json=sent, headers=headers)) == "token-not-valid"
    assert await audited(door) == []


async def test_a_withdrawal_on_another_device_closes_it_here_at_once_and_is_in_this_feed(
    door: Door, office: Office
) -> None:
    check = await consented(door)
    here = await second_device(door)
    headers = await token(office, here)
    assert (await office.client.post(LOOKS, json=await body(office, here, check), headers=headers)).status_code == 200
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="patient"))
    await door.push()
    feed = (await office.client.get("/sync/feed", headers=headers)).json()["items"]
    assert [item["data"]["consent"] for item in feed if item["kind"] == "consent_withdrawn"] == [check]
    assert await refused(office, here, await body(office, here, check), headers) == ["consent_withdrawn"]


async def test_at_the_office_the_same_guard_holds_and_the_answer_is_not_to_be_kept(door: Door, office: Office) -> None:
    check = await consented(door)
    for login, role, code in (("nurse", Role.VISITOR, 200), ("clerk", Role.BACK_OFFICE, 403)):
        await office.add_staff(login, role)
        headers = await office.sign_in(login)
        answer = await office.client.post(
            f"/checks/{check}/medical/looks", json={"kind": "medication"}, headers=headers
        )
        assert answer.status_code == code, answer.text
        listed = await office.client.get(f"/checks/{check}/medical", headers=headers)
        assert listed.headers["cache-control"] == "no-store"
        [medication] = [kind for kind in listed.json()["kinds"] if kind["kind"] == "medication"]
        assert medication["open"] is (code == 200)
    assert [action for action, _, _ in await audited(door)] == ["medical_look", "medical_look_refused"]


async def test_a_visit_without_a_card_goes_by_the_first_consent(door: Door, office: Office) -> None:
    patient = await door.patient("yoshida")
    first = await consented(door, patient=patient, setting="home_visit")
    door.clock.advance(timedelta(hours=1))
    # The next check says nothing of consents; the visit after it has no card at all.
    await consented(door, patient=patient, setting="home_visit", consents=[])
    visit = await door.visit(patient)
    headers = await token(office, door)
    answer = await office.client.post(LOOKS, json=await body(office, door, "", visit=visit), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["check"] == first
    listed = await office.client.post(KINDS, json=await body(office, door, "", "", visit=visit), headers=headers)
    assert listed.json()["check"] == first
    [(_, _, details), *_] = await audited(door)
    assert details["kind"] == "medication"
    house_call = await door.visit(patient, Setting.HOUSE_CALL)
    for unknown in ("f" * 32, house_call):
        answer = await office.client.post(LOOKS, json=await body(office, door, "", visit=unknown), headers=headers)
        assert problem(answer) == "not-found"
    both = {**await body(office, door, first), "visit": visit}
    assert problem(await office.client.post(LOOKS, json=both, headers=headers)) == "request-not-valid"


async def test_a_visit_shows_nothing_once_the_consent_is_withdrawn(door: Door, office: Office) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, setting="home_visit")
    visit = await door.visit(patient)
    headers = await token(office, door)
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="patient"))
    await door.push()
    assert await refused(office, door, await body(office, door, "", visit=visit), headers) == ["consent_withdrawn"]
