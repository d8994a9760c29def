"""A roster file is shown before it is taken over, and only what was shown is done."""

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from harness.door import Door, PatientRow, make_door
from harness.office import PASSWORD, Office, opened_office, problem
from sqlalchemy import update

from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.cli import main
from kazasu.db import Database
from kazasu.importing import Action
from kazasu.patients.import_table import read_roster
from kazasu.patients.importing import plan_import
from kazasu.patients.importing.plan import OnFile, person_key
from kazasu.problems import ProblemError
from kazasu.rules import InsuredNumber
from kazasu.staff import Role

HEADING = "カルテ番号,氏名,カナ氏名,生年月日,性別,保険者番号,記号,番号,枝番"
YAMADA = "0007,山田 太郎,ﾔﾏﾀﾞ ﾀﾛｳ,S25.5.1,男,138057,国１２,0034,01"
SUZUKI = "0008,鈴木 花子,ｽｽﾞｷ ﾊﾅｺ,S30.1.2,女,,,,"
KNOWN = OnFile(
    id="a" * 32,
    chart_number="0007",
    name="山田　太郎",
    name_kana="ﾔﾏﾀﾞ ﾀﾛｳ",
    birth_date=read_roster(f"{HEADING}\n{YAMADA}".encode()).rows[0].patient.birth_date,  # type: ignore[union-attr]
    sex="1",
    insured_number=InsuredNumber("138057", "国12", "0034", "01"),
)


def csv(*lines: str, heading: str = HEADING) -> bytes:
    return "\r\n".join((heading, *lines)).encode("cp932")


def planned(*lines: str, known: OnFile | None = KNOWN, heading: str = HEADING) -> list[tuple[Action, list[str]]]:
    """Action, and the fields changed or why it is refused or doubted."""
    by_chart = {known.chart_number: known} if known is not None and known.chart_number else {}
    by_person = {person_key(known.name, known.birth_date): [known]} if known is not None else {}
    plan = plan_import(read_roster(csv(*lines, heading=heading)), by_chart, by_person)
    return [
        (row.action, [change.field for change in row.changes] + [fault.why for fault in row.faults])
        for row in plan.rows
    ]


def test_what_is_on_file_in_another_width_is_no_change() -> None:
    assert planned(YAMADA) == [(Action.SAME, [])]


def test_what_the_file_leaves_empty_takes_nothing_away() -> None:
    assert planned("0007,山田 太郎,,S25.5.1,,,,,") == [(Action.SAME, ["missing"])]
    assert planned(YAMADA.removesuffix("01")) == [(Action.SAME, [])]
    assert planned(YAMADA.replace("0034", "34")) == [(Action.SAME, [])]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (YAMADA.replace("太郎", "太朗"), ["name"]),
        (YAMADA.replace("ﾀﾛｳ", "ｼﾞﾛｳ"), ["name_kana"]),
        (YAMADA.replace("S25.5.1", "S25.5.2"), ["birth_date"]),
        (YAMADA.replace("男", "女"), ["sex"]),
        (YAMADA.replace("0034", "0035"), ["insured_number"]),
        (YAMADA.replace(",01", ",02"), ["insured_number"]),
    ],
)
def test_each_field_that_differs_is_shown_as_a_change(line: str, fields: list[str]) -> None:
    assert planned(line) == [(Action.CHANGE, fields)]


def test_a_chart_number_of_a_person_with_another_name_and_birth_date_is_refused() -> None:
    assert planned("0007,鈴木 花子,ｽｽﾞｷ ﾊﾅｺ,S30.1.2,女,,,,") == [(Action.REFUSED, ["other_person"])]


def test_without_a_chart_number_nobody_is_added_twice() -> None:
    assert planned(YAMADA.removeprefix("0007")) == [(Action.REFUSED, ["no_chart_number"])]
    assert planned(SUZUKI.removeprefix("0008")) == [(Action.ADD, [])]


def test_the_same_person_under_another_number_is_pointed_out() -> None:
    assert planned(YAMADA.replace("0007", "0099")) == [(Action.ADD, ["looks_like"])]


def test_a_line_a_visit_is_one_patient_unless_the_lines_contradict_each_other() -> None:
    assert planned(SUZUKI, SUZUKI) == [(Action.ADD, []), (Action.REPEATED, [])]
    refused = (Action.REFUSED, ["contradicts_line"])
    assert planned(SUZUKI, SUZUKI.replace("女", "男"), YAMADA) == [refused, refused, (Action.SAME, [])]


def test_control_characters_are_refused_before_a_database_sees_them() -> None:
    assert planned("0008,鈴\x00木,ｽｽﾞｷ,S30.1.2,女,,,,") == [(Action.REFUSED, ["control_character"])]


def test_every_fault_of_a_plan_has_its_sentence() -> None:
    plan = plan_import(read_roster(csv(SUZUKI, SUZUKI.replace("女", "男"))), {}, {})
    for fault in plan.rows[0].faults:
        assert fault.say.ja.endswith("。")
        assert fault.say.en.endswith(".")


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def upload(office: Office, path: str, octets: bytes, headers: dict[str, str], **query: Any) -> httpx.Response:
    return await office.client.post(path, content=octets, headers=headers | {"Content-Type": "text/csv"}, params=query)


async def test_a_file_is_previewed_without_writing_then_taken_over_and_devices_hear(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        first = csv(YAMADA, SUZUKI)
        shown = (await upload(office, "/patients/import", first, headers)).json()
        assert shown["counts"] == {"add": 2, "change": 0, "same": 0, "repeated": 0, "refused": 0}
        assert (shown["exercise"], shown["encoding"]) == (True, "shift_jis")
        assert shown["rows"][0]["read"]["insured_number"]["number"] == "0034"
        assert await door.rows(PatientRow) == []
        done = await upload(office, "/patients/import/apply", first, headers, digest=shown["digest"])
        assert done.json() == {"added": 2, "changed": 0, "same": 0, "left_out": 0, "refused": 0}
        (yamada,) = await door.rows(PatientRow, PatientRow.chart_number == "0007")
        await door.visit(yamada.id)
        second = csv(YAMADA.replace("太郎", "太朗"), SUZUKI.replace("花子", "華子"))
        shown = (await upload(office, "/patients/import", second, headers)).json()
        assert shown["rows"][0]["changes"] == [{"field": "name", "before": "山田　太郎", "after": "山田　太朗"}]
        assert shown["rows"][0]["patient"] == yamada.id
        query = {"digest": shown["digest"], "leave_out": [3]}
        done = await upload(office, "/patients/import/apply", second, headers, **query)
        assert done.json() == {"added": 0, "changed": 1, "same": 0, "left_out": 1, "refused": 0}
    assert sorted(row.name for row in await door.rows(PatientRow)) == ["山田　太朗", "鈴木　花子"]
    assert [item["name"] for item in await door.feed("roster")] == ["山田　太郎", "山田　太朗"]
    imports = await door.rows(AuditEntry, AuditEntry.action == "roster_imported")
    assert json.loads(imports[-1].details) == {"added": 0, "changed": 1, "left_out": 1, "refused": 0, "same": 0}
    assert "山田" not in "".join(row.details for row in await door.rows(AuditEntry))


async def test_what_was_not_shown_is_not_taken_over(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("office")
        octets = csv(YAMADA)
        digest = (await upload(office, "/patients/import", octets, headers)).json()["digest"]
        other_file = await upload(office, "/patients/import/apply", csv(SUZUKI), headers, digest=digest)
        assert problem(other_file) == "import-outdated"
        # Somebody types the same patient meanwhile: what was an addition would now be a change.
        typed = {
            "name": "山田　太朗",
            "name_kana": "ヤマダ　タロウ",
            "birth_date": "1950-05-01",
            "chart_number": "0007",
        }
        await office.client.post("/patients", json=typed, headers=headers)
        outdated = await upload(office, "/patients/import/apply", octets, headers, digest=digest)
        assert problem(outdated) == "import-outdated"
        (row,) = await door.rows(PatientRow)
        assert row.name == "山田　太朗"
        counter = await office.sign_in("counter")
        assert problem(await upload(office, "/patients/import", octets, counter)) == "role-not-allowed"
        assert problem(await upload(office, "/patients/import/apply", octets, headers, digest="x")) == (
            "request-not-valid"
        )
        unreadable = (await upload(office, "/patients/import", b"\x81", headers)).json()
        assert [fault["why"] for fault in unreadable["faults"]] == ["encoding"]


async def test_a_number_that_an_answer_brought_stays_the_answers(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await _administrator(office)
        headers = await office.sign_in()
        octets = csv(YAMADA)
        digest = (await upload(office, "/patients/import", octets, headers)).json()["digest"]
        await upload(office, "/patients/import/apply", octets, headers, digest=digest)
        async with door.context.database.writing() as session:
            await session.execute(update(PatientRow).values(number_source="answer"))
            await session.commit()
        octets = csv(YAMADA.replace("太郎", "太朗"))
        digest = (await upload(office, "/patients/import", octets, headers)).json()["digest"]
        await upload(office, "/patients/import/apply", octets, headers, digest=digest)
    (row,) = await door.rows(PatientRow)
    assert (row.name, row.number_source) == ("山田　太朗", "answer")


async def _administrator(office: Office) -> str:
    return await office.add_staff("administrator", Role.ADMINISTRATOR)


async def test_no_log_record_holds_a_patient_of_the_file(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened_office(door.context, read_entry) as office:
        await _administrator(office)
        headers = await office.sign_in()
        digest = (await upload(office, "/patients/import", csv(YAMADA), headers)).json()["digest"]
        await upload(office, "/patients/import/apply", csv(YAMADA), headers, digest=digest)
    assert caplog.records
    assert not any(word in caplog.text for word in ("山田", "ヤマダ", "0034", "1950"))


def test_the_command_shows_first_and_takes_over_by_the_digest(tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        environment = {"KAZASU_HOME": "", "KAZASU_DATABASE": ""}
        return CliRunner().invoke(main, arguments, input=f"{PASSWORD}\n", env=environment)

    home = ("--home", str(tmp_path / "home"))
    made = run(
        "init", *home, "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "pharmacy", "--login", "admin", "--password-stdin", "--tls", "none",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    file = tmp_path / "roster.csv"
    file.write_bytes(csv(YAMADA, SUZUKI))
    words = run("roster", "import", *home, str(file))
    assert "訓練 / EXERCISE" in words.output
    assert "山田　太郎" in words.output
    digest = json.loads(run("roster", "import", *home, "--json", str(file)).output)["digest"]
    assert digest in words.output
    done = run("roster", "import", *home, "--apply", digest, "--leave-out", "3", "--json", str(file))
    assert json.loads(done.output) == {"added": 1, "changed": 0, "same": 0, "left_out": 1, "refused": 0}
    again = run("roster", "import", *home, "--apply", digest, str(file))
    assert again.exit_code == 1
    assert ProblemError("import-outdated").problem.to_do.en in again.output
    assert "山田" not in again.output
