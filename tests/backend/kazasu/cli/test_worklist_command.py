"""`kazasu worklist` and `kazasu ask-again` over a real home."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.office import PASSWORD

from kazasu.cli import main
from kazasu.opening import open_facility
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold
from kazasu.settings import load_settings

pytestmark = pytest.mark.database


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env={"KAZASU_HOME": "", "KAZASU_DATABASE": ""})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = run(
        "init", "--home", str(tmp_path / "home"), "--mode", "exercise", "--name", "訓練クリニック",
        "--institution-code", "9910000018", "--kind", "pharmacy", "--login", "admin",
        "--password-stdin", "--tls", "none", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return tmp_path / "home"


async def _hold(home: Path) -> None:
    async with open_facility(load_settings(home)) as context, context.database.writing() as session:
        for entry, reason in ((1, HoldReason.KIND_UNKNOWN), (2, HoldReason.ENTRY_DAMAGED)):
            await raise_hold(session, reason, Subject(entry=entry), evidence={}, at=context.clock.now())
        await session.commit()


def test_open_holds_are_listed_in_their_order_and_marked_in_an_exercise(home: Path) -> None:
    asyncio.run(_hold(home))
    shown = run("worklist", "--home", str(home))
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0] == "訓練 / EXERCISE"
    assert lines[1].split("\t")[:2] == ["deadline", "tenths_at_stake"]
    assert [line.split("\t")[3] for line in lines[2:]] == ["entry_damaged", "kind_unknown"]
    listed = json.loads(run("worklist", "--home", str(home), "--json", "--severity", "notice").stdout)
    assert [(one["reason"], one["deadline"]) for one in listed] == [("kind_unknown", None)]
    assert json.loads(run("worklist", "--home", str(home), "--json", "--limit", "1").stdout)[0]["tenths_at_stake"] == 7


def test_a_month_that_is_none_is_refused_in_words(home: Path) -> None:
    refused = run("worklist", "--home", str(home), "--month", "2026-13")
    assert refused.exit_code == 2
    assert "YYYY-MM" in refused.output
    assert "Traceback" not in refused.output


def test_asking_again_says_how_many(home: Path) -> None:
    done = run("ask-again", "--home", str(home))
    assert (done.exit_code, done.stdout.strip()) == (
        0, "再照会 0・番号不明 0 / asked again 0, without a number 0",
    )  # fmt: skip
