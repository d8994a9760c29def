"""The facility's own files: read as they stand, left out with a reason, shown with every rule, used by the services."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from harness.office import make_context, opened_office, problem

from kazasu.db import Database
from kazasu.rulebook.folder import FOLDER, LARGEST_FILE, MOST_FILES, read_folder
from kazasu.rules import Allowed, CheckType, NotAllowed, Setting, may_use
from kazasu.rules.facilities import CheckTypeRow
from kazasu.rules.rulebook import TABLES, Rulebook
from kazasu.staff import Role

LEVEL = """
[[row]]
row = "levels.level_2025_04"
source = "令和7年の告示"
who = "事務長"
when = 2025-03-01
since = 2025-04-01
least_percents = [45, 30, 15]
"""


def write(home: Path, text: str, name: str = "own.toml") -> Path:
    folder = home / FOLDER
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def own(home: Path) -> list[str]:
    return [f"{table}.{row.key}" for table, row in read_folder(home).rulebook.own_rows()]


def test_without_files_the_sources_speak_alone(tmp_path: Path) -> None:
    assert read_folder(tmp_path).rulebook == Rulebook()
    (tmp_path / FOLDER).mkdir()
    assert read_folder(tmp_path).faults == ()


def test_a_changed_file_counts_from_the_next_question_and_a_removed_one_no_more(tmp_path: Path) -> None:
    file = write(tmp_path, LEVEL)
    assert own(tmp_path) == ["levels.level_2025_04"]
    file.write_text(LEVEL.replace("level_2025_04", "level_2025_05"), "utf-8")
    assert own(tmp_path) == ["levels.level_2025_05"]
    # The same size within the same tick of the clock: a file put in place of another is told by its inode.
    other = tmp_path / "new"
    other.write_text(LEVEL.replace("level_2025_04", "level_2025_06"), "utf-8")
    state = file.stat()
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(file)
    assert own(tmp_path) == ["levels.level_2025_06"]
    file.unlink()
    assert own(tmp_path) == []


def test_files_are_read_in_the_order_of_their_names_and_others_are_not_rules(tmp_path: Path) -> None:
    write(tmp_path, LEVEL.replace("45", "50"), "2.toml")
    write(tmp_path, LEVEL, "1.toml")
    write(tmp_path, "nonsense", "notes.txt")
    reading = read_folder(tmp_path)
    assert [(fault.file, fault.why) for fault in reading.faults] == [("2.toml", "twice")]
    ((_, row),) = reading.rulebook.own_rows()
    assert row.vouched is not None
    assert row.vouched.file == "1.toml"


@pytest.mark.parametrize("octets", [b"\xff\xfe[", b" " * (LARGEST_FILE + 1)])
def test_a_file_that_cannot_be_read_is_named_and_the_rest_counts(tmp_path: Path, octets: bytes) -> None:
    write(tmp_path, LEVEL)
    write(tmp_path, "", "bad.toml").write_bytes(octets)
    reading = read_folder(tmp_path)
    assert [(fault.file, fault.why) for fault in reading.faults] == [("bad.toml", "not_readable")]
    assert "bad.toml" in reading.faults[0].say.ja
    assert own(tmp_path) == ["levels.level_2025_04"]


def test_a_folder_in_place_of_a_file_and_too_many_files_are_faults(tmp_path: Path) -> None:
    for place in range(MOST_FILES):
        write(tmp_path, "", f"{place:03d}.toml")
    write(tmp_path, LEVEL, "zzz.toml")
    assert [fault.file for fault in read_folder(tmp_path).faults] == ["zzz.toml"]
    (tmp_path / FOLDER / "000.toml").unlink()
    (tmp_path / FOLDER / "000.toml").mkdir()
    assert [(fault.file, fault.why) for fault in read_folder(tmp_path).faults] == [
        ("000.toml", "not_readable"),
        ("zzz.toml", "not_readable"),
    ]


async def shown(database: Database, home: Path, query: str = "") -> Any:
    context = await make_context(database, home)
    async with opened_office(context) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        answer = await office.client.get(f"/rules{query}", headers=await office.sign_in("office"))
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_every_rule_is_shown_with_its_period_source_and_reason(database: Database, tmp_path: Path) -> None:
    write(tmp_path, LEVEL + '[[row]]\nrow = "consents.eligibility_only"\nsource = "x"\nwho = "y"\nwhen = 2025-01-01\n')
    report = await shown(database, tmp_path, "?day=2025-04-01")
    assert (report["day"], report["known_as_of"]) == ("2025-04-01", "2024-11-28")
    tables = {table["table"]: table for table in report["tables"]}
    assert set(tables) == set(TABLES)
    rules = {rule["row"]: rule for table in tables.values() for rule in table["rows"]}
    assert len(rules) == sum(len(rows) for rows in TABLES.values()) + 1
    assert all(rule["say"]["ja"] and rule["say"]["en"] and rule["cites"] for rule in rules.values())
    level = rules["levels.level_2025_04"]
    assert level["by_facility"] == {
        "source": "令和7年の告示", "who": "事務長", "when": "2025-03-01", "file": "own.toml"
    }  # fmt: skip
    assert (level["knowledge"], level["values"]["least_percents"]) == ("by_facility", [45, 30, 15])
    announced = rules["points.dx_promotion_1_medical"]
    assert (announced["in_force"], announced["knowledge"]) == (True, None)
    assert "2024-11-28" in announced["not_known"]["ja"]
    procedure = rules["substitutes.notice"]
    assert procedure["knowledge"] == "as_known_on"
    assert "2024-11-28" in procedure["beside"]["en"]
    over = rules["levels.level_2025_02"]
    assert (over["in_force"], over["knowledge"], over["not_known"]) == (False, None, None)
    assert not tables["consents"]["may_be_changed"]
    assert [(fault["row"], fault["why"]) for fault in report["faults"]] == [("consents.eligibility_only", "fixed")]


async def test_the_day_is_today_unless_given_and_a_visitor_sees_no_rules(database: Database, tmp_path: Path) -> None:
    context = await make_context(database, tmp_path)
    async with opened_office(context) as office:
        await office.add_staff("visitor", Role.VISITOR)
        headers = await office.sign_in()
        assert (await office.client.get("/rules", headers=headers)).json()["day"] == "2026-11-22"
        refused = await office.client.get("/rules", headers=await office.sign_in("visitor"))
        assert problem(refused) == "role-not-allowed"


async def test_the_policy_of_devices_follows_the_facility_s_own_row(database: Database, tmp_path: Path) -> None:
    context = await make_context(database, tmp_path)
    kind, day = context.facility.kind, date(2026, 11, 22)

    def allowed() -> Allowed | NotAllowed:
        rows = context.rulebook.rows("check_types", CheckTypeRow)
        return may_use(kind, CheckType.HOME_CONSENT, Setting.FEVER_CLINIC, day, rows=rows)

    assert isinstance(allowed(), Allowed)
    async with opened_office(context) as office:
        tablet = await office.tablet()
        before = (await office.client.get("/device/policy", headers=tablet.headers)).json()
        assert "fever_clinic" in {road["setting"] for road in before["roads"]}
        write(
            tmp_path,
            '[[row]]\nrow = "check_types.home_consent_differing_path"\nsource = "通知"\nwho = "事務長"\n'
            "when = 2026-03-20\nuntil = 2026-03-31\n",
        )
        assert isinstance(allowed(), NotAllowed)
        after = (await office.client.get("/device/policy", headers=tablet.headers)).json()
        assert "fever_clinic" not in {road["setting"] for road in after["roads"]}
