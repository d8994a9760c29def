"""`kazasu report`: every report in every format it has, over a real home."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.office import PASSWORD
from harness.paper import text_of

from kazasu.cli import main

pytestmark = pytest.mark.database

PERIOD = ("--since", "2024-10", "--until", "2024-11")
BEGINNING = {"json": b"{", "csv": b"\xef\xbb\xbf", "pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
PICTURES = ("usage", "trouble", "level", "support", "comparison")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        main, arguments, input=f"{PASSWORD}\n", env={"KAZASU_HOME": "", "KAZASU_DATABASE": ""}
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read from alone."""
    home = tmp_path_factory.mktemp("made") / "home"
    made = run(
        "init", "--home", str(home), "--mode", "exercise", "--name", "訓練クリニック", "--institution-code",
        "9910000018", "--kind", "medical_institution", "--login", "admin", "--password-stdin", "--tls", "none",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return home


@pytest.mark.parametrize("name", ["usage", "trouble", "holds", "level", "support", "survey", "comparison"])
def test_a_report_is_written_in_the_format_of_its_ending_and_marked(home: Path, tmp_path: Path, name: str) -> None:
    # Pages are the subject of their own tests; one shows that they are reached.
    for ending in ("json", "csv", "pdf") if name == "usage" else ("json", "csv"):
        output = tmp_path / f"report.{ending}"
        done = run("report", name, "--home", str(home), *PERIOD, "--output", str(output))
        assert done.exit_code == 0, done.output
        octets = output.read_bytes()
        assert octets.startswith(BEGINNING[ending])
        if ending == "json":
            assert json.loads(octets)["exercise"] is True
        if ending == "pdf":
            assert "訓練 / EXERCISE" in text_of(tmp_path, octets)


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_is_written_where_there_is_one(home: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"report.{ending}"
    assert run("report", "level", "--home", str(home), *PERIOD, "--output", str(output)).exit_code == 0
    assert output.read_bytes().startswith(BEGINNING[ending])
    for name in ("holds", "survey"):
        refused = run("report", name, "--home", str(home), *PERIOD, "--output", str(tmp_path / f"x.{ending}"))
        assert refused.exit_code == 2


def test_what_cannot_be_written_is_refused_in_words(home: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    for arguments in (
        ("usage", "--output", str(tmp_path / "a.csv")),
        ("usage", "--since", "2024-10", "--output", str(tmp_path / "a.docx")),
        ("usage", "--since", "2024-10", "--output", str(there)),
    ):
        assert run("report", *arguments, "--home", str(home)).exit_code == 2
    turned = run("report", "level", "--home", str(home), "--since", "2024-11", "--until", "2024-10", "--output",
                 str(tmp_path / "a.csv"))  # fmt: skip
    assert turned.exit_code == 1
    assert "Traceback" not in turned.output
    assert there.read_text() == "mine"
