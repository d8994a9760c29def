"""The roads on which a person asks: the app's copied text, and tasks for the terminal."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from harness.door import AnswerRow, CheckRow, Door, InquiryRow, later, make_door
from harness.office import PASSWORD, Office, opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.cli import main
from kazasu.db import Database
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.inquiries.service import make_inquiry
from kazasu.inquiries.state import InquiryState
from kazasu.problems import ProblemError
from kazasu.rules import InquiryKey
from kazasu.staff import Role

BLOCK = """資格情報
確認日 : 令和8年12月1日
保険者番号\t01990019
保険者名\t訓練健康保険協会
記号\t12345678
番号\t0000101
枝番\t00
フリガナ\tｻﾄｳ ﾊﾅｺ
氏名\t佐藤　花子
生年月日\t昭和55年1月12日
性別\t女
有効開始日\t令和7年1月1日
有効終了日\t令和9年7月31日
"""


async def waiting_check(database: Database, home: Path, **intent: Any) -> tuple[Door, str]:
    """A check of a practice that has nothing but the app to ask with: recorded in an exercise, then taken for real."""
    door = await make_door(database, home, kind=FacilityKind.TREATMENT_PRACTICE, gateway="none")
    check = door.record_check(
        "sato",
        subject=cs.PatientSubject(id=await door.patient("sato")),
        check_type="eligibility_only",
        setting="treatment",
        **intent,
    )
    await door.push()
    live = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    door.context = dataclasses.replace(door.context, facility=live)
    return door, check


async def paste(office: Office, check: str, text: str = BLOCK, role: Role = Role.COUNTER) -> Any:
    login = f"typist{role.value}"
    await office.add_staff(login, role)
    headers = await office.sign_in(login)
    return await office.client.post(f"/checks/{check}/app-text", json={"text": text}, headers=headers)


async def test_pasted_text_is_the_checks_answer_and_who_pasted_it_stands_with_it(
    database: Database, tmp_path: Path
) -> None:
    door, check = await waiting_check(database, tmp_path)
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check, BLOCK + "備考\tなし\n有効開始日\t令和7年13月1日\n")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["result"], body["inquiry"]["key"], body["inquiry"]["state"]) == ("valid", "app_text", "answered")
    assert body["unknown_labels"] == ["備考"]
    assert [(fault["label"], fault["why"]) for fault in body["left_out"]] == [("有効開始日", "form")]
    (stored,) = await door.rows(AnswerRow)
    assert (stored.is_simulated, stored.content["asked_for"]) == (False, "2026-12-01")
    (typist,) = {stored.typed_by}
    assert typist is not None
    assert stored.content["qualifications"][0]["insurer_number"] == "01990019"
    assert (await door.check(check)).result == "valid"
    (told,) = await door.feed("answer")
    assert (told["check"], told["result"]) == (check, "valid")


async def test_text_of_another_person_holds_the_check(database: Database, tmp_path: Path) -> None:
    door, check = await waiting_check(database, tmp_path)
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check, BLOCK.replace("昭和55年1月12日", "昭和56年1月12日"))
    assert answer.status_code == 200
    assert "other_person" in await door.holds(check)
    assert (await door.check(check)).state is CheckState.HELD


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("氏名\t佐藤", ("資格情報", "not_the_block")),
        (BLOCK.replace("番号\t0000101\n", ""), ("番号", "missing")),
        (BLOCK + BLOCK, ("確認日", "several")),
        (BLOCK.replace("令和8年12月1日", "令和8年11月30日"), ("確認日", "before_check")),
        (BLOCK.replace("令和8年12月1日", "令和8年12月2日"), ("確認日", "future")),
    ],
)
async def test_text_that_cannot_be_the_answer_is_refused_with_its_fault_and_stores_nothing(
    database: Database, tmp_path: Path, text: str, fault: tuple[str, str]
) -> None:
    door, check = await waiting_check(database, tmp_path)
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check, text)
    assert problem(answer) == "app-text-not-read"
    assert fault in [(one["label"], one["why"]) for one in answer.json()["faults"]]
    assert all(one["say"]["ja"] and one["say"]["en"] for one in answer.json()["faults"])
    assert "佐藤" not in answer.text
    assert await door.rows(AnswerRow) == []
    assert [row.state for row in await door.rows(InquiryRow)] == [InquiryState.WAITING]


async def test_pasting_is_practised_in_an_exercise_and_passes_for_nothing_real(
    database: Database, tmp_path: Path
) -> None:
    door, check = await waiting_check(database, tmp_path)
    exercise = dataclasses.replace(door.context.facility, mode=FacilityMode.EXERCISE)
    door.context = dataclasses.replace(door.context, facility=exercise)
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check)
    assert answer.status_code == 200, answer.text
    (stored,) = await door.rows(AnswerRow)
    assert (stored.is_simulated, (await door.check(check)).is_simulated) == (True, True)


async def test_text_pasted_the_day_after_counts_and_says_when_it_was_confirmed(
    database: Database, tmp_path: Path
) -> None:
    door, check = await waiting_check(database, tmp_path)
    later(door, hours=24)
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check, BLOCK.replace("令和8年12月1日", "令和8年12月2日"))
    assert answer.status_code == 200, answer.text
    (stored,) = await door.rows(AnswerRow)
    assert stored.content["asked_for"] == "2026-12-02"


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("有効終了日\t令和8年12月1日", "valid"),
        ("有効終了日\t令和8年11月30日", "invalid"),
        ("有効開始日\t令和8年12月1日", "valid"),
        ("有効開始日\t令和8年12月2日", "invalid"),
    ],
)
async def test_a_qualification_that_does_not_hold_on_the_day_of_the_check_is_not_valid(
    database: Database, tmp_path: Path, line: str, result: str
) -> None:
    door, check = await waiting_check(database, tmp_path)
    label = line.partition("\t")[0]
    text = "\n".join(line if one.startswith(label) else one for one in BLOCK.splitlines())
    async with opened_office(door.context, read_entry) as office:
        answer = await paste(office, check, text)
    assert answer.json()["result"] == result
    assert ("answer_invalid" in await door.holds(check)) is (result == "invalid")


async def test_the_app_is_no_road_for_a_home_consent_check_nor_in_an_exercise(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path)
    check = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    async with opened_office(door.context, read_entry) as office:
        assert problem(await paste(office, check)) == "road-not-open"
        assert problem(await paste(office, "0" * 32, role=Role.BACK_OFFICE)) == "not-found"
        refused = await paste(office, check, role=Role.VISITOR)
        assert problem(refused) == "role-not-allowed"


async def test_a_void_check_takes_no_text(database: Database, tmp_path: Path) -> None:
    door, check = await waiting_check(database, tmp_path)
    door.record("void", cs.VoidBody(check=check, duty_pass=door.duty_pass, reason="mistake"))
    await door.push()
    async with opened_office(door.context, read_entry) as office:
        assert problem(await paste(office, check)) == "conflict"


async def test_a_number_with_no_gateway_is_a_task_with_the_fields_to_type_until_it_is_answered(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, gateway="none")
    checks = []
    for person in ("sato", "takahashi", "kobayashi"):
        checks.append(door.record_check(person, subject=cs.PatientSubject(id=await door.patient(person))))
        await door.push()
        later(door, minutes=1)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        first = (await office.client.get("/inquiries/tasks?limit=2", headers=headers)).json()
        second = (await office.client.get("/inquiries/tasks", params={"after": first["next"]}, headers=headers)).json()
        tasks = [*first["items"], *second["items"]]
        assert [task["check"] for task in tasks] == checks
        assert {task["way"] for task in tasks} == {"terminal_number"}
        assert tasks[0]["fields"] == {
            "name": "佐藤　花子",
            "name_kana": "ｻﾄｳ ﾊﾅｺ",
            "birth_date": "1980-01-12",
            "sex": "3",
            "address": "",
            "insurer_number": "01990019",
            "symbol": "12345678",
            "number": "0000101",
            "branch": "00",
        }
        typed = {
            "result": "valid",
            "qualifications": [
                {
                    "insurer_number": "01990019",
                    "number": "0000101",
                    "symbol": "12345678",
                    "name": "佐藤　花子",
                    "name_kana": "ｻﾄｳ ﾊﾅｺ",
                    "birth_date": "19800112",
                    "sex": "2",
                }
            ],
        }
        answered = await office.client.post(f"/inquiries/{tasks[0]['inquiry']}/answer", json=typed, headers=headers)
        assert answered.status_code == 201, answered.text
        again = await office.client.post(f"/inquiries/{tasks[0]['inquiry']}/answer", json=typed, headers=headers)
        assert problem(again) == "conflict"
        left = (await office.client.get("/inquiries/tasks", headers=headers)).json()
        assert [task["check"] for task in left["items"]] == checks[1:]
        await office.add_staff("visitor9", Role.VISITOR)
        refused = await office.client.get("/inquiries/tasks", headers=await office.sign_in("visitor9"))
        assert problem(refused) == "role-not-allowed"
    (row,) = await door.rows(CheckRow, CheckRow.id == checks[0])
    assert (row.state, row.is_simulated) == (CheckState.RECONCILED, True)


async def test_a_task_of_the_outage_mode_has_what_the_card_gave(database: Database, tmp_path: Path) -> None:
    door = await make_door(database, tmp_path, gateway="none")
    check = door.record_check("sato", with_attributes=True)
    await door.push()
    async with door.context.database.writing() as session:
        await make_inquiry(
            session,
            check=check,
            key=InquiryKey.TERMINAL_SCREEN,
            asked_for=date(2026, 12, 1),
            number=None,
            waits_because="by_hand",
            storage=door.context.keys.storage,
            at=door.clock.now(),
        )
        await session.commit()
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        (task,) = (await office.client.get("/inquiries/tasks", headers=headers)).json()["items"]
    assert (task["way"], task["key"]) == ("outage_mode", "terminal_screen")
    assert task["fields"]["birth_date"] == "1980-01-12"
    assert task["fields"]["name"]
    assert task["fields"]["address"]
    assert task["fields"]["insurer_number"] == ""


async def test_what_a_gateway_asks_is_no_task(database: Database, tmp_path: Path) -> None:
    door = await make_door(database, tmp_path)
    door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    (inquiry,) = await door.rows(InquiryRow)
    assert inquiry.state is InquiryState.ASKED
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        assert (await office.client.get("/inquiries/tasks", headers=headers)).json()["items"] == []
        body = {"result": "not_found"}
        refused = await office.client.post(f"/inquiries/{inquiry.id}/answer", json=body, headers=headers)
        assert problem(refused) == "conflict"


def test_the_command_takes_the_text_from_standard_input_and_names_what_is_wrong(tmp_path: Path) -> None:
    def run(*arguments: str, typed: str | bytes = f"{PASSWORD}\n") -> Any:
        environment = {"KAZASU_HOME": "", "KAZASU_DATABASE": ""}
        return CliRunner().invoke(main, arguments, input=typed, env=environment)

    home = ("--home", str(tmp_path / "home"))
    made = run(
        "init", *home, "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "treatment_practice", "--login", "admin", "--password-stdin", "--tls", "none",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    check = "a" * 32
    faulty = run("app-text", *home, check, "--staff", "admin", typed=BLOCK.replace("氏名\t佐藤　花子\n", ""))
    assert faulty.exit_code == 1
    assert "「氏名」" in faulty.output
    assert "0000101" not in faulty.output
    nobody = run("app-text", *home, check, "--staff", "nobody", typed=BLOCK)
    assert (nobody.exit_code, "no such person" in nobody.output) == (1, True)
    unknown = run("app-text", *home, check, "--staff", "admin", typed=BLOCK)
    assert (unknown.exit_code, ProblemError("not-found").problem.to_do.en in unknown.output) == (1, True)
    octets = run("app-text", *home, check, "--staff", "admin", typed=BLOCK.encode("cp932"))
    assert (octets.exit_code, "UTF-8" in octets.output) == (1, True)
