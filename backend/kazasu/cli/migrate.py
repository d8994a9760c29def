"""`kazasu migrate`."""

import asyncio
from pathlib import Path

import click

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.db import Database
from kazasu.db.migration import upgrade


@click.command()
@home_option
@reporting
def migrate(home: Path | None) -> None:
    """Bring the database up to this version; all of it or nothing. Back it up first."""
    asyncio.run(_migrate(home))


async def _migrate(home: Path | None) -> None:
    settings = settings_of(home)
    database = Database(settings.database_url, busy_timeout_s=settings.busy_timeout_s)
    try:
        await upgrade(database)
    finally:
        await database.close()
