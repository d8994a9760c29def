"""`kazasu report`: a report as a file, in the format that the file's ending says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from kazasu.charting import Chart, draw
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.context import Context
from kazasu.keys.file import write_private
from kazasu.opening import open_facility
from kazasu.reports.figures import month_text
from kazasu.reports.history.reading import read_comparison, read_levels, read_support, read_survey
from kazasu.reports.history.table import comparison_table, level_table, support_table, survey_table
from kazasu.reports.paper.history_page import comparison_page, level_page, support_page, survey_page
from kazasu.reports.paper.page import holds_page, trouble_page, usage_page
from kazasu.reports.paper.picture import comparison_chart, level_chart, support_chart, trouble_chart, usage_chart
from kazasu.reports.period import prove_period
from kazasu.reports.reading import read_holds, read_trouble, read_usage
from kazasu.reports.table import holds_table, trouble_table, usage_table


@dataclass(frozen=True)
class _Report:
    """How one report is read and written; `chart` None: it has no picture."""

    read: Callable[[Context, date, date], Any]
    table: Callable[[Any], bytes]
    page: Callable[..., bytes]
    chart: Callable[[Any], Chart] | None


def _month(day: date) -> str:
    return month_text((day.year, day.month))


async def _survey(context: Context, since: date, until: date) -> object:
    prove_period(since, until)
    return await read_survey(context, since, until, None)


_REPORTS: dict[str, _Report] = {
    "usage": _Report(
        lambda context, since, _: read_usage(context, _month(since), None, 0), usage_table, usage_page, usage_chart
    ),
    "trouble": _Report(read_trouble, trouble_table, trouble_page, trouble_chart),
    "holds": _Report(lambda context, *_: read_holds(context), holds_table, holds_page, None),
    "level": _Report(
        lambda context, since, until: read_levels(context, _month(since), _month(until)),
        level_table, level_page, level_chart,
    ),
    "support": _Report(lambda context, *_: read_support(context), support_table, support_page, support_chart),
    "survey": _Report(_survey, survey_table, survey_page, None),
    "comparison": _Report(
        lambda context, since, _: read_comparison(context, _month(since), None),
        comparison_table, comparison_page, comparison_chart,
    ),
}  # fmt: skip
_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m"])


@click.command("report")
@home_option
@click.argument("name", type=click.Choice(list(_REPORTS)))
@click.option("--since", type=_DAY, help="First day or month. / 初日または月")
@click.option("--until", type=_DAY, help="Last day or month; the first where not given. / 最終日または月")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="A new file: .json .csv .pdf .svg .png. / 出力先（新しいファイル）",
)  # fmt: skip
@reporting
def report(home: Path | None, name: str, since: datetime | None, until: datetime | None, output: Path) -> None:
    """Write the report NAME; no patient is in any of them."""
    wanted, ending = _REPORTS[name], output.suffix.removeprefix(".").lower()
    if since is None and name not in ("holds", "support"):
        raise click.UsageError("期間の初め（--since）を指定してください。 / Give --since.")
    if ending not in ("json", "csv", "pdf", "svg", "png") or (ending in ("svg", "png") and wanted.chart is None):
        raise click.UsageError("この形式では書き出せません。 / This report has no such format.")
    if output.exists():
        raise click.UsageError("同じ名前のファイルがあります。 / The file is there already.")
    first = (since or datetime(2000, 1, 1)).date()  # noqa: DTZ001 - a day has no zone
    octets = asyncio.run(_written(home, wanted, ending, first, until.date() if until else first))
    write_private(output, octets)
    click.echo(str(output))


async def _written(home: Path | None, wanted: _Report, ending: str, since: date, until: date) -> bytes:
    async with open_facility(settings_of(home)) as context:
        found = await wanted.read(context, since, until)
        facility, made_at = context.facility.name, context.clock.now()
    match ending:
        case "json":
            return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
        case "csv":
            return wanted.table(found)
        case "pdf":
            return wanted.page(found, facility=facility, made_at=made_at)
    if wanted.chart is None:
        raise AssertionError(ending)
    return draw(wanted.chart(found), "svg" if ending == "svg" else "png")
