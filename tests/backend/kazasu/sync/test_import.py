"""Entries carried by hand: taken as if their device had sent them, again without harm, whatever else is in the file."""

import base64
import json
from pathlib import Path

import pytest
from harness.device_log import DeviceLog
from harness.door import Door, later, make_door
from harness.office import Office, Tablet, opened_office, problem
from sqlalchemy import select

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.devices.service import revoke_device
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.models import HoldRow
from kazasu.staff import Role
from kazasu.sync.importing import LARGEST_IMPORT, import_entries
from kazasu.sync.models import LogEntryRow


def exported(log: DeviceLog, *lines: bytes, facility: str | None = None, end: int | None = None) -> bytes:
    """The file that docs/protocol/sync-v1.md section 6 describes."""
    header = {
        "format": "kazasu-export-v1",
        "facility": facility or log.facility,
        "device": log.key.thumbprint,
        "made_at": "2026-11-22T00:00:00.000Z",
    }
    middle = lines or (line(log, log.push()),)
    ends = {"end": len(middle) if end is None else end}
    return b"\n".join([json.dumps(header).encode(), *middle, json.dumps(ends).encode()]) + b"\n"


def line(log: DeviceLog, push: bytes | None = None, gap: bytes | None = None) -> bytes:
    body = b'"push":' + push if push is not None else b'"gap":' + (gap or b"")
    return b'{"log":"' + log.log.encode() + b'",' + body + b"}"


@pytest.fixture
async def tablet(office: Office) -> Tablet:
    return await office.tablet()


async def send(office: Office, octets: bytes, headers: dict[str, str] | None = None) -> dict[str, object]:
    answer = await office.client.post(
        "/sync/import",
        content=octets,
        headers={**(headers or await office.sign_in()), "Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 200, answer.text
    result: dict[str, object] = answer.json()
    return result


async def numbers(office: Office, log: DeviceLog) -> list[int]:
    async with office.context.database.reading() as session:
        rows = select(LogEntryRow.number).where(LogEntryRow.log == log.log).order_by(LogEntryRow.number)
        return list(await session.scalars(rows))


async def test_an_exported_file_is_taken_and_the_later_sync_of_the_same_is_harmless(
    office: Office, tablet: Tablet
) -> None:
    log = tablet.new_log()
    log.record(*"abcde")
    octets = exported(log, line(log, log.push(1, 3)), line(log, log.push(4, 5)))
    assert await send(office, octets) == {
        "lines": 2, "accepted": 5, "already_had": 0, "held": 0, "gaps": 0, "problems": [], "is_complete": True,
    }  # fmt: skip
    again = await send(office, octets)
    assert (again["accepted"], again["already_had"]) == (0, 5)
    answer = cs.decode_push_answer((await tablet.push(log)).content)
    ack = cs.verify(answer.acknowledgement, cs.Acknowledgement, office.context.keys.server.verifying_key)
    assert (ack.number, {outcome.outcome for outcome in answer.outcomes}) == (5, {"already_had"})
    assert await numbers(office, log) == [1, 2, 3, 4, 5]


async def test_a_line_that_is_refused_stops_no_other(office: Office, tablet: Tablet) -> None:
    good, bad = tablet.new_log(), tablet.new_log()
    good.record("a", "b")
    bad.record("x")
    stranger = DeviceLog(facility=office.context.facility.id)
    stranger.record("s")
    result = await send(
        office,
        exported(
            good,
            line(bad, bad.push(sealed=[b"y" * 80])),
            line(stranger, stranger.push()),
            b"no json",
            line(good, good.push(2)),
            line(good, good.push()),
        ),
    )
    assert (result["accepted"], result["is_complete"]) == (2, True)
    assert [(found["line"], found["problem"], found["reason"], found["expected"]) for found in result["problems"]] == [  # type: ignore[attr-defined]
        (2, "push-refused", "chain", None),
        (3, "import-refused", "device", None),
        (4, "import-refused", "line", None),
        (5, "push-gap", None, 1),
    ]
    assert await numbers(office, good) == [1, 2]


async def test_a_signed_gap_is_taken_from_a_file_too(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    octets = exported(log, line(log, log.push(1, 1)), line(log, gap=log.gap(2, 3)), line(log, log.push(4)))
    result = await send(office, octets)
    assert (result["accepted"], result["gaps"], result["problems"]) == (2, 1, [])
    assert await numbers(office, log) == [1, 4]


async def test_a_file_that_was_cut_counts_as_far_as_it_goes_and_says_so(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    whole = exported(log, line(log, log.push(1, 2)), line(log, log.push(3, 4)))
    first = whole.split(b"\n")
    cut = await send(office, b"\n".join(first[:2]) + b"\n" + first[2][:100])
    assert (cut["accepted"], cut["is_complete"], len(cut["problems"])) == (2, False, 1)  # type: ignore[arg-type]
    without_one = await send(office, b"\n".join([first[0], first[2], first[3]]))
    assert (without_one["accepted"], without_one["is_complete"]) == (2, False)
    assert await numbers(office, log) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda octets: b"", "format"),
        (lambda octets: b"\x00\x01", "format"),
        (lambda octets: octets.replace(b"kazasu-export-v1", b"kazasu-export-v9"), "format"),
    ],
)
async def test_what_is_no_export_is_refused_whole(office: Office, tablet: Tablet, spoil: object, reason: str) -> None:
    log = tablet.new_log()
    log.record("a")
    answer = await office.client.post(
        "/sync/import",
        content=spoil(exported(log)),
        headers=await office.sign_in(),  # type: ignore[operator]
    )
    assert (problem(answer), answer.json()["reason"]) == ("import-refused", reason)


async def test_another_facilitys_export_is_refused(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    answer = await office.client.post(
        "/sync/import", content=exported(log, facility="fb" * 16), headers=await office.sign_in()
    )
    assert answer.json()["reason"] == "facility"
    assert await numbers(office, log) == []


async def test_only_an_administrator_imports_and_no_more_than_a_file(office: Office, tablet: Tablet) -> None:
    await office.add_staff("clerk", Role.BACK_OFFICE)
    refused = await office.client.post("/sync/import", content=b"x", headers=await office.sign_in("clerk"))
    assert problem(refused) == "role-not-allowed"
    assert problem(await office.client.post("/sync/import", content=b"x", headers=tablet.headers)) == "token-not-valid"
    large = await office.client.post(
        "/sync/import", content=b"x" * (LARGEST_IMPORT + 1), headers=await office.sign_in()
    )
    assert large.status_code == 413


async def test_a_file_of_a_fork_keeps_the_other_branch(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    twin = log.clone()
    log.record("b")
    twin.record("c")
    await tablet.push(log)
    result = await send(office, exported(twin, line(twin, twin.push(2))))
    assert [found["problem"] for found in result["problems"]] == ["log-closed"]  # type: ignore[attr-defined]
    branch = (await office.client.get(f"/logs/{log.log}/branches", headers=await office.sign_in())).json()
    assert [(entry["number"], entry["is_in_the_log"]) for entry in branch] == [(2, False)]


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path / "home")


async def test_a_revoked_devices_entries_are_kept_and_held_and_proposed_where_a_card_signed_before(door: Door) -> None:
    signed = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    visual = door.record_check("suzuki", identity_method="visual", pin_typed_by=None)
    trouble = door.record(
        "trouble",
        cs.TroubleBody(
            visit="b1", duty_pass=door.duty_pass, category="reader", response="r", full_charge=False, note=""
        ),
    )
    later(door, minutes=10)
    async with door.context.database.writing() as session:
        await revoke_device(
            session, door.device.id, reason="lost", actor="shell", journal=door.context.journal, at=door.clock.now()
        )
        await session.commit()
    later(door, minutes=10)
    after = door.record_check("sato", device_time=door.clock.now())
    octets = exported(door.log, line(door.log, door.log.push()))
    imported = await import_entries(door.context, octets, read_entry=read_entry, actor="shell")
    assert (imported.accepted, imported.held, imported.problems) == (0, 4, [])
    holds = {
        (row.check or row.entry): row.proposal for row in await door.rows(HoldRow, HoldRow.reason == "device_revoked")
    }
    [entry] = [row.id for row in await door.rows(LogEntryRow) if row.number == trouble]
    assert holds == {signed: Decision.ACCEPT, visual: None, after: None, entry: None}
    assert await door.work() == 0  # nothing of it is asked before somebody decided


async def test_nothing_of_a_file_is_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    secret = "見本　花子"
    sealed = base64.b64encode(secret.encode())
    octets = exported(door.log, b'{"log":"' + sealed + b'","push":{"genesis":"' + sealed + b'"}}')
    imported = await import_entries(door.context, octets, read_entry=read_entry, actor="shell")
    assert len(imported.problems) == 1
    assert secret not in caplog.text
    assert sealed.decode() not in caplog.text


async def test_the_command_and_the_route_come_to_the_same(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")

    async def accept(*_: object) -> object:
        raise AssertionError("already there: nothing is read again")

    assert (await send(office, exported(log)))["accepted"] == 1
    again = await import_entries(office.context, exported(log), read_entry=accept, actor="shell")  # type: ignore[arg-type]
    assert again.already_had == 1
    async with opened_office(office.context) as second:
        actions = (await second.client.get("/audit", headers=await second.sign_in())).json()["entries"]
    assert [entry["actor"].partition(":")[0] for entry in actions if entry["action"] == "entries_imported"] == [
        "shell",
        "staff",
    ]
