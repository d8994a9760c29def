"""Bringing a database to the schema of this version, all in one transaction, and finding out whether it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kazasu.db.base import UtcDateTime
from kazasu.db.engine import Database

_FOLDER = Path(__file__).parent / "migrations"


class SchemaTooNewError(Exception):
    """The database was used by a later version; an older server must not write to it."""


def _render(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    # A revision keeps plain types: it must say the same when the server's own types have changed.
    if kind == "type":
        if isinstance(item, UtcDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(item, sa.Enum):
            return f"sa.String(length={item.length})"
        if isinstance(item, sa.JSON):
            return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _is_other_type(
    context: MigrationContext, inspected: object, column: object, found: sa.types.TypeEngine[Any], wanted: object
) -> bool | None:
    # Choices are text in the database.
    return False if isinstance(wanted, sa.Enum) and isinstance(found, sa.String) else None


CONFIGURATION: dict[str, Any] = {
    "render_as_batch": True,  # SQLite cannot alter a table otherwise
    "render_item": _render,
    "compare_type": _is_other_type,
}


async def upgrade(database: Database, revision: str = "head") -> None:
    """Up to the schema of this version; all or nothing. `SchemaTooNewError` where it is of a later one."""
    await _run(database, lambda config: command.upgrade(config, revision))


async def downgrade(database: Database, revision: str) -> None:
    """Back to an earlier revision, `base` for none; for tests and for a person who knows why."""
    await _run(database, lambda config: command.downgrade(config, revision))


async def is_current(database: Database) -> bool:
    """Whether the database has the schema of this version. `SchemaTooNewError` where it is of a later one."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
    _refuse_unknown(found)
    return found == ScriptDirectory(str(_FOLDER)).get_current_head()


async def current_revision(database: Database) -> str:
    """The revision that the database has; this version's where its tables were made from the models."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
    return found or str(ScriptDirectory(str(_FOLDER)).get_current_head())


def upgrade_connection(connection: sa.Connection, revision: str = "head") -> None:
    """The same as `upgrade` within a transaction that the caller began and commits."""
    if revision != "head":
        _refuse_unknown(revision)
    _refuse_unknown(MigrationContext.configure(connection).get_current_revision())
    config = _configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def differences(database: Database, metadata: sa.MetaData) -> list[Any]:
    """What the models have and the database has not, or the other way."""

    def compare(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts=CONFIGURATION), metadata))

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


async def write_revision(database: Database, metadata: sa.MetaData, message: str, number: str) -> None:
    """Drafts a revision from the difference between models and database; for developers, to be read and completed."""

    def draft(config: Config) -> None:
        config.attributes["metadata"] = metadata
        command.revision(config, message, autogenerate=True, rev_id=number)

    await _run(database, draft)


async def _run(database: Database, action: Callable[[Config], object]) -> None:
    config = _configuration()

    def run(connection: sa.Connection) -> None:
        _refuse_unknown(MigrationContext.configure(connection).get_current_revision())
        config.attributes["connection"] = connection
        action(config)

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


def _configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _refuse_unknown(revision: str | None) -> None:
    if revision is None:
        return
    known = {script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions()}
    if revision not in known:
        raise SchemaTooNewError(revision)
