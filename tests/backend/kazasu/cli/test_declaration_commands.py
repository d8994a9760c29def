"""`kazasu declarations` over a real home: what is due and why, saying that the work is done, destroying."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness.declared import ANSWERS, NAME
from harness.office import PASSWORD
from sqlalchemy import select

from kazasu.cli import main
from kazasu.declarations.service import keep_typed
from kazasu.keys.declaration import DeclarationKeys
from kazasu.opening import open_facility
from kazasu.settings import load_settings
from kazasu.staff.models import StaffRow

pytestmark = pytest.mark.database


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env={"KAZASU_HOME": "", "KAZASU_DATABASE": ""})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    done = run(
        "init", "--home", str(home), "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "pharmacy", "--login", "admin", "--password-stdin", "--tls", "none", "--recovery-file",
        str(tmp_path / "recovery.json"), "--json", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return home


async def typed(home: Path) -> tuple[str, DeclarationKeys]:
    async with open_facility(load_settings(home)) as context, context.database.writing() as session:
        staff = (await session.scalars(select(StaffRow.id))).one()
        row = await keep_typed(
            session, context, check=None, visit="ab" * 16, staff=staff, facts={"form": "2024-12", "signed": "strokes"},
            answers=ANSWERS, at=context.clock.now(),
        )  # fmt: skip
        await session.commit()
        return row.id, context.declaration_keys


def test_a_declaration_is_listed_marked_done_and_destroyed(home: Path) -> None:
    id_, keys = asyncio.run(typed(home))
    assert keys.has(id_)
    listed = run("declarations", "list", "--home", str(home), "--json")
    assert listed.exit_code == 0, listed.output
    [one] = json.loads(listed.stdout)
    assert (one["id"], one["destroyed_on"], one["why"]) == (id_, None, "waiting")
    assert NAME not in listed.output
    assert run("declarations", "destroy-due", "--home", str(home)).stdout == "0\n"
    unknown = run("declarations", "done", "ab" * 16, "--home", str(home))
    assert unknown.exit_code == 1
    assert "Traceback" not in unknown.output
    assert run("declarations", "done", id_, "--home", str(home)).exit_code == 0
    assert id_ in run("declarations", "list", "--home", str(home)).stdout
    assert run("declarations", "destroy-due", "--home", str(home)).stdout == "1\n"
    assert json.loads(run("declarations", "list", "--home", str(home), "--json").stdout) == []
    assert not keys.has(id_)
    assert run("declarations", "done", id_, "--home", str(home)).exit_code == 1
