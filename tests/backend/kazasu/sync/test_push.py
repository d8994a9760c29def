"""The push endpoint: stored whole or not at all, acknowledged only when committed, the same again accepted for ever."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from harness.office import Office, Tablet, accept, opened_office, problem
from sqlalchemy import func, select, text

import checksync as cs
from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session
from kazasu.sync import EntryOutcome, Outcome, StoredEntry
from kazasu.sync.models import LogEntryRow, RefusedPushRow


def acknowledged(office: Office, answer: httpx.Response) -> cs.Acknowledgement:
    assert answer.status_code == 200, answer.text
    key = office.context.keys.server.verifying_key
    return cs.verify(cs.decode_push_answer(answer.content).acknowledgement, cs.Acknowledgement, key)


async def stored_numbers(office: Office, log: str) -> list[int]:
    async with office.context.database.reading() as session:
        rows = await session.scalars(
            select(LogEntryRow.number).where(LogEntryRow.log == log).order_by(LogEntryRow.number)
        )
        return list(rows)


@pytest.fixture
async def tablet(office: Office) -> Tablet:
    return await office.tablet()


async def test_a_push_is_stored_and_acknowledged(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a", "b", "c")
    answer = await tablet.push(log)
    ack = acknowledged(office, answer)
    assert (ack.log, ack.number, ack.hash) == (log.log, 3, log.hashes[3].hex())
    assert (ack.epoch, ack.forgettable, ack.time) == (office.context.facility.epoch, 0, office.clock.now())
    outcomes = cs.decode_push_answer(answer.content).outcomes
    assert [(entry.number, entry.outcome, entry.check) for entry in outcomes] == [
        (number, "accepted", f"{number:032x}") for number in (1, 2, 3)
    ]
    assert await stored_numbers(office, log.log) == [1, 2, 3]


async def test_replay_of_the_same_push_is_accepted_again(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a", "b")
    octets = log.push()
    first = await tablet.push(log, octets)
    log.record("c")
    await tablet.push(log)
    for _ in range(2):
        again = await tablet.push(log, octets)
        assert acknowledged(office, again).number == 3  # the latest covers all before it
        assert [entry.outcome for entry in cs.decode_push_answer(again.content).outcomes] == ["already_had"] * 2
    assert acknowledged(office, first).number == 2
    assert await stored_numbers(office, log.log) == [1, 2, 3]


async def test_numbers_missing_before_a_push_are_asked_for(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    await tablet.push(log, log.push(1, 1))
    refused = await tablet.push(log, log.push(3))
    assert (problem(refused), refused.status_code, refused.json()["expected"]) == ("push-gap", 409, 2)
    assert await stored_numbers(office, log.log) == [1]


async def test_a_signed_gap_lets_the_log_go_on(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    await tablet.push(log, log.push(1, 1))
    gap = await office.client.post(f"/sync/logs/{log.log}/gaps", content=log.gap(2, 3), headers=tablet.headers)
    assert acknowledged(office, gap).number == 3
    assert cs.decode_push_answer(gap.content).outcomes == []
    assert acknowledged(office, await tablet.push(log, log.push(4))).number == 4
    assert await stored_numbers(office, log.log) == [1, 4]


async def test_another_history_closes_the_log_and_says_so_under_the_servers_signature(
    office: Office, tablet: Tablet
) -> None:
    log = tablet.new_log()
    log.record("a", "b")
    twin = log.clone()
    log.record("c")
    twin.record("C")
    await tablet.push(log)
    for _ in range(2):
        refused = await tablet.push(twin, twin.push(3))
        assert problem(refused) == "log-closed"
        key = office.context.keys.server.verifying_key
        closed = cs.verify(refused.json()["statement"], cs.Closed, key)
        assert (closed.log, closed.number, closed.hash, closed.why) == (log.log, 3, log.hashes[3].hex(), "fork")
    successor = cs.new_genesis(
        office.context.facility.id,
        tablet.key.thumbprint,
        cs.Predecessor(log=log.log, hash=twin.hashes[-1].hex()),
    )
    following = type(log)(tablet.key, office.context.facility.id, successor)
    following.record("d")
    assert acknowledged(office, await tablet.push(following)).number == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda log: log.push(head="not.a.jws"), "head"),
        (lambda log: log.push(sealed=[b"x" * 80, *log.sealed[1:]]), "chain"),
        (lambda log: b"{", "malformed"),
        (lambda log: log.push(sealed=[b"short", *log.sealed[1:]]), "sealed_size"),
    ],
)
async def test_a_push_that_does_not_verify_is_refused_whole_and_kept_as_evidence(
    office: Office, tablet: Tablet, spoil: Callable[[Any], bytes], reason: str
) -> None:
    log = tablet.new_log()
    log.record("a", "b")
    octets = spoil(log)
    for _ in range(2):
        refused = await tablet.push(log, octets)
        assert (problem(refused), refused.json()["reason"]) == ("push-refused", reason)
    assert await stored_numbers(office, log.log) == []
    async with office.context.database.reading() as session:
        kept = (await session.scalars(select(RefusedPushRow))).all()
    assert [(row.log, row.device, row.octets, row.reason) for row in kept] == [
        (log.log, tablet.key.thumbprint, octets, reason)
    ]


async def test_another_devices_log_is_refused(office: Office, tablet: Tablet) -> None:
    other = await office.tablet()
    log = other.new_log()
    log.record("a")
    refused = await tablet.push(log)
    assert (problem(refused), refused.json()["reason"]) == ("push-refused", "other_device")


async def test_another_facilitys_log_is_refused(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log = type(log)(tablet.key, "fa" * 16)
    log.record("a")
    refused = await tablet.push(log)
    assert (problem(refused), refused.json()["reason"]) == ("push-refused", "other_facility")


async def test_what_is_no_log_is_not_found(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    for name in ("x", "0" * 63, "G" * 64, "0" * 65):
        answer = await office.client.post(f"/sync/logs/{name}/entries", content=log.push(), headers=tablet.headers)
        assert problem(answer) == "not-found"


async def test_a_push_beyond_four_mebibytes_is_to_be_halved(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    refused = await tablet.push(log, b" " * (4 * 1024 * 1024 + 1))
    assert (problem(refused), refused.json()["limit"]) == ("push-too-large", 4 * 1024 * 1024)
    exactly = log.push().ljust(4 * 1024 * 1024)
    assert acknowledged(office, await tablet.push(log, exactly)).number == 1


async def test_a_push_without_a_token_is_refused(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record("a")
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}):
        answer = await office.client.post(f"/sync/logs/{log.log}/entries", content=log.push(), headers=headers)
        assert problem(answer) == "token-not-valid"
    signed_in = await office.sign_in()
    answer = await office.client.post(f"/sync/logs/{log.log}/entries", content=log.push(), headers=signed_in)
    assert problem(answer) == "token-not-valid"


class Readings:
    """Readers that go wrong in every way that a reader can."""

    @staticmethod
    async def raises(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        if stored.number == 2:
            raise ZeroDivisionError("山田太郎")
        return await accept(session, stored, context)

    @staticmethod
    async def breaks_a_constraint(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        if stored.number == 2:
            await session.execute(text("INSERT INTO facilities (id) VALUES ('x')"))
        return await accept(session, stored, context)

    @staticmethod
    async def fails_after_writing(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        await audit.append(session, "system", "check_recorded", "check", f"c{stored.number}", {}, context.clock.now())
        if stored.number == 2:
            raise ValueError
        return await accept(session, stored, context)


@pytest.mark.parametrize("reading", [Readings.raises, Readings.breaks_a_constraint, Readings.fails_after_writing])
async def test_an_entry_whose_reading_fails_is_stored_acknowledged_and_held(
    context: Context, reading: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened_office(context, reading) as office:
        tablet = await office.tablet()
        log = tablet.new_log()
        log.record("a", "b", "c")
        answer = await tablet.push(log)
        assert acknowledged(office, answer).number == 3
        outcomes = cs.decode_push_answer(answer.content).outcomes
        assert [(entry.outcome, entry.reason) for entry in outcomes] == [
            ("accepted", None),
            ("held", "reading_failed"),
            ("accepted", None),
        ]
        assert await stored_numbers(office, log.log) == [1, 2, 3]
        assert "山田太郎" not in caplog.text
        async with context.database.reading() as session:
            subjects = [entry.subject for entry in await audit.page(session, before=None, limit=100)]
        assert "c2" not in subjects


@pytest.fixture
async def failing_commit(office: Office) -> AsyncIterator[None]:
    """The database refuses the next commits: a constraint that is looked at only then."""
    database = office.context.database
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text(
                "CREATE TABLE children (id INTEGER PRIMARY KEY,"
                " parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    return


async def test_a_push_whose_commit_fails_is_not_acknowledged_and_comes_again(
    context: Context, office: Office, failing_commit: None
) -> None:
    """Invariant 1: the acknowledgement is made after the commit returned, and of what is in the database."""
    is_failing = True

    async def reading(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
        if is_failing:
            await session.execute(text("INSERT INTO children (id, parent) VALUES (1, 99)"))
        return EntryOutcome(Outcome.ACCEPTED)

    async with opened_office(context, reading) as office:
        tablet = await office.tablet()
        log = tablet.new_log()
        log.record("a")
        failed = await tablet.push(log)
        assert (failed.status_code, problem(failed)) == (500, "internal-error")
        assert "acknowledgement" not in failed.text
        assert await stored_numbers(office, log.log) == []
        is_failing = False
        assert acknowledged(office, await tablet.push(log)).number == 1


async def test_pushes_of_one_log_at_once_store_each_entry_once(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcdef")
    answers = await asyncio.gather(*(tablet.push(log, log.push(1, last)) for last in (2, 4, 6, 6, 3)))
    assert max(acknowledged(office, answer).number for answer in answers) == 6
    outcomes = [entry.outcome for answer in answers for entry in cs.decode_push_answer(answer.content).outcomes]
    assert outcomes.count("accepted") == 6
    assert await stored_numbers(office, log.log) == [1, 2, 3, 4, 5, 6]


async def test_every_push_that_changes_something_is_audited(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcd")
    twin = log.clone()
    twin.sealed[3:], twin.hashes[4:], twin.heads[3:] = [], [], []
    twin.record("D")
    await tablet.push(log, log.push(1, 2))
    await tablet.push(log, log.push(1, 2))
    await office.client.post(f"/sync/logs/{log.log}/gaps", content=log.gap(3, 3), headers=tablet.headers)
    await tablet.push(log, b"{}")
    await tablet.push(log, log.push(4))
    await tablet.push(twin, twin.push(4))
    async with office.context.database.reading() as session:
        entries = [entry for entry in await audit.page(session, before=None, limit=50) if entry.subject == log.log]
    assert [(entry.action, json.loads(entry.details)) for entry in reversed(entries)] == [
        ("entries_received", {"first": 1, "last": 2}),
        ("gap_declared", {"from": 3, "to": 3, "why": "damaged"}),
        ("push_refused", {"reason": "malformed"}),
        ("entries_received", {"first": 4, "last": 4}),
        ("log_closed", {"at": 4, "why": "fork"}),
    ]


async def test_the_back_office_sees_what_is_still_out(office: Office, tablet: Tablet) -> None:
    log = tablet.new_log()
    log.record(*"abcde")
    await tablet.push(log, log.push(1, 2))
    logs = (await office.client.get("/logs", headers=await office.sign_in())).json()
    assert [(item["log"], item["state"], item["number"], item["still_out"]) for item in logs] == [
        (log.log, "open", 2, 3)
    ]


async def test_pushes_of_different_devices_at_once_all_arrive(office: Office) -> None:
    tablets = [await office.tablet() for _ in range(4)]
    logs = [tablet.new_log() for tablet in tablets]
    for log in logs:
        log.record(*"abc")
    answers = await asyncio.gather(*(tablet.push(log) for tablet, log in zip(tablets, logs, strict=True)))
    assert [acknowledged(office, answer).number for answer in answers] == [3, 3, 3, 3]
    async with office.context.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(LogEntryRow)) == 12
        assert isinstance(await audit.verify(session), audit.Verified)


async def test_octets_of_a_refused_push_are_kept_for_the_first_of_a_device_only(
    office: Office, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kazasu.sync.storage.service.KEPT_REFUSED_PER_DEVICE", 2)
    log = tablet.new_log()
    for number in range(4):
        await tablet.push(log, base64.b64encode(bytes([number])))
    async with office.context.database.reading() as session:
        kept = (await session.scalars(select(RefusedPushRow).order_by(RefusedPushRow.id))).all()
    assert [row.octets is None for row in kept] == [False, False, True, True]
