"""Destroyed: gone from the database's files, decisions, branches and refused pushes, backups; what proves it stays."""

import base64
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from harness.declared import ANSWERS, NAME, post, record, refused, unknown_check
from harness.door import DecisionRow, Door, HoldRow, LogEntryRow, later, make_door
from harness.office import Office, opened_office
from harness.second_life import Handset, another_database, restored, serving
from sqlalchemy import select

import checksync as cs
from kazasu import audit
from kazasu.audit import AuditEntry
from kazasu.backup.making import make_backup
from kazasu.backup.verification import verify_backup
from kazasu.checks.models import RecordedEntryRow
from kazasu.checks.reading import read_entry
from kazasu.context import Context
from kazasu.db import Database
from kazasu.declarations.destroying import destroy_due, standings
from kazasu.declarations.service import find_declaration, open_declaration
from kazasu.exports.batch.service import make_batch, withdraw_batch
from kazasu.exports.unknown_input import UnknownInput
from kazasu.keys.declaration import entry_subject
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.keys.sealing import public_half
from kazasu.keys.service import SealingKeyNeededError
from kazasu.keys.service import destroy as destroy_key
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import open_kept
from kazasu.rules.declaration_end import EndWhy
from kazasu.rules.substitute import Scheme
from kazasu.staff import Role
from kazasu.sync.models import BranchEntryRow, RefusedPushRow


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def office(door: Door) -> AsyncIterator[Office]:
    async with opened_office(door.context, read_entry) as opened:
        await opened.add_staff("counter", Role.COUNTER)
        await opened.add_staff("back", Role.BACK_OFFICE)
        yield opened


async def the_row(door: Door) -> RecordedEntryRow:
    [row] = await door.rows(RecordedEntryRow, RecordedEntryRow.kind == "declaration")
    assert isinstance(row, RecordedEntryRow)
    return row


async def say_done(door: Door, office: Office) -> None:
    answer = await post(office, "back", f"/declarations/{(await the_row(door)).id}/done", {})
    assert answer.status_code == 200, answer.text


async def sealed_of(door: Door, number: int) -> bytes:
    [entry] = await door.rows(LogEntryRow, LogEntryRow.number == number)
    return bytes(entry.sealed)


def files_of(context: Context) -> bytes:
    """Everything that SQLite keeps of the database on the disk."""
    path = Path(context.database.url.database or "")
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


async def claimed(door: Door) -> Any:
    async with door.context.database.writing() as session:
        batch = await make_batch(
            session,
            door.context,
            since=date(2026, 12, 1),
            until=date(2026, 12, 31),
            staff=door.staff,
            at=door.clock.now(),
        )
        await session.commit()
    return batch


async def test_the_claim_that_went_out_decides_the_day_and_a_withdrawn_batch_takes_it_back(door: Door) -> None:
    record(door, await unknown_check(door))
    await door.push()

    async def end() -> tuple[date | None, EndWhy]:
        async with door.context.database.reading() as session:
            [one] = await standings(session, door.context)
        return one.end.day, one.end.why

    assert await end() == (None, EndWhy.WAITING)
    batch = await claimed(door)
    assert await end() == (date(2027, 4, 1), EndWhy.CLAIMED)
    async with door.context.database.writing() as session:
        await withdraw_batch(session, batch.id, because="x", staff=door.staff, at=door.clock.now())
        await session.commit()
    assert await end() == (None, EndWhy.WAITING)


async def test_what_is_due_is_destroyed_by_the_worker_on_its_day_and_not_before(door: Door) -> None:
    record(door, await unknown_check(door))
    await door.push()
    await claimed(door)
    later(door, days=120)
    assert await destroy_due(door.context) == 0  # 31 March
    later(door, days=1)
    assert await destroy_due(door.context) == 1
    assert await destroy_due(door.context) == 0
    row = await the_row(door)
    assert row.destroyed_at == door.clock.now()
    [audited] = await door.rows(AuditEntry, AuditEntry.action == "declaration_destroyed")
    assert audited.actor == "system"
    assert NAME not in audited.details


async def test_a_check_taken_back_takes_its_declaration_along(door: Door) -> None:
    check = await unknown_check(door)
    record(door, check)
    door.record("void", cs.VoidBody(check=check, duty_pass=door.duty_pass, reason="wrong_person"))
    await door.push()
    assert await destroy_due(door.context) == 1


async def test_nothing_is_left_in_the_files_and_what_proves_it_stays(door: Door, office: Office) -> None:
    check = await unknown_check(door)
    record(door, check)
    await door.push()
    number = door.log.last
    sealed = await sealed_of(door, number)
    body = {"check": check, "fields": {**ANSWERS, "signature": "on_paper"}}
    assert (await post(office, "counter", "/declarations", body)).status_code == 201
    [desk] = await door.rows(RecordedEntryRow, RecordedEntryRow.entry.is_(None))
    typed = bytes(desk.fields)
    context = door.context
    if context.database.is_sqlite:
        assert sealed in files_of(context) or sealed[:200] in files_of(context)
    for row in await door.rows(RecordedEntryRow, RecordedEntryRow.kind == "declaration"):
        assert (await post(office, "back", f"/declarations/{row.id}/done", {})).status_code == 200
    assert await destroy_due(context) == 2
    [entry] = await door.rows(LogEntryRow, LogEntryRow.number == number)
    assert (entry.sealed, entry.outcome.value, entry.digest) == (b"", "accepted", cs.sealed_digest(sealed))
    if context.database.is_sqlite:
        left = files_of(context)
        # Any part of it: a page holds some four thousand octets.
        for part in (sealed[60:124], sealed[-64:], typed[40:104], typed[-64:]):
            assert part not in left
    assert not context.declaration_keys.has(desk.id)
    async with context.database.reading() as session:
        assert isinstance(await audit.verify(session), audit.Verified)
        for row_id in (desk.id, (await door.rows(RecordedEntryRow, RecordedEntryRow.entry == entry.id))[0].id):
            row = await find_declaration(session, row_id)
            assert row is not None
            assert await open_declaration(session, context, row) is None
    for row in await door.rows(RecordedEntryRow, RecordedEntryRow.kind == "declaration"):
        for path in (f"/declarations/{row.id}", f"/declarations/{row.id}/form.pdf"):
            refused(await office.client.get(path, headers=await office.sign_in("back")), 404, "not-found")
    refused(await post(office, "back", f"/checks/{check}/claim/declared", {}), 404, "not-found")
    # The chain goes on, and what is pushed again changes nothing.
    door.record("trouble", cs.TroubleBody(
        check=check, duty_pass=door.duty_pass, category="reader", response="vendor", full_charge=False, note=""
    ))  # fmt: skip
    outcomes = await door.push(number)
    assert [one.outcome for one in outcomes] == ["already_had", "accepted"]
    assert (await door.rows(LogEntryRow, LogEntryRow.number == number))[0].sealed == b""


async def typed_check(door: Door) -> str:
    """A check settled as unknown, with what the declaration says typed beside the decision."""
    check = door.record_check("sato", subject=cs.NotOnList())
    await door.push()
    [hold] = await door.rows(HoldRow, HoldRow.check == check)
    unknown = UnknownInput(name_kana="カクウ", scheme=Scheme.NATIONAL, has_declaration=True, telephone="0312345678")
    async with door.context.database.writing() as session:
        await make_decision(
            session, door.context, hold.id, Decision.UNKNOWN, reason="r", staff=door.staff, unknown=unknown
        )
        await session.commit()
    return check


async def test_copies_kept_as_evidence_and_what_was_typed_with_a_decision_go_too(door: Door, office: Office) -> None:
    check = await typed_check(door)
    record(door, check)
    await door.push()
    number = door.log.last
    sealed = await sealed_of(door, number)
    async with door.context.database.writing() as session:
        at = door.clock.now()
        common: dict[str, Any] = {"log": door.log.log, "received_at": at}
        session.add(
            BranchEntryRow(number=number, digest=cs.sealed_digest(sealed), hash=b"h" * 32, sealed=sealed, **common)
        )
        octets = b'{"sealed":["' + base64.b64encode(sealed) + b'"]}'
        session.add(RefusedPushRow(device="d", octets_hash=b"o" * 32, octets=octets, reason="head", **common))
        session.add(RefusedPushRow(device="d", octets_hash=b"p" * 32, octets=b"{}", reason="head", **common))
        await session.commit()
    await say_done(door, office)
    assert await destroy_due(door.context) == 1
    assert [row.sealed for row in await door.rows(BranchEntryRow)] == [b""]
    assert {row.octets_hash: row.octets for row in await door.rows(RefusedPushRow)} == {
        b"o" * 32: None,
        b"p" * 32: b"{}",
    }
    [decision] = await door.rows(DecisionRow)
    kept = open_kept(door.context.keys.storage, decision.id, decision.kept)
    assert (kept.unknown, kept.claim) == (None, [])


async def test_the_device_hears_of_it(door: Door, office: Office) -> None:
    record(door, await unknown_check(door))
    await door.push()
    await say_done(door, office)
    await destroy_due(door.context)
    assert await door.feed("destroyed") == [{"log": door.log.log, "number": door.log.last}]


async def test_a_sealing_key_is_not_destroyed_under_a_declaration_that_is_needed(door: Door, office: Office) -> None:
    record(door, await unknown_check(door))
    await door.push()
    key = public_half(door.sealing).id
    at = later(door, hours=1)
    async with door.context.database.writing() as session:
        session.add(
            SealingKeyRow(
                id=key, public_key=door.public.octets, state=SealingKeyState.RETIRED, made_at=at, backed_up_at=at,
                announced_at=at, retired_at=at, destroyed_at=None,
            )
        )  # fmt: skip
        await session.commit()
    later(door, hours=1)
    await door.push(door.log.last)
    await make_backup(door.context, door.context.settings.home / "whole.backup")

    async def destroy() -> None:
        async with door.context.database.writing() as session:
            await destroy_key(session, key, journal=door.context.journal, actor="shell", at=door.clock.now())

    with pytest.raises(SealingKeyNeededError):
        await destroy()
    await say_done(door, office)
    await destroy_due(door.context)
    await destroy()


async def test_a_backup_holds_it_under_its_own_key_and_gives_it_back_while_it_is_needed(
    door: Door, office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    check = await unknown_check(door)
    record(door, check)
    await door.push()
    number = door.log.last
    sealed = await sealed_of(door, number)
    backup = tmp_path / "a.backup"
    await make_backup(door.context, backup)
    assert door.context.declaration_keys.has(entry_subject(door.log.log, number))
    with another_database(request, door.context.database, tmp_path) as url:
        async with restored(door.context, backup, url) as (second, made):
            assert made.declarations_gone == 0
            async with second.database.reading() as session:
                [standing] = await standings(session, second)
                declared = await open_declaration(session, second, standing.row)
                stored = await session.get(LogEntryRow, standing.row.entry)
            assert declared is not None
            assert declared.answers["name"] == NAME
            assert stored is not None
            assert stored.sealed == sealed


async def test_an_older_backup_does_not_bring_it_back(
    door: Door, office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    check = await unknown_check(door)
    handset = Handset(door, tmp_path, "tablet")
    body = cs.DeclarationBody(check=check, duty_pass=door.duty_pass, form="2024-12", fields=ANSWERS)
    confirmed = handset.record(body)
    assert (await handset.meet(office)).is_complete
    posted = {"check": check, "fields": {**ANSWERS, "signature": "on_paper"}}
    assert (await post(office, "counter", "/declarations", posted)).status_code == 201
    backup = tmp_path / "old.backup"
    await make_backup(door.context, backup)
    for row in await door.rows(RecordedEntryRow, RecordedEntryRow.kind == "declaration"):
        assert (await post(office, "back", f"/declarations/{row.id}/done", {})).status_code == 200
    assert await destroy_due(door.context) == 2
    # The file of before is whole, opens to nobody, and is still held to its chain.
    verify_backup(backup, door.context.keys.storage, door.context.declaration_keys)
    for journal in (None, "lost"):
        folder = tmp_path / f"second-{journal}"
        folder.mkdir()
        with another_database(request, door.context.database, folder) as url:
            read = door.context.journal.read()
            if journal == "lost":
                # Even without what the journal says of it.
                read.records[:] = [one for one in read.records if "destroyed" not in one.kind]
            async with restored(door.context, backup, url, journal=read) as (second, made):
                assert made.declarations_gone == 1
                async with second.database.reading() as session:
                    for row in await door.rows(RecordedEntryRow, RecordedEntryRow.kind == "declaration"):
                        found = await find_declaration(session, row.id)
                        assert found is not None
                        assert await open_declaration(session, second, found) is None
                async with serving(second) as again:
                    assert (await handset.meet(again)).is_complete
                async with second.database.reading() as session:
                    entries = (await session.scalars(_entries(confirmed.log))).all()
                assert [entry.sealed for entry in entries] == [b""]


async def test_an_entry_destroyed_on_the_device_too_is_a_gap_that_nobody_is_held_for(
    door: Door, office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    check = await unknown_check(door)
    before = tmp_path / "before.backup"
    await make_backup(door.context, before)
    handset = Handset(door, tmp_path, "tablet")
    body = cs.DeclarationBody(check=check, duty_pass=door.duty_pass, form="2024-12", fields=ANSWERS)
    confirmed = handset.record(body)
    assert not handset.outbox.destroy(confirmed.log, confirmed.number)  # not acknowledged: never deleted
    assert (await handset.meet(office)).is_complete
    await say_done(door, office)
    await destroy_due(door.context)
    assert handset.outbox.destroy(confirmed.log, confirmed.number)
    assert not handset.outbox.destroy(confirmed.log, confirmed.number)
    handset.record(cs.TroubleBody(
        check=check, duty_pass=door.duty_pass, category="reader", response="vendor", full_charge=False, note=""
    ))  # fmt: skip
    with another_database(request, door.context.database, tmp_path) as url:
        async with restored(door.context, before, url, allows_older=True) as (second, _), serving(second) as again:
            report = await handset.meet(again)
            assert [failure.name for failure in report.failures] == []
            assert report.is_complete
            async with second.database.reading() as session:
                entries = (await session.scalars(_entries(confirmed.log))).all()
                holds = [hold.reason.value for hold in await session.scalars(_holds())]
            assert [entry.number for entry in entries] == [2]
            assert "log_gap" not in holds


def _entries(log: str) -> Any:
    return select(LogEntryRow).where(LogEntryRow.log == log).order_by(LogEntryRow.number)


def _holds() -> Any:
    return select(HoldRow)


async def test_what_was_typed_with_a_decision_stands_in_a_backup_under_its_own_key_too(
    door: Door, office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    check = await typed_check(door)
    record(door, check)
    await door.push()
    backup = tmp_path / "a.backup"
    await make_backup(door.context, backup)

    folders = [tmp_path / name for name in ("before", "after", "later")]
    for folder in folders:
        folder.mkdir()

    async def kept_after_restore(folder: Path) -> bytes | None:
        with another_database(request, door.context.database, folder) as url:
            async with restored(door.context, backup, url) as (second, _), second.database.reading() as session:
                decision = (await session.scalars(select(DecisionRow))).one()
                return decision.kept

    before = await kept_after_restore(folders[0])
    [decision] = await door.rows(DecisionRow)
    assert before == decision.kept
    await say_done(door, office)
    await destroy_due(door.context)
    assert await kept_after_restore(folders[1]) is None
    # What is left of the decision's evidence is in the next backup as ever.
    later_backup = tmp_path / "b.backup"
    await make_backup(door.context, later_backup)
    await destroy_due(door.context)
    backup = later_backup
    [decision] = await door.rows(DecisionRow)
    assert await kept_after_restore(folders[2]) == decision.kept
