"""`kazasu destroy`: what one entry says, as the law may ask."""

import asyncio
from pathlib import Path

import click

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.declarations.destroying import finish_destruction
from kazasu.opening import open_facility
from kazasu.settings import Settings
from kazasu.sync.destruction import destroy_entry


@click.command()
@home_option
@click.argument("log")
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why, in one word or two; no patient's data. / 理由")
@click.option("--yes", is_flag=True, help="Do not ask. / 確認しない")
@reporting
def destroy(home: Path | None, log: str, number: int, reason: str, yes: bool) -> None:
    """Destroy the content of entry NUMBER of LOG, and what the server made of it, for good.

    Its place in the chain stays. Backups made before keep it until they are replaced; a restore destroys it again.
    """
    if not yes:
        click.confirm("元に戻せません。消去しますか / This cannot be undone. Destroy it", abort=True, err=True)
    asyncio.run(_destroy(settings_of(home), log, number, reason))
    click.echo("消去しました。 / Destroyed.")


async def _destroy(settings: Settings, log: str, number: int, reason: str) -> None:
    async with open_facility(settings) as context, context.database.writing() as session:
        await destroy_entry(session, context, log, number, reason=reason, actor=audit.SHELL, at=context.clock.now())
        await session.commit()
        await session.close()
        await finish_destruction(context)
        await context.database.give_up_deleted(("log_entries", "recorded_entries"))
