"""`kazasu rules`: a file is tried before the server reads it; neither database nor keys are needed."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from kazasu.cli import main
from kazasu.rules.rulebook import TABLES

OWN = """
[[row]]
row = "levels.level_2025_04"
source = "令和7年の告示"
who = "事務長"
when = 2025-03-01
since = 2025-04-01
least_percents = [45, 30, 15]
"""


def run(home: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ("rules", "--home", str(home), *options), env={"KAZASU_HOME": ""})


def write(home: Path, text: str) -> None:
    (home / "rules.d").mkdir()
    (home / "rules.d" / "own.toml").write_text(text, "utf-8")


def test_without_rules_of_its_own_it_says_so(tmp_path: Path) -> None:
    shown = run(tmp_path)
    assert shown.exit_code == 0, shown.output
    assert "rules.d" in shown.stdout


def test_what_counts_is_shown_with_its_period_why_and_source(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    shown = run(tmp_path, "--day", "2025-04-01")
    assert shown.exit_code == 0, shown.output
    assert "levels.level_2025_04  2025-04-01〜" in shown.stdout
    assert "45％以上で加算1" in shown.stdout
    assert "令和7年の告示" in shown.stdout
    assert "not in force" not in shown.stdout
    assert "not in force" in run(tmp_path, "--day", "2025-03-31").stdout


def test_what_is_left_out_is_said_and_ends_with_status_1(tmp_path: Path) -> None:
    write(tmp_path, OWN + OWN.replace("[45, 30, 15]", '"many"').replace("2025_04", "2025_05"))
    shown = run(tmp_path)
    assert shown.exit_code == 1
    assert "levels.level_2025_04" in shown.stdout
    assert "own.toml / levels.level_2025_05 / least_percents" in shown.stderr


def test_all_rules_as_json(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    answer = json.loads(run(tmp_path, "--all", "--json", "--day", "2025-04-01").stdout)
    assert len(answer["rules"]) == sum(len(rows) for rows in TABLES.values()) + 1
    assert (answer["day"], answer["faults"]) == ("2025-04-01", [])
    own = [rule for rule in answer["rules"] if rule["by_facility"]]
    assert [(rule["row"], rule["knowledge"]) for rule in own] == [("levels.level_2025_04", "by_facility")]
