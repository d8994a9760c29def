"""`kazasu import`: entries that a device exported to a file."""

import asyncio
import json
from pathlib import Path

import click

from kazasu import audit
from kazasu.checks.reading import read_entry
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.opening import open_facility
from kazasu.restoration.service import reopen_if_refilled
from kazasu.settings import Settings
from kazasu.sync.importing import Imported, import_entries


@click.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
@reporting
def import_file(ctx: click.Context, home: Path | None, file: Path, as_json: bool) -> None:
    """Take in the entries of FILE, made by 'kazasu device export'; also beside the running server.

    Again is harmless, and so is a later sync of the same entries. Status 1 where a line was not taken.
    """
    imported = asyncio.run(_import(settings_of(home), file.read_bytes()))
    problems = [
        {
            "line": found.line,
            "log": found.log,
            "problem": found.problem,
            "reason": found.reason,
            "expected": found.expected,
        }
        for found in imported.problems
    ]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "lines": imported.lines,
                    "accepted": imported.accepted,
                    "already_had": imported.already_had,
                    "held": imported.held,
                    "gaps": imported.gaps,
                    "problems": problems,
                    "is_complete": imported.is_complete,
                }
            )
        )
    else:
        click.echo(
            f"受け取り {imported.accepted} 件、保留 {imported.held} 件、受け取り済み {imported.already_had} 件。\n"
            f"Taken: {imported.accepted}; held: {imported.held}; had already: {imported.already_had}."
        )
        for found in imported.problems:
            click.echo(f"  {found.line}: {found.problem} {found.reason or ''}".rstrip())
        if not imported.is_complete:
            click.echo(
                "ファイルが途中で切れています。端末からもう一度書き出してください。\n"
                "The file was cut short: export it from the device again."
            )
    ctx.exit(0 if imported.is_complete and not imported.problems else 1)


async def _import(settings: Settings, octets: bytes) -> Imported:
    async with open_facility(settings) as context:
        imported = await import_entries(context, octets, read_entry=read_entry, actor=audit.SHELL)
        async with context.database.writing() as session:
            if await reopen_if_refilled(session, at=context.clock.now()):
                await session.commit()
        return imported
