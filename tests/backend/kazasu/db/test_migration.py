"""Models and migrations do not differ; up and down work with data, on both databases."""

from collections.abc import AsyncIterator

import pytest
from harness.office import NOON
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from kazasu import audit
from kazasu.db import Database
from kazasu.db.migration import SchemaTooNewError, differences, downgrade, is_current, upgrade
from kazasu.tables import metadata


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    try:
        yield opened
    finally:
        await opened.close()


async def _tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda plain: inspect(plain).get_table_names()))


async def test_migrations_make_what_the_models_say(empty: Database) -> None:
    assert not await is_current(empty)
    await upgrade(empty)
    assert await is_current(empty)
    assert await differences(empty, metadata) == []
    assert await _tables(empty) == {*metadata.tables, "alembic_version"}


async def test_a_difference_would_be_seen(empty: Database) -> None:
    await upgrade(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(text("DROP TABLE branch_evidence"))
        await connection.execute(text("ALTER TABLE staff ADD COLUMN nickname VARCHAR(10)"))
    found = {difference[0] for difference in await differences(empty, metadata) if isinstance(difference, tuple)}
    assert {"add_table", "remove_column"} <= found


async def test_down_and_up_again_leaves_nothing_and_makes_all(empty: Database) -> None:
    await upgrade(empty)
    async with empty.writing() as session:
        await audit.append(session, "system", "x", "check", "c", {}, NOON)
        await session.commit()
    await downgrade(empty, "base")
    assert await _tables(empty) <= {"alembic_version"}
    await upgrade(empty)
    assert await differences(empty, metadata) == []


async def test_upgrading_again_changes_nothing(empty: Database) -> None:
    await upgrade(empty)
    await upgrade(empty)
    assert await is_current(empty)


async def test_the_migrated_audit_log_refuses_change_as_the_models_does(empty: Database) -> None:
    await upgrade(empty)
    async with empty.writing() as session:
        await audit.append(session, "system", "x", "check", "c", {}, NOON)
        await session.commit()
    for statement in ("UPDATE audit_entries SET actor = 'y'", "DELETE FROM audit_entries"):
        async with empty.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(text(statement))


async def test_a_database_of_a_later_version_is_left_alone(empty: Database) -> None:
    await upgrade(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNewError):
        await is_current(empty)
    with pytest.raises(SchemaTooNewError):
        await upgrade(empty)


async def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        # The last table of the first revision is in the way.
        await connection.execute(text(f"CREATE TABLE {list(metadata.sorted_tables)[-1].name} (id INTEGER)"))
    with pytest.raises(DBAPIError):
        await upgrade(empty)
    assert len(await _tables(empty) - {"alembic_version"}) == 1
