"""Connections keep what is committed, readers cannot write, a busy or broken moment is over afterwards."""

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from harness.office import NOON
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from kazasu.db import Database, DatabaseNotDurableError, DatabaseUrlError, NaiveTimeError, is_busy
from kazasu.db.engine import normal_url
from kazasu.devices.models import UsedNonceRow


async def test_sqlite_is_set_to_keep_every_commit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    try:
        for opened in (database.writing, database.reading):
            async with opened() as session:
                found = [
                    (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys")
                ]
            assert found == ["wal", 2, 1]
    finally:
        await database.close()


async def test_a_database_that_will_not_have_it_so_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kazasu.db.engine._WAL", {"journal_mode": "wal", "synchronous": "3"})
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(DatabaseNotDurableError) as refused:
        await database.prove_durable()
    assert (refused.value.setting, refused.value.wanted, refused.value.found) == ("synchronous", "3", "2")
    await database.close()


@pytest.mark.postgres
@pytest.mark.parametrize("setting", ["synchronous_commit"])
async def test_a_postgresql_that_answers_before_it_has_written_is_refused(
    postgres_server: object, setting: str
) -> None:
    with postgres_server.database() as url:  # type: ignore[attr-defined]
        weak = Database(f"{url}&options=-c%20{setting}%3Doff")
        strong = Database(url)
        try:
            with pytest.raises(DatabaseNotDurableError) as refused:
                await weak.prove_durable()
            assert refused.value.setting == setting
            await strong.prove_durable()
        finally:
            await weak.close()
            await strong.close()


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "not a url", "sqlite+aiosqlite://"]
)
def test_a_url_that_names_no_lasting_database_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        normal_url(url)
    assert str(refused.value) == ""


def test_people_need_not_know_the_drivers() -> None:
    assert normal_url("sqlite:///x.db").drivername == "sqlite+aiosqlite"
    assert normal_url("postgresql://h/d").drivername == "postgresql+psycopg"


async def test_a_reading_session_cannot_write(database: Database) -> None:
    async with database.reading() as session:
        with pytest.raises(DBAPIError):
            await session.execute(text("DELETE FROM used_nonces"))
    async with database.writing() as session:  # and the next writer is none the worse
        await session.execute(text("DELETE FROM used_nonces"))
        await session.commit()


async def test_a_session_that_is_not_committed_leaves_nothing(database: Database) -> None:
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"n", expires_at=NOON))
        await session.flush()
    async with database.reading() as session:
        assert (await session.scalars(select(UsedNonceRow))).all() == []


async def test_a_savepoint_that_is_rolled_back_leaves_the_rest(database: Database) -> None:
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"a", expires_at=NOON))
        await session.flush()
        savepoint = await session.begin_nested()
        session.add(UsedNonceRow(nonce_hash=b"b", expires_at=NOON))
        await session.flush()
        with pytest.raises(IntegrityError):
            await session.execute(text("INSERT INTO used_nonces (nonce_hash) VALUES (NULL)"))
        await savepoint.rollback()
        session.add(UsedNonceRow(nonce_hash=b"c", expires_at=NOON))
        await session.commit()
    async with database.reading() as session:
        assert sorted(row.nonce_hash for row in await session.scalars(select(UsedNonceRow))) == [b"a", b"c"]


async def test_the_writer_works_on_after_a_commit_that_was_refused(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text("CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
        )
    for _ in range(2):
        async with database.writing() as session:
            await session.execute(text("INSERT INTO children VALUES (1)"))
            with pytest.raises(IntegrityError):
                await session.commit()
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"a", expires_at=NOON))
        await session.commit()
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM children")) == 0
        assert await session.scalar(text("SELECT count(*) FROM used_nonces")) == 1


async def test_the_writer_works_on_after_a_request_was_cancelled(database: Database) -> None:
    is_inside = asyncio.Event()

    async def cancelled() -> None:
        async with database.writing() as session:
            session.add(UsedNonceRow(nonce_hash=b"x", expires_at=NOON))
            await session.flush()
            is_inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(cancelled())
    await is_inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"y", expires_at=NOON))
        await session.commit()
    async with database.reading() as session:
        assert [row.nonce_hash for row in await session.scalars(select(UsedNonceRow))] == [b"y"]


async def test_a_lock_held_by_another_process_is_a_busy_moment_and_no_more(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    database = Database(f"sqlite:///{file}", busy_timeout_s=0.1)
    other = sqlite3.connect(file, isolation_level=None)
    try:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE t (x)"))
            await session.commit()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as busy:
            async with database.writing() as session:
                await session.execute(text("INSERT INTO t VALUES (1)"))
        assert is_busy(busy.value)
        other.execute("ROLLBACK")
        async with database.writing() as session:
            await session.execute(text("INSERT INTO t VALUES (1)"))
            await session.commit()
    finally:
        other.close()
        await database.close()


def test_an_error_that_waiting_does_not_cure_is_not_busy() -> None:
    assert not is_busy(IntegrityError("x", {}, Exception()))
    assert not is_busy(ValueError())


async def test_times_are_kept_to_the_microsecond_and_come_back_in_utc(database: Database) -> None:
    japan = timezone(timedelta(hours=9))
    at = datetime(2026, 11, 22, 0, 30, 0, 123456, tzinfo=japan)
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"a", expires_at=at))
        await session.commit()
    async with database.reading() as session:
        [row] = (await session.scalars(select(UsedNonceRow))).all()
    assert (row.expires_at, row.expires_at.tzinfo) == (at, UTC)


async def test_a_naive_time_is_refused(database: Database) -> None:
    async with database.writing() as session:
        session.add(UsedNonceRow(nonce_hash=b"a", expires_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        with pytest.raises(Exception) as refused:  # noqa: PT011
            await session.flush()
    assert isinstance(refused.value.__cause__ or refused.value, NaiveTimeError)


async def test_an_error_of_the_database_does_not_repeat_what_was_in_the_statement(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with database.writing() as session:
        with pytest.raises(DBAPIError) as refused:
            await session.execute(text("INSERT INTO used_nonces VALUES (:a, :b, :c)"), {"a": "山田", "b": 1, "c": 2})
    assert "山田" not in str(refused.value) + caplog.text
