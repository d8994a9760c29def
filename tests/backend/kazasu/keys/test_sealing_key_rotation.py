"""A sealing key's end: retired when another is announced, destroyed when no device can need it any more."""

from datetime import timedelta

import pytest
from harness.office import Office

from kazasu.db import Session
from kazasu.journal import JournalKind
from kazasu.keys.models import SealingKeyRow, SealingKeyState
from kazasu.keys.sealing import generate_sealing_key, public_half
from kazasu.keys.service import (
    LastSealingKeyError,
    SealingKeyNeededError,
    SealingKeyStateError,
    add_made,
    announce_backed_up,
    destroy,
    list_sealing_keys,
    mark_backed_up,
    retire,
)
from kazasu.problems import ProblemError
from kazasu.sync.models import DeviceLogRow


async def first_key(session: Session) -> str:
    return (await list_sealing_keys(session))[0].id


async def add_second(office: Office) -> str:
    public, journal = public_half(generate_sealing_key()), office.context.journal
    async with office.context.database.writing() as session:
        await add_made(session, public, "shell", office.clock.now())
        assert await announce_backed_up(session, journal=journal, actor="shell", at=office.clock.now()) == []
        await mark_backed_up(session, public.id, "backup", "shell", office.clock.now())
        assert await announce_backed_up(session, journal=journal, actor="shell", at=office.clock.now()) == [public.id]
        await session.commit()
    return public.id


async def end(office: Office, step: object, key: str) -> None:
    async with office.context.database.writing() as session:
        await step(  # type: ignore[operator]
            session, key, journal=office.context.journal, actor="shell", at=office.clock.now()
        )
        await session.commit()


async def test_the_last_key_is_not_retired(office: Office) -> None:
    async with office.context.database.reading() as session:
        key = await first_key(session)
    with pytest.raises(LastSealingKeyError):
        await end(office, retire, key)
    assert office.context.journal.read().records == []


async def test_a_key_is_told_retired_and_destroyed_in_this_order_and_journalled(office: Office) -> None:
    async with office.context.database.reading() as session:
        old = await first_key(session)
    new = await add_second(office)
    with pytest.raises(SealingKeyStateError):
        await end(office, destroy, old)
    await end(office, retire, old)
    tablet = await office.tablet()
    policy = (await office.client.get("/device/policy", headers=tablet.headers)).json()
    assert {key["id"]: key["state"] for key in policy["sealing_keys"]} == {new: "announced", old: "retired"}
    await end(office, destroy, old)
    policy = (await office.client.get("/device/policy", headers=tablet.headers)).json()
    assert [key["id"] for key in policy["sealing_keys"]] == [new]
    journalled = [(record.kind, record.subject) for record in office.context.journal.read().records]
    assert (JournalKind.SEALING_KEY_RETIRED.value, old) in journalled
    assert (JournalKind.SEALING_KEY_DESTROYED.value, old) in journalled
    with pytest.raises(ProblemError, match="not-found"):
        await end(office, destroy, "0" * 32)


async def test_a_key_is_needed_until_every_log_is_heard_of_here_whole_and_backed_up(office: Office) -> None:
    async with office.context.database.reading() as session:
        old = await first_key(session)
    await add_second(office)
    tablet = await office.tablet()
    log = tablet.new_log()
    log.record("a", "b")
    await tablet.push(log)
    office.clock.advance(timedelta(seconds=1))
    await end(office, retire, old)
    with pytest.raises(SealingKeyNeededError):  # not heard of since
        await end(office, destroy, old)
    office.clock.advance(timedelta(seconds=1))
    log.record("c", "d")
    await tablet.push(log, log.push(1, 3))
    with pytest.raises(SealingKeyNeededError):  # 4 is still out
        await end(office, destroy, old)
    await tablet.push(log)
    with pytest.raises(SealingKeyNeededError):  # no backup holds it
        await end(office, destroy, old)
    async with office.context.database.writing() as session:
        (await session.get_one(DeviceLogRow, log.log)).forgettable = 4
        await session.commit()
    await end(office, destroy, old)
    async with office.context.database.reading() as session:
        assert (await session.get_one(SealingKeyRow, old)).state is SealingKeyState.DESTROYED
