"""`kazasu migrate`."""

import asyncio
from pathlib import Path

import click

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.db.migration import upgrade
from kazasu.opening import open_database


@click.command()
@home_option
@reporting
def migrate(home: Path | None) -> None:
    """Bring the database up to this version; all of it or nothing. Back it up first."""
    asyncio.run(_migrate(home))


async def _migrate(home: Path | None) -> None:
    async with open_database(settings_of(home)) as database:
        await upgrade(database)
