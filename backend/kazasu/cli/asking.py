"""`kazasu inquire`, `fetch-consents`, `app-text`: asking before the visits and without a vendor's interface."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec

from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.clock import day_in_japan
from kazasu.inquiries.bulk.planning import Planned, plan_day
from kazasu.inquiries.bulk.schemas import planned_view
from kazasu.inquiries.consents.fetching import Fetches, fetch_days
from kazasu.inquiries.hand_schemas import PastedView, pasted_view
from kazasu.inquiries.pasting import paste_app_text
from kazasu.opening import open_facility
from kazasu.problems import ProblemError
from kazasu.staff.service import find_by_login

_PLANNED = (
    "{day}：照会 {asked}（うち再照会 {re_inquiries}）・照会済み {already}・番号なし {without_number}・取消 {cancelled}"
    " / asked {asked} (again without a card {re_inquiries}), already {already}, no number {without_number},"
    " cancelled {cancelled}"
)
_WAITS = {
    "no_gateway": "照会の手段が設定されていないため、設定されるまで待ちます。 / They wait until a gateway is set.",
    "no_bulk": "設定された手段はこの一括処理に対応していません。 / The gateway that is set takes no such requests.",
}


@click.command()
@home_option
@click.option(
    "--visits-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day of the visits (default: tomorrow in Japan). / 訪問日（既定：明日）",
)
@click.option("--json", "as_json", is_flag=True)
@reporting
def inquire(home: Path | None, visits_on: datetime | None, as_json: bool) -> None:
    """Ask about the patients of a day's visits beforehand; the running server sends and fetches.

    For cron: run again, nobody is asked about twice.
    """
    planned = planned_view(asyncio.run(_plan(home, visits_on)))
    if as_json:
        click.echo(msgspec.json.encode(planned))
        return
    click.echo(_PLANNED.format(**msgspec.structs.asdict(planned)))
    if planned.waits_because is not None:
        click.echo(_WAITS[planned.waits_because])


async def _plan(home: Path | None, visits_on: datetime | None) -> Planned:
    async with open_facility(settings_of(home)) as context:
        tomorrow = day_in_japan(context.clock.now()) + timedelta(days=1)
        return await plan_day(context, visits_on.date() if visits_on else tomorrow, actor=audit.SHELL)


@click.command("fetch-consents")
@home_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day (default: yesterday in Japan). / 最初の日")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day (default: today in Japan). / 最後の日")
@click.option("--json", "as_json", is_flag=True)
@reporting
def fetch_consents(home: Path | None, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Fetch the consents to home visits that patients registered on the government's page; the server does it.

    Those of the days on which a check waits for one are fetched by themselves.
    """
    done = asyncio.run(_fetch(home, since, until))
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    click.echo(f"取得 {done.days} 日・実行中 {done.under_way} 日 / {done.days} days, {done.under_way} under way")
    if done.waits_because is not None:
        click.echo(_WAITS[done.waits_because])


async def _fetch(home: Path | None, since: datetime | None, until: datetime | None) -> Fetches:
    async with open_facility(settings_of(home)) as context:
        today = day_in_japan(context.clock.now())
        return await fetch_days(
            context,
            since.date() if since else today - timedelta(days=1),
            until.date() if until else today,
            actor=audit.SHELL,
        )


@click.command("app-text")
@home_option
@click.argument("check")
@click.option("--staff", "login", required=True, help="Login of who copied it. / コピーした職員のログイン名")
@click.option("--json", "as_json", is_flag=True)
@reporting
def app_text(home: Path | None, check: str, login: str, as_json: bool) -> None:
    """Take the app's copied text from standard input as the answer of CHECK.

    The text is a patient's data: it is never an argument, which others on this machine could see.
    """
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException("UTF-8 で渡してください。 / Give it as UTF-8.") from None
    try:
        shown = asyncio.run(_paste(home, check, text, login))
    except ProblemError as error:
        faults = error.members.get("faults")
        if not faults:
            raise
        say = error.body()["say"]
        lines = [f"{say['ja']} / {say['en']}"] + [f"{one['say']['ja']} / {one['say']['en']}" for one in faults]
        raise click.ClickException("\n".join(lines)) from None
    click.echo(msgspec.json.encode(shown).decode() if as_json else _words(shown))


async def _paste(home: Path | None, check: str, text: str, login: str) -> PastedView:
    async with open_facility(settings_of(home)) as context, context.database.writing() as session:
        staff = await find_by_login(session, login)
        if staff is None:
            raise click.ClickException("その職員はいません。 / There is no such person on the staff.")
        pasted = await paste_app_text(session, context, check, text, staff=staff.id, at=context.clock.now())
        await session.commit()
        return pasted_view(pasted)


def _words(shown: PastedView) -> str:
    lines = [f"回答を保存しました / The answer is stored: {shown.result}"]
    lines += [f"{fault.say.ja} / {fault.say.en}" for fault in shown.left_out]
    if shown.unknown_labels:
        lines.append(f"読まなかった項目 / items not read: {len(shown.unknown_labels)}")
    return "\n".join(lines)
