"""Databases for tests: `database_url` (empty) and `database` (every table), on SQLite and on PostgreSQL alike.

The tables are made once in a session and copied for each test: by file on SQLite, as a template on PostgreSQL.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from harness.postgres import PostgresServer
from sqlalchemy import create_engine, make_url

from kazasu.db import Database
from kazasu.tables import metadata

BOTH = [
    pytest.param("sqlite", id="sqlite", marks=pytest.mark.database),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


def _make_tables(url: str) -> None:
    engine = create_engine(url)
    metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table and no rows."""
    file = tmp_path_factory.mktemp("template") / "kazasu.db"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with every table and no rows."""
    with postgres_server.database() as url:
        _make_tables(url.replace("postgresql://", "postgresql+psycopg://"))
        yield str(make_url(url).database)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kazasu.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture(params=BOTH)
def table_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with every table of the server, made from the models."""
    if request.param == "sqlite":
        file = tmp_path / "kazasu.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(template=request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
async def database(table_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    opened = Database(table_url)
    try:
        yield opened
    finally:
        await opened.close()
