"""A day-old backup is restored after one of everything that no restore may undo: none is undone, nothing is lost,
nothing counts twice, and nobody does anything on the devices."""

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness.door import Door, later, make_door, second_device
from harness.office import PASSWORD, Office, problem
from harness.second_life import Handset, another_database, restored, serving
from sqlalchemy import select

import checksync as cs
from kazasu import audit
from kazasu.audit.models import AuditEntry
from kazasu.backup.making import make_backup
from kazasu.checks.models import CheckRow, ConsentRow, RecordedEntryRow
from kazasu.context import Context
from kazasu.db import Database, Session
from kazasu.devices import Device, DeviceState
from kazasu.devices.models import DeviceRow, EnrolmentCodeRow
from kazasu.devices.service import make_enrolment_code, revoke_device
from kazasu.exports.numbering import take_export_number
from kazasu.inquiries.worker import work_once
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.keys.sealing import public_half
from kazasu.keys.service import add_made, announce, mark_backed_up, retire
from kazasu.restoration.service import is_closed
from kazasu.staff import Role
from kazasu.staff.models import StaffRow
from kazasu.staff.service import add_staff, deactivate_staff
from kazasu.sync.destruction import destroy_entry
from kazasu.sync.models import DeviceLogRow, LogEntryRow


def trouble(door: Door, note: str) -> cs.TroubleBody:
    return cs.TroubleBody(
        visit="b1", duty_pass=door.duty_pass, category="reader", response="r", full_charge=False, note=note
    )


def consent(door: Door, visit: str) -> cs.ConsentBody:
    choice = cs.ConsentChoice(kind="medication", given=True, text="medication-v1")
    return cs.ConsentBody(
        consent=cs.new_identifier(), check=None, visit=visit, patient=None, duty_pass=door.duty_pass, kinds=[choice]
    )


@dataclass
class Day:
    """What stands on the evening before, and what was done on the day after."""

    door: Door
    one: Handset
    lost: Handset
    backup: Path
    consents: list[cs.ConsentBody]
    nurse: str
    secret: str
    old_key: str
    log: str
    new_device: str = ""
    third: Handset | None = None


async def in_one(context: Context, action) -> object:  # type: ignore[no-untyped-def]
    async with context.database.writing() as session:
        result = await action(session)
        await session.commit()
    return result


async def sealing_key(session: Session, context: Context) -> str:
    public = public_half(X25519PrivateKey.generate())
    at = context.clock.now()
    await add_made(session, public, "shell", at)
    await mark_backed_up(session, public.id, "recovery_file", "shell", at)
    await announce(session, public.id, "shell", at)
    return public.id


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    door = await make_door(database, tmp_path / "home")
    context = door.context
    second = await second_device(door)
    one, lost = Handset(door, tmp_path, "one"), Handset(second, tmp_path, "lost")
    visit = await door.visit(await door.patient("sato"))

    async def prepare(session: Session) -> tuple[str, str, str]:
        now = context.clock.now()
        nurse = await add_staff(
            session, login="nurse", name="看護 一郎", password=PASSWORD, roles=[Role.VISITOR], actor="shell", at=now
        )
        await add_staff(
            session, login="admin", name="管理", password=PASSWORD, roles=[Role.ADMINISTRATOR], actor="shell", at=now
        )
        secret, _ = await make_enrolment_code(session, actor="shell", at=now)
        assert await take_export_number(session, context, "claims", at=now) == 1
        await sealing_key(session, context)
        return nurse.id, secret, await sealing_key(session, context)

    nurse, secret, old_key = await in_one(context, prepare)  # type: ignore[misc]
    consents = [consent(door, visit), consent(door, visit)]
    async with serving(context) as office:
        one.record(consents[0])
        one.record(trouble(door, "before"))
        lost.record(trouble(second, "before"))
        assert (await one.meet(office)).is_complete
        assert (await lost.meet(office)).is_complete
    backup = tmp_path / "evening.backup"
    await make_backup(context, backup)
    log = one.outbox.state().log
    assert log is not None
    made = Day(door, one, lost, backup, consents, nurse, secret, old_key, log)
    yield made
    for handset in (one, lost, made.third):
        if handset is not None:
            handset.outbox.close()


async def the_day_after(day: Day, folder: Path) -> None:
    """One of everything, between the backup and the disaster."""
    door, context = day.door, day.door.context
    later(door, minutes=5)
    async with serving(context) as office:
        # A consent of before and one of today are withdrawn; entries of before and of today are destroyed.
        day.one.record(cs.ConsentWithdrawnBody(consent=day.consents[0].consent, duty_pass=door.duty_pass, reason="x"))
        day.one.record(day.consents[1])
        day.one.record(cs.ConsentWithdrawnBody(consent=day.consents[1].consent, duty_pass=door.duty_pass, reason="x"))
        day.one.record(trouble(door, "today, destroyed"))
        for number in range(20):
            day.one.record(trouble(door, f"today {number}"))
        assert (await day.one.meet(office)).is_complete
        await enrol_third(day, office, folder)

        async def undo_nothing(session: Session) -> None:
            now = context.clock.now()
            journal = context.journal
            await destroy_entry(session, context, day.log, 2, reason="law", actor="shell", at=now)
            await destroy_entry(session, context, day.log, 6, reason="law", actor="shell", at=now)
            await revoke_device(session, day.lost.door.device.id, reason="lost", actor="shell", journal=journal, at=now)
            await deactivate_staff(session, day.nurse, actor="shell", journal=journal, at=now)
            await retire(session, day.old_key, journal=journal, actor="shell", at=now)
            assert [await take_export_number(session, context, "claims", at=now) for _ in range(2)] == [2, 3]

        await in_one(context, undo_nothing)
    later(door, minutes=5)


async def enrol_third(day: Day, office: Office, folder: Path) -> None:
    """A device that the backup has never heard of, by the code that it holds as unused."""
    key = cs.SigningKey.generate()
    enrolled = await office.enrol(day.secret, key)
    assert enrolled.status_code == 200
    device = enrolled.json()["device"]
    administrator = await office.sign_in("admin")
    confirmed = await office.client.post(
        f"/devices/{device}/confirm", json={"thumbprint": key.thumbprint}, headers=administrator
    )
    assert confirmed.status_code == 200
    asked = await office.ask_token(device, key)
    headers = {"Authorization": f"Bearer {asked.json()['token']}"}
    on_duty = await office.client.post(
        "/device/sign-in", json={"login": "admin", "password": PASSWORD}, headers=headers
    )
    assert on_duty.status_code == 200, on_duty.text
    server_key = office.context.keys.server.verifying_key
    duty_pass = cs.verify(on_duty.json()["duty_pass"], cs.DutyPass, server_key).id
    known = Device(device, "third", DeviceState.CONFIRMED, key.verifying_key)
    door = dataclasses.replace(day.door, device=known, key=key, duty_pass=duty_pass)
    day.new_device, day.third = device, Handset(door, folder, "third")
    for number in range(3):
        day.third.record(trouble(door, f"third {number}"))
    assert (await day.third.meet(office)).is_complete


async def rows(context: Context, model):  # type: ignore[no-untyped-def]
    async with context.database.reading() as session:
        return (await session.scalars(select(model))).all()


async def nothing_is_undone(day: Day, context: Context) -> None:
    devices = {row.id: row.state for row in await rows(context, DeviceRow)}
    assert devices[day.lost.door.device.id] is DeviceState.REVOKED
    assert devices[day.new_device] is DeviceState.CONFIRMED
    staff = {row.id: row.deactivated_at for row in await rows(context, StaffRow)}
    assert staff[day.nurse] is not None
    keys = {row.id: row.state for row in await rows(context, SealingKeyRow)}
    assert keys[day.old_key] is SealingKeyState.RETIRED
    assert [row.used_at is not None for row in await rows(context, EnrolmentCodeRow)] == [True]
    withdrawn = {row.consent: row.withdrawn_at for row in await rows(context, ConsentRow)}
    assert withdrawn
    assert None not in withdrawn.values()
    entries = {(row.log, row.number): row for row in await rows(context, LogEntryRow)}
    assert (entries[day.log, 2].sealed, entries[day.log, 2].destroyed_at is None) == (b"", False)
    if (day.log, 6) in entries:
        assert (entries[day.log, 6].sealed, entries[day.log, 6].reason) == (b"", "destroyed")


async def test_nothing_is_undone_lost_or_doubled_and_the_devices_refill_the_server_by_themselves(
    day: Day, tmp_path: Path, database: Database, request: pytest.FixtureRequest
) -> None:
    await the_day_after(day, tmp_path)
    assert day.third is not None
    before = {(row.log, row.number): row.hash for row in await rows(day.door.context, LogEntryRow)}
    assert len(before) == 2 + 24 + 1 + 3
    with another_database(request, database, tmp_path) as url:
        async with restored(day.door.context, day.backup, url) as (context, made):
            assert context.facility.epoch == made.epoch != day.door.context.facility.epoch
            assert set(made.replayed) == {
                "device_revoked", "device_confirmed", "staff_deactivated", "sealing_key_retired", "entry_destroyed",
                "consent_withdrawn", "code_used", "export_number", "duty_begun",
            }  # fmt: skip
            await nothing_is_undone(day, context)
            assert len(await rows(context, LogEntryRow)) == 3
            async with serving(context) as office:
                await it_is_closed(day, office)
                # Each device's next round, as it would have come anyway.
                assert (await day.one.meet(office)).is_complete
                async with context.database.reading() as session:
                    assert await is_closed(session)
                standing = (await office.client.get("/restoration", headers=await office.sign_in("admin"))).json()
                assert [(log["device"], log["is_refilled"]) for log in standing["logs"]] == [
                    (device, device == day.door.device.id) for device in sorted([day.door.device.id, day.new_device])
                ]
                assert (await day.third.meet(office)).is_complete
                await it_is_open(day, office)
            after = {(row.log, row.number): row.hash for row in await rows(context, LogEntryRow)}
            assert after == before
            await nothing_is_undone(day, context)
            read = Counter((row.log, row.entry_number) for row in await rows(context, RecordedEntryRow))
            assert set(read.values()) == {1}
            assert len(read) == len(before) - 1  # the destroyed one of today is never read again
            held = {row.reason for row in await rows(context, LogEntryRow) if row.outcome == "held"}
            assert held == set()
            async with context.database.writing() as session:
                assert await take_export_number(session, context, "claims", at=later(day.door)) == 4
            async with context.database.reading() as session:
                assert isinstance(await audit.verify(session), audit.Verified)


async def it_is_closed(day: Day, office: Office) -> None:
    context = office.context
    headers = await office.sign_in("admin")
    for path in ("/checks", "/holds", "/patients", "/visits", "/inquiries", "/recorded"):
        answer = await office.client.get(path, headers=headers)
        assert problem(answer) == "server-closed", path
        assert answer.headers["retry-after"]
    assert (await office.client.get("/audit", headers=headers)).status_code == 200
    refused = await office.client.post("/office/sign-in", json={"login": "nurse", "password": PASSWORD})
    assert problem(refused) == "sign-in-refused"  # deactivated after the backup
    token = (await office.ask_token(day.door.device.id, day.door.key)).json()["token"]
    feed = await office.client.get("/sync/feed", headers={"Authorization": f"Bearer {token}"})
    assert problem(feed) == "server-closed"
    lost = await office.ask_token(day.lost.door.device.id, day.lost.door.key)
    assert problem(lost) == "device-revoked"
    assert await work_once(context) == 0
    early = await office.client.post("/restoration/reopen", json={"declares_missing": False}, headers=headers)
    assert problem(early) == "logs-not-refilled"
    assert len(early.json()["missing"]) == 2


async def it_is_open(day: Day, office: Office) -> None:
    assert (await office.client.get("/checks", headers=await office.sign_in("admin"))).status_code == 200
    token = (await office.ask_token(day.door.device.id, day.door.key)).json()["token"]
    feed = await office.client.get("/sync/feed", headers={"Authorization": f"Bearer {token}"})
    assert feed.status_code == 200
    assert feed.json()["epoch"] == office.context.facility.epoch
    actions = [row.action for row in await rows(office.context, AuditEntry)]
    assert actions.count("facility_restored") == actions.count("server_reopened") == 1


async def test_an_administrator_opens_the_server_by_declaring_what_is_missing(
    day: Day, tmp_path: Path, database: Database, request: pytest.FixtureRequest
) -> None:
    await the_day_after(day, tmp_path)
    assert day.third is not None
    with another_database(request, database, tmp_path) as url:
        async with restored(day.door.context, day.backup, url) as (context, _):
            async with serving(context) as office:
                assert (await day.one.meet(office)).is_complete
                headers = await office.sign_in("admin")
                opened = await office.client.post(
                    "/restoration/reopen", json={"declares_missing": True}, headers=headers
                )
                assert opened.status_code == 200, opened.text
                third = day.third.outbox.state().log
                assert [log["log"] for log in opened.json()["missing"]] == [third]
                assert (await office.client.get("/restoration", headers=headers)).json() is None
                assert (await office.client.get("/checks", headers=headers)).status_code == 200
                # What was declared missing and comes all the same is taken as ever.
                assert (await day.third.meet(office)).is_complete
            numbers = [row.number for row in await rows(context, LogEntryRow) if row.log == third]
            assert numbers == [1, 2, 3]


async def test_without_the_journal_the_server_does_not_open_by_itself(
    day: Day, tmp_path: Path, database: Database, request: pytest.FixtureRequest
) -> None:
    damaged = day.door.context.journal.read()
    lame = dataclasses.replace(damaged, damaged=1)
    with another_database(request, database, tmp_path) as url:
        async with (
            restored(day.door.context, day.backup, url, journal=lame) as (context, _),
            serving(context) as office,
        ):
            assert (await day.one.meet(office)).is_complete
            assert (await day.lost.meet(office)).is_complete
            async with context.database.reading() as session:
                assert await is_closed(session)
                [log] = [row for row in await session.scalars(select(DeviceLogRow)) if row.log == day.log]
                assert log.heard_at is not None
            assert len(await rows(context, CheckRow)) == 0
