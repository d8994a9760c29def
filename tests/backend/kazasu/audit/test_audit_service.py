"""The audit log is whole, cannot be changed through the database, and shows where somebody changed it all the same."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kazasu import audit
from kazasu.db import Database

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


async def _fill(database: Database, count: int) -> None:
    async with database.writing() as session:
        for number in range(1, count + 1):
            details: dict[str, Any] = {"to": "accepted", "number": number, "訓練": True}
            await audit.append(session, "system", "check_recorded", "check", f"c{number}", details, AT)
        await session.commit()


async def test_a_log_written_in_order_hangs_together(database: Database) -> None:
    await _fill(database, 3)
    async with database.reading() as session:
        verified = await audit.verify(session)
    assert isinstance(verified, audit.Verified)
    assert verified.entries == 3


async def test_an_empty_log_hangs_together(database: Database) -> None:
    async with database.reading() as session:
        assert await audit.verify(session) == audit.Verified(0, audit.chain.FIRST_PREVIOUS)


async def test_an_entry_of_a_rolled_back_savepoint_leaves_no_hole(database: Database) -> None:
    async with database.writing() as session:
        await audit.append(session, "system", "first", "check", "a", {}, AT)
        savepoint = await session.begin_nested()
        await audit.append(session, "system", "undone", "check", "b", {}, AT)
        await savepoint.rollback()
        await audit.append(session, "system", "second", "check", "c", {}, AT)
        await session.commit()
    async with database.reading() as session:
        assert [entry.action for entry in await audit.page(session, before=None, limit=9)] == ["second", "first"]
        assert isinstance(await audit.verify(session), audit.Verified)


async def test_entries_written_at_once_get_numbers_without_gap_or_twin(database: Database) -> None:
    async def write(name: str) -> None:
        async with database.writing() as session:
            for _ in range(3):
                await audit.append(session, f"staff:{name}", "touched", "check", name, {}, AT)
                await asyncio.sleep(0)
            await session.commit()

    await asyncio.gather(*(write(name) for name in "abcd"))
    async with database.reading() as session:
        verified = await audit.verify(session)
    assert isinstance(verified, audit.Verified)
    assert verified.entries == 12


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'staff:someone-else' WHERE number = 2",
        "DELETE FROM audit_entries WHERE number = 2",
        "DELETE FROM audit_entries",
    ],
)
async def test_the_database_refuses_to_change_or_delete_an_entry(database: Database, statement: str) -> None:
    await _fill(database, 3)
    async with database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(statement))
    async with database.reading() as session:
        assert await audit.verify(session) == audit.Verified(3, (await _last(database)))


async def test_the_database_refuses_to_empty_the_log_by_truncate(database: Database) -> None:
    # SQLite's truncate is a DELETE without WHERE.
    statement = "DELETE FROM audit_entries" if database.is_sqlite else "TRUNCATE audit_entries"
    await _fill(database, 1)
    async with database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(statement))


async def _last(database: Database) -> bytes:
    async with database.reading() as session:
        return (await audit.page(session, before=None, limit=1))[0].hash


async def _without_triggers(database: Database, *statements: str) -> None:
    drop = (
        ["DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"]
        if database.is_sqlite
        else ["ALTER TABLE audit_entries DISABLE TRIGGER ALL"]
    )
    async with database.engine.begin() as connection:
        for statement in [*drop, *statements]:
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "number"),
    [
        ("UPDATE audit_entries SET actor = 'staff:x' WHERE number = 2", 2),
        ("UPDATE audit_entries SET details = '{}' WHERE number = 3", 3),
        ("UPDATE audit_entries SET action = 'check_void' WHERE number = 1", 1),
        ("UPDATE audit_entries SET subject = 'c9' WHERE number = 4", 4),
        ("UPDATE audit_entries SET previous_hash = hash WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 1", 1),
        ("UPDATE audit_entries SET number = 9 WHERE number = 4", 4),
    ],
)
async def test_verify_names_the_first_entry_that_somebody_changed(
    database: Database, tampering: str, number: int
) -> None:
    await _fill(database, 4)
    await _without_triggers(database, tampering)
    async with database.reading() as session:
        broken = await audit.verify(session)
    assert isinstance(broken, audit.Broken)
    assert broken.number == number
    assert (broken.why == "missing") == (tampering.startswith("DELETE") or "SET number" in tampering)


async def test_verify_sees_a_changed_time(database: Database) -> None:
    await _fill(database, 2)
    if database.is_sqlite:
        tampering = "UPDATE audit_entries SET at = '2026-11-22 09:30:00.123457' WHERE number = 2"
    else:
        tampering = "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE number = 2"
    await _without_triggers(database, tampering)
    async with database.reading() as session:
        assert await audit.verify(session) == audit.Broken(2, "was changed")
