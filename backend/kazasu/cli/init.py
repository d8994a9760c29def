"""`kazasu init`: a facility in one guided step, or by options alone."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import click

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, password_option, secret
from kazasu.cli.wording import told
from kazasu.clock import SystemClock
from kazasu.facility import FacilityKind, FacilityMode, InstitutionCodeError, proven_institution_code
from kazasu.facility.setup import Plan, Tls, set_up
from kazasu.settings import default_home
from kazasu.staff.password import MINIMUM_LENGTH

_PASSWORD = f"Password, at least {MINIMUM_LENGTH} characters / パスワード"


def _asked_code(mode: FacilityMode) -> str:
    while True:
        code: str = click.prompt("Institution code, ten digits / 医療機関コード", err=True).strip()
        try:
            return proven_institution_code(code, mode)
        except InstitutionCodeError as error:
            words = told(error)
            click.echo("\n".join(words or ()), err=True)


def _asked_kind() -> str:
    for kind in FacilityKind:
        click.echo(f"  {kind.value:32}{kind.ja}", err=True)
    chosen: str = click.prompt(
        "Kind / 施設の種類", type=click.Choice([kind.value for kind in FacilityKind]), show_choices=False, err=True
    )
    return chosen


@click.command()
@home_option
@click.option("--mode", type=click.Choice([mode.value for mode in FacilityMode]), help="For good. / 変更できません")
@click.option("--name", help="Name of the facility. / 施設名")
@click.option("--institution-code", help="Ten digits; an exercise's begins with 99. / 医療機関コード")
@click.option("--kind", type=click.Choice([kind.value for kind in FacilityKind]), help="Kind of facility. / 種類")
@click.option(
    "--transitional-until", type=click.DateTime(["%Y-%m-%d"]), help="End of a transitional measure. / 経過措置の期限"
)
@click.option("--login", help="Login of the first administrator. / 最初の管理者のログイン名")
@click.option("--administrator", help="Name of the first administrator. / 最初の管理者の氏名")
@password_option
@click.option("--database", default="", envvar="KAZASU_DATABASE", help="Database URL (default: SQLite in the home).")
@click.option("--tls", type=click.Choice([tls.value for tls in Tls]), default=Tls.MAKE.value, show_default=True)
@click.option("--certificate", type=click.Path(path_type=Path), help="With --tls given: certificate chain, PEM.")
@click.option("--key", type=click.Path(path_type=Path), help="With --tls given: its key, PEM.")
@click.option("--host", "hosts", multiple=True, help="Name or address under which devices reach it. / 端末から見た名前")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True)
@click.option(
    "--recovery-file", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it; keep it apart."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
@reporting
def init(
    home: Path | None,
    mode: str | None,
    name: str | None,
    institution_code: str | None,
    kind: str | None,
    transitional_until: datetime | None,
    login: str | None,
    administrator: str | None,
    password_stdin: bool,
    database: str,
    tls: str,
    certificate: Path | None,
    key: Path | None,
    hosts: tuple[str, ...],
    port: int,
    recovery_file: Path | None,
    as_json: bool,
) -> None:
    """Set up a facility: keys, recovery file, database, first administrator.

    What is not given as an option is asked for. / 指定のない項目は順に尋ねます。
    """
    if [path is not None for path in (certificate, key)] != [tls == Tls.GIVEN] * 2:
        raise click.UsageError("--certificate and --key go with --tls given, and it with both.")
    home = home or default_home({})
    chosen_mode = FacilityMode(
        mode
        or click.prompt(
            "live or exercise (for good) / 本番か訓練か",
            type=click.Choice([mode.value for mode in FacilityMode]),
            err=True,
        )
    )
    plan = Plan(
        home=home,
        mode=chosen_mode,
        name=name or click.prompt("Name of the facility / 施設名", err=True),
        institution_code=institution_code or _asked_code(chosen_mode),
        kind=FacilityKind(kind or _asked_kind()),
        transitional_until=transitional_until.date() if transitional_until else None,
        administrator_login=login or click.prompt("Administrator's login / 管理者のログイン名", err=True),
        administrator_name=administrator or login or "Administrator",
        administrator_password=secret(_PASSWORD, from_stdin=password_stdin, confirm=True),
        recovery_file=recovery_file or home.absolute().parent / f"{home.absolute().name}-recovery.json",
        database=database,
        tls=Tls(tls),
        certificate=certificate,
        key=key,
        hosts=hosts,
        port=port,
    )
    made = asyncio.run(set_up(plan, SystemClock()))
    if as_json:
        answer = {
            "facility": made.facility.id,
            "mode": made.facility.mode,
            "home": str(home),
            "recovery_file": str(plan.recovery_file),
            "recovery_code": made.recovery_code,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"施設を作りました。 / The facility stands: {made.facility.name} ({made.facility.mode})")
    click.echo(f"復旧ファイル / Recovery file: {plan.recovery_file}")
    click.echo(f"復旧コード / Recovery code:   {made.recovery_code}")
    click.echo(
        "コードは今だけ表示されます。紙に書き、ファイルを別の場所に移して、別々に保管してください。\n"
        "The code is shown now and never again. Write it down, move the file elsewhere, and keep the two apart."
    )
    click.echo("次に / Next: kazasu serve")
