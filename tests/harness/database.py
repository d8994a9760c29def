"""Databases for tests: `database_url` and `database`, on SQLite and on PostgreSQL alike."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from harness.postgres import PostgresServer

from kazasu.db import Database
from kazasu.tables import metadata

BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kazasu.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with every table of the server, made from the models."""
    opened = Database(database_url)
    async with opened.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        yield opened
    finally:
        await opened.close()
