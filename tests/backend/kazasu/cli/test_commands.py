"""The commands over a real home, in process: what they print, how they end, what they refuse."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.office import PASSWORD
from sqlalchemy import text

import checksync as cs
from kazasu.cli import main
from kazasu.db import Database
from kazasu.settings import load_settings

pytestmark = pytest.mark.database


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env={"KAZASU_HOME": "", "KAZASU_DATABASE": ""})


def init(home: Path, *options: str) -> Result:
    return run(
        "init", "--home", str(home), "--mode", "exercise", "--name", "訓練クリニック",
        "--institution-code", "9910000018", "--kind", "pharmacy", "--login", "admin",
        "--password-stdin", "--tls", "none", *options, stdin=f"{PASSWORD}\n",
    )  # fmt: skip


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once and copied: making one is what other tests are about."""
    home = tmp_path_factory.mktemp("made") / "home"
    made = init(home)
    assert made.exit_code == 0, made.output
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_home, tmp_path / "home"))


def test_init_by_options_makes_a_facility_and_shows_the_recovery_code_once(tmp_path: Path) -> None:
    made = init(tmp_path / "home", "--json")
    answer = json.loads(made.stdout)
    assert re.fullmatch(r"(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}", answer["recovery_code"])
    assert (answer["mode"], Path(answer["recovery_file"]).is_file()) == ("exercise", True)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert answer["recovery_code"].encode() not in everything + Path(answer["recovery_file"]).read_bytes()
    assert PASSWORD.encode() not in everything


def test_init_asks_for_what_was_not_given_and_again_where_a_digit_is_wrong(tmp_path: Path) -> None:
    answers = ["exercise", "訓練クリニック", "9910000019", "9910000018", "midwifery_home", "admin", PASSWORD, PASSWORD]
    made = run("init", "--home", str(tmp_path / "home"), "--tls", "none", stdin="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    assert "検査数字" in made.stderr
    assert "助産所" in made.stderr
    assert PASSWORD not in made.output
    assert "Recovery code" in made.stdout


def test_a_second_init_is_refused_in_words(home: Path) -> None:
    refused = init(home, "--recovery-file", str(home.parent / "other.json"))
    assert refused.exit_code == 1
    assert "上書き" in refused.stderr
    assert "never written over" in refused.stderr
    assert "Traceback" not in refused.output


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--institution-code", "1310000011"], 1, "99"),
        (["--mode", "live"], 1, "01 to 47"),
        (["--certificate", "x"], 2, "--certificate"),
        (["--mode", "other"], 2, "other"),
        (["--database", "mysql://user:himitsu@host/db"], 1, "postgresql"),
    ],
)
def test_init_says_what_is_wrong(tmp_path: Path, options: list[str], status: int, words: str) -> None:
    refused = init(tmp_path / "home", *options)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert words in refused.stderr
    assert "himitsu" not in refused.output


def test_a_weak_password_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    refused = run(
        "init", "--home", str(tmp_path / "home"), "--mode", "exercise", "--name", "x", "--institution-code",
        "9910000018", "--kind", "pharmacy", "--login", "a", "--password-stdin", "--tls", "none", stdin="short\n",
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "minimum_length" in refused.stderr
    assert list((tmp_path / "home").iterdir()) == []


def test_staff_are_added_and_listed(home: Path) -> None:
    added = run(
        "staff", "add", "nurse", "--home", str(home), "--name", "看護 一郎", "--role", "visitor", "--role", "counter",
        "--password-stdin", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    listed = json.loads(run("staff", "list", "--home", str(home), "--json").stdout)
    assert [(member["login"], member["roles"]) for member in listed] == [
        ("admin", ["administrator"]),
        ("nurse", ["counter", "visitor"]),
    ]
    again = run(
        "staff", "add", "nurse", "--home", str(home), "--name", "x", "--role", "visitor", "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert (again.exit_code, "ログイン名" in again.stderr) == (1, True)


def test_a_device_code_is_one_that_a_device_can_read(home: Path) -> None:
    made = run("device-code", "--home", str(home))
    code = cs.EnrolmentCode.parse(made.stdout.strip())
    assert (code.url, code.pin) == ("http://localhost:8443", cs.NO_PIN)


def test_a_device_code_for_an_unpinned_server_beyond_loopback_is_refused(home: Path) -> None:
    refused = run("device-code", "--home", str(home), "--url", "http://clinic.example")
    assert refused.exit_code == 1
    assert "public_url" in refused.stderr


def test_audit_verify_says_how_many_and_ends_well(home: Path) -> None:
    run("device-code", "--home", str(home))
    answer = json.loads(run("audit", "verify", "--home", str(home), "--json").stdout)
    assert (answer["ok"], answer["entries"]) == (True, 6)


async def _tamper(home: Path, *statements: str) -> None:
    database = Database(load_settings(home, {}).database_url)
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await database.close()


def test_audit_verify_names_the_first_broken_number_and_ends_with_1(home: Path) -> None:
    asyncio.run(
        _tamper(
            home,
            "DROP TRIGGER audit_entries_no_update",
            "UPDATE audit_entries SET actor = 'staff:x' WHERE number = 3",
        )
    )
    broken = run("audit", "verify", "--home", str(home), "--json")
    assert (broken.exit_code, json.loads(broken.stdout)) == (1, {"ok": False, "number": 3, "why": "was changed"})
    assert "3" in run("audit", "verify", "--home", str(home)).stdout


def test_lost_keys_come_back_from_the_recovery_file(tmp_path: Path) -> None:
    answer = json.loads(init(tmp_path / "home", "--json").stdout)
    (tmp_path / "home" / "keys" / "storage.key").unlink()
    wrong = run(
        "keys", "restore", "--home", str(tmp_path / "home"), answer["recovery_file"], "--code-stdin",
        stdin=f"{'0' * 25}\n",
    )  # fmt: skip
    assert (wrong.exit_code, "復旧コード" in wrong.stderr) == (1, True)
    back = run(
        "keys", "restore", "--home", str(tmp_path / "home"), answer["recovery_file"], "--code-stdin",
        stdin=f"{answer['recovery_code']}\n",
    )  # fmt: skip
    assert json.loads(back.stdout) == ["storage.key"]


@pytest.mark.parametrize(
    "command",
    [
        ["staff", "list"],
        ["device-code"],
        ["serve"],
        ["devices", "list"],
        ["audit", "verify"],
        ["migrate"],
        ["worklist"],
        ["inquire"],
        ["ask-again"],
        ["fetch-consents"],
        ["reopen"],
        ["keys", "list"],
        ["declarations", "list"],
    ],
)
def test_where_no_facility_is_the_words_say_how_to_make_one(tmp_path: Path, command: list[str]) -> None:
    refused = run(*command, "--home", str(tmp_path / "nothing"))
    assert refused.exit_code == 1
    assert "kazasu init" in refused.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_setting_that_cannot_be_read_is_named(home: Path) -> None:
    (home / "kazasu.toml").write_text("prot = 1\n")
    refused = run("staff", "list", "--home", str(home))
    assert (refused.exit_code, "prot" in refused.stderr) == (1, True)


def test_plain_http_beyond_loopback_is_refused(home: Path) -> None:
    refused = run("serve", "--home", str(home), "--host", "192.0.2.1", "--port", "0")
    assert refused.exit_code == 1
    assert "--behind-proxy" in refused.stderr


def test_a_live_facility_does_not_serve_with_the_simulator(tmp_path: Path) -> None:
    made = init(tmp_path / "home", "--mode", "live", "--institution-code", "1310000011")
    assert made.exit_code == 0, made.output
    (tmp_path / "home" / "kazasu.toml").write_text('gateway = "simulator"\n')
    refused = run("serve", "--home", str(tmp_path / "home"), "--port", "0")
    assert refused.exit_code == 1
    assert "シミュレーター" in refused.stderr


def test_openapi_needs_no_facility() -> None:
    assert json.loads(run("openapi").stdout)["info"]["title"] == "Kazasu"


def test_migrate_on_a_current_database_changes_nothing(home: Path) -> None:
    assert run("migrate", "--home", str(home)).exit_code == 0
