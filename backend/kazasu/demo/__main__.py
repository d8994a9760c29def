"""`bin/demo`: plays the day, shows what happened, and leaves the servers up until interrupted."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kazasu.demo.account import Account, take_account
from kazasu.demo.day import CLINIC, THERAPIST, Day
from kazasu.demo.process import ProgramError
from kazasu.demo.stage import FacilityOnStage, PcscTable, RadioTable, Table
from mynacard.readers import list_readers

EXERCISE = "訓練 / EXERCISE"


def _say(line: str) -> None:
    click.echo(f"[{EXERCISE}] {line}", err=True)


@contextmanager
def _pcscd() -> Iterator[Table]:
    """pcscd with vpcd: the one that runs, or one started for as long as the day takes."""
    started: subprocess.Popen[bytes] | None = None
    try:
        if not _has_virtual_readers():
            program = shutil.which("pcscd") or shutil.which("pcscd", path="/usr/sbin:/sbin")
            if program is None:
                raise click.ClickException(
                    "pcscd と vpcd がありません（Debian: pcscd vsmartcard-vpcd）。 / "
                    "pcscd and vpcd are not installed (Debian: pcscd vsmartcard-vpcd)."
                )
            started = subprocess.Popen([program, "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - found by name, no shell
            until = time.monotonic() + 5
            while not _has_virtual_readers():
                if time.monotonic() > until or started.poll() is not None:
                    raise click.ClickException(
                        "pcscd が vpcd のリーダーを示しません。 / pcscd does not show vpcd's readers."
                    )
                time.sleep(0.1)
        yield PcscTable()
    finally:
        if started is not None:
            started.terminate()
            started.wait()


def _has_virtual_readers() -> bool:
    return sum(info.name.startswith("Virtual PCD") for info in list_readers()) >= 2


@contextmanager
def _radio() -> Iterator[Table]:
    yield RadioTable()


@click.command()
@click.option("--once", is_flag=True, help="End after the table. / 表のあとで終わる")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end. / 最後に JSON を1つ出力")
@click.option("--pcsc", is_flag=True, help="Through pcscd and vpcd. / pcscd と vpcd を通す")
def main(once: bool, as_json: bool, pcsc: bool) -> None:
    """Play a day: everything in it is an exercise. / 一日を演じる。すべて訓練です。"""
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="kazasu-demo-") as folder, _pcscd() if pcsc else _radio() as table:
        clinic, therapist = (FacilityOnStage(place, Path(folder)) for place in (CLINIC, THERAPIST))
        day = Day(clinic, therapist, table, _say)
        try:
            day.prepare()
            day.play()
            account = take_account([clinic, therapist])
            _show(day, account, "pcscd + vpcd" if pcsc else "nfcpy UDP", as_json=as_json)
            if not once:
                _stay(clinic, therapist)
        except ProgramError as error:
            raise click.ClickException(str(error)) from None
        finally:
            clinic.close()
            therapist.close()
    sys.exit(0 if account.is_clean else 1)


def _stay(*facilities: FacilityOnStage) -> None:
    for facility in facilities:
        _say(f"{facility.place.name}: {facility.url}")
    _say("Ctrl+C で終わります / Ctrl+C ends it")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _show(day: Day, account: Account, reader: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_object(), ensure_ascii=False))
        return
    offices = {facility.place.key: facility.office for facility in (day.clinic, day.therapist)}
    click.echo(f"\n{EXERCISE}")
    for told in day.told:
        click.echo(f"\n■ {told.scene}" + (f"\n    {told.remark}" if told.remark else ""))
        for check in told.checks:
            click.echo(f"    {_line(offices[told.facility].check(check))}")
    figures = account.as_object()
    click.echo("\n" + "  ".join(f"{name} {figures[name]}" for name in list(figures)[:7]))
    click.echo(
        f"simulated / 模擬: national system (answers marked), cards and their CA; read through {reader}\n"
        "real / 本物: card protocol, device log, HPKE, JWS, TLS, SQLite"
    )


def _line(found: dict[str, Any]) -> str:
    check = found["check"]
    roads = ", ".join(f"{inquiry['key']} ({inquiry['state']})" for inquiry in found["inquiries"]) or "none"
    holds = ", ".join(f"{hold['reason']} ({hold['state']})" for hold in found["holds"]) or "none"
    result = f"{check['result']}{' [simulated]' if check['simulated'] else ''}" if check["result"] else "none"
    return (
        f"{check['id'][:8]} {check['identity_method']} {check['assurance']} | road {roads} | answer {result} "
        f"| holds {holds} | {check['state']}"
    )


if __name__ == "__main__":
    main()
