"""`kazasu backup`, `restore`, `reopen` over a real home: what they print, what they keep, what they refuse."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.office import PASSWORD
from sqlalchemy import select

import checksync as cs
from kazasu.cli import main
from kazasu.context import Context
from kazasu.db import Session
from kazasu.devices.models import DeviceRow
from kazasu.devices.service import confirm_device, enrol, make_enrolment_code
from kazasu.facility.service import load_facility
from kazasu.journal import Journal
from kazasu.opening import open_facility
from kazasu.restoration.service import is_closed
from kazasu.settings import load_settings
from kazasu.staff.models import StaffRow

pytestmark = pytest.mark.database


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env={"KAZASU_HOME": "", "KAZASU_DATABASE": ""})


def add_nurse(home: Path, login: str) -> None:
    added = run(
        "staff", "add", login, "--home", str(home), "--name", "看護", "--role", "visitor", "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A facility made once and copied: making one is what other tests are about."""
    folder = tmp_path_factory.mktemp("made")
    done = run(
        "init", "--home", str(folder / "home"), "--mode", "exercise", "--name", "訓練", "--institution-code",
        "9910000018", "--kind", "pharmacy", "--login", "admin", "--password-stdin", "--tls", "make", "--json",
        "--recovery-file", str(folder / "recovery.json"), stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.fixture
def made(made_once: dict[str, str], tmp_path: Path) -> dict[str, str]:
    home = shutil.copytree(made_once["home"], tmp_path / "home")
    recovery_file = shutil.copy2(made_once["recovery_file"], tmp_path / "recovery.json")
    return made_once | {"home": str(home), "recovery_file": str(recovery_file)}


@pytest.fixture
def home(made: dict[str, str]) -> Path:
    return Path(made["home"])


def inside(home: Path, look: Callable[[Context, Session], object]) -> object:
    async def open_it() -> object:
        async with open_facility(load_settings(home)) as context, context.database.writing() as session:
            result = await look(context, session)  # type: ignore[misc]
            await session.commit()
            return result

    return asyncio.run(open_it())


async def logins(_: Context, session: Session) -> list[str]:
    return sorted(await session.scalars(select(StaffRow.login)))


async def epoch(_: Context, session: Session) -> str:
    return (await load_facility(session)).epoch


async def new_device(context: Context, session: Session) -> str:
    key, now = cs.SigningKey.generate(), context.clock.now()
    secret, _ = await make_enrolment_code(session, actor="shell", at=now)
    proof = cs.sign(cs.Enrolment(code=secret), key)
    device = await enrol(
        session, code=secret, name="tablet", jwk=dict(key.jwk), proof=proof, journal=context.journal, at=now
    )
    await confirm_device(session, device.id, thumbprint=key.thumbprint, staff=None, journal=context.journal, at=now)
    return device.id


async def device_states(_: Context, session: Session) -> dict[str, str]:
    return {row.id: row.state.value for row in await session.scalars(select(DeviceRow))}


async def closed(_: Context, session: Session) -> bool:
    return await is_closed(session)


def backup(home: Path, file: Path) -> dict[str, object]:
    done = run("backup", str(file), "--home", str(home), "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_a_backup_is_made_verified_and_restored_in_place(home: Path, tmp_path: Path) -> None:
    add_nurse(home, "before")
    device = inside(home, new_device)
    made = backup(home, tmp_path / "b")
    assert made["audit_entries"]
    first = inside(home, epoch)
    add_nurse(home, "after")
    revoked = run("devices", "revoke", str(device), "--home", str(home), "--reason", "lost")
    assert revoked.exit_code == 0
    done = run("restore", str(tmp_path / "b"), "--home", str(home), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["replayed"], answer["damaged_lines"]) == ({"device_revoked": 1}, 0)
    assert inside(home, logins) == ["admin", "before"]
    assert inside(home, device_states) == {device: "revoked"}
    assert inside(home, epoch) == answer["epoch"] != first
    # The database that was there is kept beside, whole.
    kept = Path(answer["kept"])
    shutil.copytree(home, tmp_path / "copy")
    for name in ("kazasu.db", "kazasu.db-wal", "kazasu.db-shm"):
        (tmp_path / "copy" / name).unlink(missing_ok=True)
    shutil.copy(kept, tmp_path / "copy" / "kazasu.db")
    assert inside(tmp_path / "copy", logins) == ["admin", "after", "before"]
    assert json.loads(run("audit", "verify", "--home", str(home), "--json").stdout)["ok"]


def test_a_fresh_home_is_restored_from_recovery_file_backup_and_journal(
    made: dict[str, str], home: Path, tmp_path: Path
) -> None:
    add_nurse(home, "before")
    device = inside(home, new_device)
    backup(home, tmp_path / "b")
    run("devices", "revoke", str(device), "--home", str(home), "--reason", "lost")
    journal = tmp_path / "journal.jsonl"
    shutil.copy(home / "journal" / "journal.jsonl", journal)
    shutil.rmtree(home)
    new = tmp_path / "new"
    without_keys = run("restore", str(tmp_path / "b"), "--home", str(new), "--journal", str(journal))
    assert (without_keys.exit_code, "--recovery-file" in without_keys.stderr) == (1, True)
    recovery = ("--recovery-file", str(tmp_path / "recovery.json"), "--code-stdin")
    code = made["recovery_code"] + "\n"
    without_journal = run("restore", str(tmp_path / "b"), "--home", str(new), *recovery, stdin=code)
    assert (without_journal.exit_code, "--journal" in without_journal.stderr) == (1, True)
    assert not (new / "kazasu.db").exists()
    done = run("restore", str(tmp_path / "b"), "--home", str(new), *recovery, "--journal", str(journal), stdin=code)
    assert done.exit_code == 0, done.output
    assert inside(new, logins) == ["admin", "before"]
    assert inside(new, device_states) == {device: "revoked"}
    # The journal that was brought is the new home's, and goes on.
    facility = made["facility"]
    lines = len(Journal(new / "journal", facility).read().records)
    add = inside(new, new_device)
    assert add
    assert len(Journal(new / "journal", facility).read().records) == lines + 2
    assert (new / "keys" / "tls.pem").stat().st_mode & 0o077 == 0
    assert {path.name for path in (new / "keys").glob("*")} == {
        "server.pem", "storage.key", "authority.pem", "authority.crt", "tls.crt", "tls.pem",
        *(path.name for path in (new / "keys").glob("sealing-*.key")),
    }  # fmt: skip


def test_a_restored_server_with_nothing_to_wait_for_is_opened_by_reopen(home: Path, tmp_path: Path) -> None:
    backup(home, tmp_path / "b")
    assert run("restore", str(tmp_path / "b"), "--home", str(home)).exit_code == 0
    assert inside(home, closed) is True
    opened = run("reopen", "--home", str(home), "--json")
    assert (opened.exit_code, json.loads(opened.stdout)) == (0, {"is_open": True, "missing": []})
    assert inside(home, closed) is False
    assert run("reopen", "--home", str(home)).exit_code == 0


def test_without_a_journal_only_a_declaration_opens(home: Path, tmp_path: Path) -> None:
    backup(home, tmp_path / "b")
    done = run("restore", str(tmp_path / "b"), "--home", str(home), "--without-journal")
    assert done.exit_code == 0, done.output
    assert "The journal was not whole" in done.stdout
    assert run("reopen", "--home", str(home)).exit_code == 1
    assert inside(home, closed) is True
    assert run("reopen", "--home", str(home), "--declare-missing").exit_code == 0
    assert inside(home, closed) is False


def test_a_file_that_is_no_backup_is_refused_in_words_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    before = inside(home, epoch)
    (tmp_path / "b").write_bytes(b"no backup")
    refused = run("restore", str(tmp_path / "b"), "--home", str(home))
    assert (refused.exit_code, "バックアップのファイルではありません" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.output
    assert inside(home, epoch) == before


def test_a_backup_can_be_verified_again(home: Path, tmp_path: Path) -> None:
    backup(home, tmp_path / "b")
    assert run("backup", "--verify", str(tmp_path / "b"), "--home", str(home)).exit_code == 0
    octets = bytearray((tmp_path / "b").read_bytes())
    octets[-100] ^= 1
    (tmp_path / "c").write_bytes(octets)
    refused = run("backup", "--verify", str(tmp_path / "c"), "--home", str(home))
    assert (refused.exit_code, "damaged" in refused.stderr) == (1, True)


def test_a_sealing_key_is_rotated_by_way_of_a_backup(home: Path, tmp_path: Path) -> None:
    old = run("keys", "list", "--home", str(home)).stdout.split("\t")[0]
    last = run("keys", "retire", old, "--home", str(home))
    assert (last.exit_code, "last sealing key" in last.stderr) == (1, True)
    new = run("keys", "add", "--home", str(home)).stdout.strip()
    assert run("keys", "announce", "--home", str(home)).stdout == ""  # no backup holds it yet
    backup(home, tmp_path / "b")
    assert run("keys", "announce", "--home", str(home)).stdout.strip() == new
    assert run("keys", "retire", old, "--home", str(home)).exit_code == 0
    assert run("keys", "destroy", old, "--home", str(home)).exit_code == 0
    assert run("keys", "list", "--home", str(home)).stdout.splitlines() == [f"{old}\tdestroyed", f"{new}\tannounced"]
    assert [path.name for path in (home / "keys").glob("sealing-*")] == [f"sealing-{new}.key"]
    # A restore of the backup that still has the old key's private half does not bring it back.
    assert run("restore", str(tmp_path / "b"), "--home", str(home)).exit_code == 0
    assert [path.name for path in (home / "keys").glob("sealing-*")] == [f"sealing-{new}.key"]
    # And the new one, which the backup has as just made, is announced: devices seal to it.
    assert run("keys", "list", "--home", str(home)).stdout.splitlines() == [f"{old}\tdestroyed", f"{new}\tannounced"]


def test_destroying_an_entry_asks_first_and_says_when_it_is_not_there(home: Path) -> None:
    asked = run("destroy", "ab" * 32, "1", "--reason", "law", "--home", str(home), stdin="n\n")
    assert (asked.exit_code, "Destroyed" in asked.output) == (1, False)
    absent = run("destroy", "ab" * 32, "1", "--reason", "law", "--yes", "--home", str(home))
    assert (absent.exit_code, "not here" in absent.stderr) == (1, True)
