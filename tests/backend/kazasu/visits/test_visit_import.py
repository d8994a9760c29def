"""A list of visits is shown before it is taken over, and only what was shown is done."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from harness.door import Door, make_door
from harness.office import PASSWORD, Office, opened_office, problem
from sqlalchemy import select

from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.cli import main
from kazasu.clock import JAPAN
from kazasu.db import Database
from kazasu.importing import Action
from kazasu.patients.service import PatientData, add_patient
from kazasu.rules import Setting
from kazasu.staff import Role
from kazasu.visits.import_table import VisitPreview, read_visits
from kazasu.visits.importing.plan import OnFileVisit, plan_visits, staff_key
from kazasu.visits.models import VisitRow

HEADING = "カルテ番号,訪問日,時刻,区分,担当者"
LINE = "0007,R8.12.2,10:00,訪問診療,訪問 花子"
AT = datetime(2026, 12, 2, 10, 0, tzinfo=JAPAN)
ON_FILE = OnFileVisit(
    id="v1",
    patient="p1",
    at=AT,
    setting=Setting.HOME_VISIT,
    staff="s1",
    device="d1",
    calendar_id=None,
    is_cancelled=False,
)
STAFF = {staff_key("訪問　花子"): ["s1"], staff_key("nurse"): ["s1"], staff_key("佐藤"): ["s2", "s3"]}


def csv(*lines: str, heading: str = HEADING) -> bytes:
    return "\r\n".join((heading, *lines)).encode("cp932")


def read(*lines: str, heading: str = HEADING) -> VisitPreview:
    return read_visits(csv(*lines, heading=heading))


def planned(
    *lines: str, on_file: tuple[OnFileVisit, ...] = (ON_FILE,), heading: str = HEADING
) -> list[tuple[Action, list[str]]]:
    """Action, and the fields changed or why it is refused or doubted."""
    plan = plan_visits(read(*lines, heading=heading), {"0007": "p1", "0008": "p2"}, STAFF, on_file)
    assert all(fault.say.ja and fault.say.en for row in plan.rows for fault in row.faults)
    return [
        (row.action, [change.field for change in row.changes] + [fault.why for fault in row.faults])
        for row in plan.rows
    ]


def test_a_line_is_read_in_japanese_time() -> None:
    (row,) = read(LINE).rows
    assert row.faults == ()
    assert row.visit is not None
    assert (row.visit.chart_number, row.visit.at, row.visit.setting) == ("0007", AT, Setting.HOME_VISIT)
    assert row.visit.staff == "訪問 花子"


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        ("9:05", 9, 5), ("０９：０５", 9, 5), ("905", 9, 5), ("0905", 9, 5), ("9時5分", 9, 5), ("9時", 9, 0),
        ("午後1時30分", 13, 30), ("午前9:05", 9, 5), ("PM 1:30", 13, 30), ("午後12:10", 12, 10), ("午前12:10", 0, 10),
        ("10:00:00", 10, 0), ("23:59", 23, 59), ("午前", 9, 0), ("午後", 13, 0),
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(written: str, hour: int, minute: int) -> None:
    (row,) = read(f"0007,2026-12-02,{written},,").rows
    assert row.visit is not None
    assert (row.visit.at.hour, row.visit.at.minute) == (hour, minute)
    assert not any(fault.is_serious for fault in row.faults)


@pytest.mark.parametrize("written", ["24:00", "9:60", "朝", "12", "9-30", "９時半"])
def test_what_is_no_time_is_refused_and_an_hour_alone_is_one(written: str) -> None:
    (row,) = read(f"0007,2026-12-02,{written},,").rows
    whys = [fault.why for fault in row.faults if fault.is_serious]
    assert whys == ([] if written == "12" else ["time"])


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("患者番号,日時", "0007,2026/12/02 10:00"),
        ("患者番号,予約日時", "0007,2026-12-02T10:00"),
        ("chart_number\tdate\ttime", "0007\t2026-12-02\t10:00"),
    ],
)
def test_day_and_time_may_stand_in_one_column(heading: str, line: str) -> None:
    (row,) = read(line, heading=heading).rows
    assert row.visit is not None
    assert row.visit.at == AT


@pytest.mark.parametrize(
    ("word", "setting"),
    [
        ("訪問看護", Setting.HOME_VISIT), ("往診", Setting.HOUSE_CALL), ("オンライン診療", Setting.ONLINE),
        ("ﾄﾞﾗｲﾌﾞｽﾙｰ", Setting.DRIVE_THROUGH), ("HOUSE_CALL", Setting.HOUSE_CALL), ("", Setting.HOME_VISIT),
    ],
)  # fmt: skip
def test_settings_are_told_by_the_fields_own_words(word: str, setting: Setting) -> None:
    (row,) = read(f"0007,R8.12.2,10:00,{word},").rows
    assert row.visit is not None
    assert row.visit.setting is setting
    assert [fault.why for fault in row.faults] == ([] if word else ["setting_taken_for_home_visit"])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",R8.12.2,10:00,往診,", "missing"),
        ("0007,,10:00,往診,", "missing"),
        ("0007,R8.12.2,,往診,", "missing"),
        ("0007,R8.13.2,10:00,往診,", "no_such_day"),
        ("0007,あした,10:00,往診,", "form"),
        ("0007,R8.12.2,10:00,お茶,", "setting"),
        ("0007,R8.12.2,10:00,往診", "columns"),
        ("0007\x07,R8.12.2,10:00,往診,", "control_character"),
        ("9" * 41 + ",R8.12.2,10:00,往診,", "too_long"),
        ("0009,R8.12.2,10:00,往診,", "no_such_patient"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_its_fault(line: str, why: str) -> None:
    ((action, whys),) = planned(line)
    assert (action, why in whys) == (Action.REFUSED, True)


@pytest.mark.parametrize(
    ("octets", "why"),
    [(b"", "empty"), (b"\x81 ", "encoding"), (b'a,"b', "not_csv"), ("訪問日,時刻\n".encode(), "no_column")],
)
def test_a_file_that_cannot_be_read_comes_back_with_its_fault(octets: bytes, why: str) -> None:
    preview = read_visits(octets)
    assert [fault.why for fault in preview.faults] == [why]
    assert preview.rows == ()


def test_what_is_on_file_is_the_same_and_what_the_list_leaves_empty_takes_nothing_away() -> None:
    assert planned(LINE) == [(Action.SAME, [])]
    assert planned("0007,R8.12.2,10:00,訪問診療,") == [(Action.SAME, [])]


@pytest.mark.parametrize(
    ("line", "action", "told"),
    [
        (LINE.replace("訪問診療", "往診"), Action.CHANGE, ["setting"]),
        (LINE.replace("10:00", "11:00"), Action.ADD, ["other_visit_that_day"]),
        (LINE.replace("R8.12.2", "R8.12.3"), Action.ADD, []),
        (LINE.replace("0007", "0008"), Action.ADD, []),
        (LINE.replace("訪問 花子", "だれか"), Action.SAME, ["staff_unknown"]),
        (LINE.replace("訪問 花子", "佐藤"), Action.SAME, ["staff_unknown"]),
        (LINE.replace("訪問 花子", "ｎｕｒｓｅ"), Action.SAME, []),
    ],
)
def test_each_line_says_what_it_would_do(line: str, action: Action, told: list[str]) -> None:
    assert planned(line) == [(action, told)]


def test_a_cancelled_visit_that_is_listed_again_is_shown_as_a_change() -> None:
    cancelled = msgspec.structs.replace(ON_FILE, is_cancelled=True)
    assert planned(LINE, on_file=(cancelled,)) == [(Action.CHANGE, ["cancelled"])]
    # One that stands goes before one that is cancelled.
    assert planned(LINE, on_file=(cancelled, msgspec.structs.replace(ON_FILE, id="v2"))) == [(Action.SAME, [])]


BOOKED = HEADING + ",予約番号"


def test_a_booking_is_known_by_its_number_whenever_it_is_moved() -> None:
    booked = msgspec.structs.replace(ON_FILE, calendar_id="B1")
    moved = LINE.replace("10:00", "15:00") + ",B1"
    assert planned(moved, on_file=(booked,), heading=BOOKED) == [(Action.CHANGE, ["at"])]
    assert planned(LINE + ",B1", heading=BOOKED) == [(Action.CHANGE, ["calendar_id"])]
    assert planned(LINE + ",B2", on_file=(booked,), heading=BOOKED) == [(Action.ADD, [])]
    others = planned(moved.replace("0007", "0008"), on_file=(booked,), heading=BOOKED)
    assert others == [(Action.REFUSED, ["another_patients"])]


def test_lines_about_one_visit_are_repeated_or_contradict_each_other() -> None:
    assert planned(LINE, LINE) == [(Action.SAME, []), (Action.REPEATED, [])]
    other = LINE.replace("訪問診療", "往診")
    contradicts = (Action.REFUSED, ["contradicts_line"])
    assert planned(LINE, other, LINE)[:2] == [contradicts, contradicts]
    assert planned(LINE, other) == [contradicts, contradicts]
    # Two bookings cannot both be the one visit on file.
    assert planned(LINE + ",B1", LINE + ",B2", heading=BOOKED) == [contradicts, contradicts]


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def add(door: Door, chart_number: str) -> str:
    async with door.context.database.writing() as session:
        data = PatientData(chart_number, "山田　太郎", "ヤマダ　タロウ", datetime(1950, 5, 1).date(), "1", None)  # noqa: DTZ001
        row = await add_patient(session, data, actor="shell", at=door.clock.now())
        await session.commit()
    return row.id


async def send(office: Office, headers: dict[str, str], octets: bytes, apply: str = "") -> httpx.Response:
    return await office.client.post(f"/visits/import{apply}", content=octets, headers=headers)


async def test_over_http_the_list_is_shown_taken_over_once_and_told_to_devices(door: Door) -> None:
    patient = await add(door, "0007")
    octets = csv(LINE.replace("訪問 花子", "counter"), "0007,R8.12.3,午後,往診,", "0009,R8.12.2,10:00,往診,")
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        await office.add_staff("nurse", Role.VISITOR)
        headers = await office.sign_in("counter")
        nurse = await office.sign_in("nurse")
        assert problem(await send(office, nurse, octets)) == "role-not-allowed"
        shown = (await send(office, headers, octets)).json()
        assert shown["counts"] == {"add": 2, "change": 0, "same": 0, "repeated": 0, "refused": 1}
        assert shown["exercise"] is True
        assert await door.rows(VisitRow) == []
        done = await send(office, headers, octets, f"/apply?digest={shown['digest']}&leave_out=3")
        assert done.json() == {"added": 1, "changed": 0, "same": 0, "left_out": 1, "refused": 1}
        outdated = await send(office, headers, octets, f"/apply?digest={shown['digest']}")
        assert problem(outdated) == "import-outdated"
        again = (await send(office, headers, octets)).json()
        assert (again["counts"]["same"], again["counts"]["add"]) == (1, 1)
    (visit,) = await door.rows(VisitRow)
    assert (visit.patient, visit.at, visit.setting) == (patient, AT.astimezone(UTC), Setting.HOME_VISIT)
    assert visit.staff is not None
    (told,) = await door.feed("roster")
    assert told["visit"] == visit.id
    async with door.context.database.reading() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "visits_imported"))).all()
    assert [json.loads(entry.details)["added"] for entry in entries] == [1]


async def test_a_visit_changed_in_between_is_not_written_over_unseen(door: Door) -> None:
    await add(door, "0007")
    octets = csv(LINE)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        first = (await send(office, headers, octets)).json()
        await send(office, headers, octets, f"/apply?digest={first['digest']}")
        changed = csv(LINE.replace("訪問診療", "往診"))
        shown = (await send(office, headers, changed)).json()
        assert [one["field"] for one in shown["rows"][0]["changes"]] == ["setting"]
        visit = shown["rows"][0]["visit"]
        body = {
            "patient": shown["rows"][0]["patient"], "at": (AT + timedelta(hours=0)).isoformat(), "setting": "online",
        }  # fmt: skip
        assert (await office.client.put(f"/visits/{visit}", json=body, headers=headers)).status_code == 200
        outdated = await send(office, headers, changed, f"/apply?digest={shown['digest']}")
        assert problem(outdated) == "import-outdated"
    (row,) = await door.rows(VisitRow)
    assert row.setting is Setting.ONLINE


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
    roster = tmp_path / "roster.csv"
    roster.write_text("カルテ番号,氏名,カナ氏名,生年月日\n0007,山田 太郎,ﾔﾏﾀﾞ ﾀﾛｳ,S25.5.1\n", "utf-8")
    digest = json.loads(run("roster", "import", *home, "--json", str(roster)).output)["digest"]
    assert run("roster", "import", *home, "--apply", digest, str(roster)).exit_code == 0
    file = tmp_path / "visits.csv"
    file.write_bytes(csv(LINE, "0009,R8.12.2,10:00,往診,"))
    words = run("roster", "import-visits", *home, str(file)).output
    assert "訓練 / EXERCISE" in words
    assert "add 0007 2026-12-02 10:00 home_visit" in words
    assert "no patient has this chart number" in words
    digest = json.loads(run("roster", "import-visits", *home, "--json", str(file)).output)["digest"]
    done = run("roster", "import-visits", *home, "--apply", digest, "--json", str(file))
    assert json.loads(done.output) == {"added": 1, "changed": 0, "same": 0, "left_out": 0, "refused": 1}
