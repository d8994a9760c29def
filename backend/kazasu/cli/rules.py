"""`kazasu rules`: what of the facility's own rules counts, and what is left out."""

import json
from datetime import datetime
from pathlib import Path

import click
import msgspec

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.clock import SystemClock, day_in_japan
from kazasu.rulebook import FOLDER, read_folder
from kazasu.rulebook.schemas import RuleView, rulebook_view


@click.command("rules")
@home_option
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day asked for; today unless given. / いつの時点か",
)
@click.option("--all", "show_all", is_flag=True, help="The sources' rules too. / 資料の規則も")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
@reporting
def rules(ctx: click.Context, home: Path | None, day: datetime | None, show_all: bool, as_json: bool) -> None:
    """Show the facility's own rules (rules.d); status 1 where a row of its files is left out.

    Neither database nor keys are needed, so that a file can be tried before the server reads it.
    """
    reading = read_folder(settings_of(home).home)
    # click gives a datetime; a rule holds for a day.
    asked = day.date() if day is not None else day_in_japan(SystemClock().now())
    view = rulebook_view(reading, asked)
    shown = [row for table in view.tables for row in table.rows if show_all or row.by_facility is not None]
    if as_json:
        answer = {
            "day": asked.isoformat(),
            "rules": [msgspec.to_builtins(row) for row in shown],
            "faults": [msgspec.to_builtins(fault) for fault in view.faults],
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for row in shown:
            click.echo(_line(row))
        if not shown:
            click.echo(f"施設の規則はありません。 / The facility has no rules of its own ({FOLDER}).")
        for fault in view.faults:
            click.echo(f"{fault.say.ja}\n{fault.say.en}", err=True)
    if view.faults:
        ctx.exit(1)


def _line(row: RuleView) -> str:
    end = row.until.isoformat() if row.until is not None else ""
    mark = "＊" if row.by_facility is not None else "　"
    holds = "" if row.in_force else "（この日は適用なし / not in force）"
    lines = (f"{mark}{row.row}  {row.since}〜{end}{holds}", row.say.ja, row.say.en, f"出典 / source: {row.cites}")
    return "\n    ".join(lines)
