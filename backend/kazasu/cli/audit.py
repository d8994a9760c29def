"""`kazasu audit verify`."""

import asyncio
import json
from pathlib import Path

import click

from kazasu.audit import Broken, Verified, verify
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.opening import open_database


@click.group()
def audit() -> None:
    """The audit log. / 監査記録"""


@audit.command("verify")
@home_option
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
@reporting
def verify_log(ctx: click.Context, home: Path | None, as_json: bool) -> None:
    """Verify the chain; status 1 and the first broken number where somebody changed it.

    Keep the number and hash that are printed elsewhere: entries cut off at the end show only by them.
    """
    found = asyncio.run(_verify(home))
    if isinstance(found, Verified):
        answer: dict[str, object] = {"ok": True, "entries": found.entries, "last_hash": found.last_hash.hex()}
        words = (
            "監査記録は正しくつながっています。 / The audit log hangs together: "
            f"{found.entries} {found.last_hash.hex()}"
        )
    else:
        answer = {"ok": False, "number": found.number, "why": found.why}
        words = f"{found.number} 番で壊れています。 / The audit log is broken at number {found.number}: {found.why}"
    click.echo(json.dumps(answer) if as_json else words)
    if isinstance(found, Broken):
        ctx.exit(1)


async def _verify(home: Path | None) -> Verified | Broken:
    # Neither keys nor facility: the log is verified even where those are damaged.
    async with open_database(settings_of(home)) as database, database.reading() as session:
        return await verify(session)
