"""A withdrawn consent closes at once: at the office, on every device by the feed, for every earlier consent of the
person, and for good after a restore."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from harness.door import NOW, ConsentRow, Door, make_door, second_device
from harness.medical import choices, consented, reasons
from harness.office import PASSWORD, Office, opened_office, problem
from sqlalchemy import select, update

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.db import Database
from kazasu.journal import JournalKind
from kazasu.restoration.replaying import replay
from kazasu.rules import ConsentKind
from kazasu.staff import Role

K = ConsentKind


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


async def withdraw(door: Door, path: str, **body: object) -> dict[str, object]:
    """By the office's route, as a clerk."""
    async with opened_office(door.context) as office:
        headers = await signed_in(office, "clerk", Role.BACK_OFFICE)
        answer = await office.client.post(path, json={"because": "patient_said"} | body, headers=headers)
        assert answer.status_code == 200, answer.text
        taken: dict[str, object] = answer.json()
        return taken


async def signed_in(office: Office, login: str, *roles: Role) -> dict[str, str]:
    await office.add_staff(login, *roles)
    return await office.sign_in(login, PASSWORD)


async def test_a_withdrawal_at_the_door_closes_every_kind_and_is_told_to_every_device(door: Door) -> None:
    check = await consented(door)
    other = await second_device(door)
    assert await reasons(door, check) == []
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="patient"))
    await door.push()
    for kind in K:
        assert await reasons(door, check, kind) == ["consent_withdrawn"]
    [item] = await door.feed("consent_withdrawn")
    assert item == {"consent": check, "kinds": sorted(map(str, K))}
    async with door.context.database.reading() as session:
        from kazasu.sync.feed import read_feed

        told = await read_feed(session, other.device.id, after=0)
    assert "consent_withdrawn" in [row.kind for row in told.items]


async def test_a_patient_takes_back_one_kind_by_telephone(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient)
    taken = await withdraw(door, f"/patients/{patient}/consents/withdrawals", kinds=["medication"])
    assert taken == {"kinds": ["medication"], "consents": 1}
    assert await reasons(door, check) == ["consent_withdrawn"]
    assert await reasons(door, check, K.TREATMENT) == []
    assert await door.feed("consent_withdrawn") == [{"consent": check, "kinds": ["medication"]}]
    [line] = [r for r in door.context.journal.read().records if r.kind == JournalKind.CONSENT_WITHDRAWN]
    assert (line.subject, line.at) == (f"{check}:medication", door.clock.now())
    async with door.context.database.reading() as session:
        audited = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "consent_withdrawn"))).one()
    assert audited.actor.startswith("staff:")
    assert json.loads(audited.details) == {"kind": "medication", "check": check, "because": "patient_said"}
    assert await withdraw_again(door, patient) == {"kinds": [], "consents": 0}


async def withdraw_again(door: Door, patient: str) -> dict[str, object]:
    async with opened_office(door.context) as office:
        headers = await office.sign_in("clerk", PASSWORD)
        answer = await office.client.post(
            f"/patients/{patient}/consents/withdrawals",
            json={"because": "patient_said", "kinds": ["medication"]},
            headers=headers,
        )
        again: dict[str, object] = answer.json()
        return again


async def test_everything_is_taken_back_where_no_kind_is_named(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient)
    assert (await withdraw(door, f"/patients/{patient}/consents/withdrawals"))["consents"] == len(K)
    for kind in K:
        assert await reasons(door, check, kind) == ["consent_withdrawn"]


async def test_a_check_of_nobody_on_the_roster_can_be_taken_back_too(door: Door) -> None:
    check = door.record_check("yoshida", consents=choices())
    await door.push()
    assert (await withdraw(door, f"/checks/{check}/consents/withdrawals"))["consents"] == len(K)
    assert "consent_withdrawn" in await reasons(door, check)


async def test_a_withdrawal_closes_what_the_same_person_consented_to_at_other_checks(door: Door) -> None:
    patient = await door.patient("yoshida")
    first = await consented(door, patient=patient, setting="home_visit")
    door.clock.advance(timedelta(hours=1))
    second = await consented(door, patient=patient, setting="home_visit")
    assert await reasons(door, first) == []
    door.record(
        "consent_withdrawn", cs.ConsentWithdrawnBody(consent=second, duty_pass=door.duty_pass, reason="patient")
    )
    await door.push()
    assert await reasons(door, second) == ["consent_withdrawn"]
    assert await reasons(door, first) == ["consent_withdrawn"]
    door.clock.advance(timedelta(hours=1))
    third = await consented(door, patient=patient, setting="home_visit")
    assert await reasons(door, third) == []
    assert await reasons(door, first) == ["consent_withdrawn"]


async def test_the_same_card_is_the_same_person_where_nobody_is_on_the_roster(door: Door) -> None:
    patient = await door.patient("yoshida")
    listed = await consented(door, patient=patient)
    door.clock.advance(timedelta(hours=1))
    unlisted = door.record_check("yoshida", consents=choices([], declined=[K.MEDICATION]), setting="house_call")
    await door.push()
    assert (await door.check(unlisted)).patient in (None, patient)
    assert await reasons(door, listed) == ["consent_declined"]
    assert await reasons(door, listed, K.TREATMENT) == []


async def test_a_consent_given_after_a_withdrawal_that_was_pushed_late_stands(door: Door) -> None:
    patient = await door.patient("yoshida")
    first = await consented(door, patient=patient, setting="home_visit")
    door.clock.advance(timedelta(minutes=10))
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=first, duty_pass=door.duty_pass, reason="patient"))
    door.clock.advance(timedelta(hours=1))
    # The withdrawal waits on the device, and is pushed together with the new consent.
    second = await consented(door, patient=patient, setting="home_visit")
    assert await reasons(door, first) == ["consent_withdrawn"]
    assert await reasons(door, second) == []


@pytest.mark.parametrize("subject", ["all", "one"])
async def test_a_restore_undoes_no_withdrawal_of_one_kind_or_all(door: Door, subject: str) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient)
    kinds = {"kinds": ["treatment"]} if subject == "one" else {}
    await withdraw(door, f"/patients/{patient}/consents/withdrawals", **kinds)
    # As the backup of before has it.
    async with door.context.database.writing() as session:
        await session.execute(update(ConsentRow).values(withdrawn_at=None))
        await session.commit()
    assert await reasons(door, check, K.TREATMENT) == []
    async with door.context.database.writing() as session:
        await replay(
            session, door.context.journal.read().records, facility=door.context.facility.id,
            server=door.context.keys.server, at=door.clock.now(),
        )  # fmt: skip
        await session.commit()
    assert await reasons(door, check, K.TREATMENT) == ["consent_withdrawn"]
    assert await reasons(door, check) == ([] if subject == "one" else ["consent_withdrawn"])


async def test_a_withdrawn_kind_that_comes_again_after_a_restore_comes_withdrawn(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient)
    await withdraw(door, f"/patients/{patient}/consents/withdrawals", kinds=["treatment"])
    async with door.context.database.writing() as session:
        await replay(
            session, door.context.journal.read().records, facility=door.context.facility.id,
            server=door.context.keys.server, at=door.clock.now(),
        )  # fmt: skip
        for row in (await session.scalars(select(ConsentRow))).all():
            await session.delete(row)
        await session.flush()
        from kazasu.checks.service import add_consents

        await add_consents(
            session, choices([K.TREATMENT, K.MEDICATION]), consent=check, check=check, visit=None, patient=patient,
            at=NOW,
        )  # fmt: skip
        await session.commit()
    assert await reasons(door, check, K.TREATMENT) == ["consent_withdrawn"]
    assert await reasons(door, check) == []


async def test_the_list_of_a_patients_consents_says_what_each_opens(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, consents=choices([K.MEDICATION, K.LIMIT_AMOUNT], [K.TREATMENT]))
    async with opened_office(door.context) as office:
        headers = await signed_in(office, "nurse", Role.VISITOR)
        answer = await office.client.get(f"/patients/{patient}/consents", headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        items = {item["kind"]: item for item in answer.json()["items"]}
        assert problem(await office.client.get(f"/patients/{'0' * 32}/consents", headers=headers)) == "not-found"
    assert set(items) == {"medication", "limit_amount", "treatment"}
    assert items["medication"]["open"]
    assert items["medication"]["closes_at"] == "2026-12-02T01:00:00Z"
    assert (items["medication"]["check"], items["medication"]["setting"]) == (check, "house_call")
    assert items["limit_amount"]["closes_at"] is None
    assert not items["treatment"]["given"]
    assert items["treatment"]["reasons"][0]["reason"] == "consent_declined"
    for reason in items["treatment"]["reasons"]:
        assert reason["say"]["ja"]
        assert reason["say"]["en"]
        assert reason["cites"]
