"""`kazasu worklist`, `kazasu ask-again`: what the back office has before it, and asking again for claims."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click
import msgspec

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.inquiries.again import AskedAgain, ask_due_again_now
from kazasu.keyset import LARGEST_PAGE
from kazasu.opening import open_facility
from kazasu.reconciliation.reason import HoldReason, Severity
from kazasu.reconciliation.schemas import HoldView, hold_view
from kazasu.reconciliation.worklist import WorkFilter, WorkPlace, list_work

_COLUMNS = ("deadline", "tenths_at_stake", "severity", "reason", "proposal", "check", "patient")


@click.command()
@home_option
@click.option("--month", metavar="YYYY-MM", help="Claim month. / 診療月")
@click.option("--reason", type=click.Choice([reason.value for reason in HoldReason]))
@click.option("--severity", type=click.Choice([severity.value for severity in Severity]))
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@reporting
def worklist(
    home: Path | None, month: str | None, reason: str | None, severity: str | None, limit: int, as_json: bool
) -> None:
    """List open holds: the nearest deadline first, then those on which most hangs. / 保留の一覧"""
    wanted = WorkFilter(
        month=_month(month) if month else None,
        reason=HoldReason(reason) if reason else None,
        severity=Severity(severity) if severity else None,
    )
    shown, is_exercise = asyncio.run(_list(home, wanted, limit))
    if as_json:
        click.echo(msgspec.json.encode(shown).decode())
        return
    if is_exercise:
        click.echo("訓練 / EXERCISE")
    click.echo("\t".join(_COLUMNS))
    for one in shown:
        values = (getattr(one, column) for column in _COLUMNS)
        click.echo("\t".join("" if value is None else str(value) for value in values))


@click.command("ask-again")
@home_option
@reporting
def ask_again(home: Path | None) -> None:
    """Ask again, for claims alone, where an answer may have changed. / 請求のための再照会"""
    done = asyncio.run(_ask(home))
    click.echo(
        f"再照会 {done.asked}・番号不明 {done.without_number} / "
        f"asked again {done.asked}, without a number {done.without_number}"
    )


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise click.BadParameter("YYYY-MM", param_hint="--month") from None


async def _list(home: Path | None, wanted: WorkFilter, limit: int) -> tuple[Sequence[HoldView], bool]:
    shown: list[HoldView] = []
    after: WorkPlace | None = None
    async with open_facility(settings_of(home)) as context, context.database.reading() as session:
        while len(shown) < limit:
            rows = await list_work(session, wanted, after=after, limit=min(LARGEST_PAGE, limit - len(shown)))
            if not rows:
                break
            shown += [hold_view(row, ()) for row in rows]
            after = WorkPlace(rows[-1].deadline, rows[-1].rank, rows[-1].id)
        return shown, context.facility.is_exercise


async def _ask(home: Path | None) -> AskedAgain:
    async with open_facility(settings_of(home)) as context:
        return await ask_due_again_now(context)
