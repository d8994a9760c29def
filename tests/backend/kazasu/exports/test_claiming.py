"""The claim's fields of a decided check, by the route that was settled and no other."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.door import Door, HoldRow, make_door
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.exports.claiming import ClaimFacts, known_for_claim
from kazasu.exports.claiming.planning import claim_records
from kazasu.exports.receipt_record import RecordLines
from kazasu.facility import FacilityKind
from kazasu.gateway import Result
from kazasu.gateway.simulator import REGISTRY
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.rules import InsuredNumber, Say
from kazasu.rules.claim_fields import ClaimFields, KnownForClaim
from kazasu.rules.claim_route import ClaimRoute
from kazasu.staff import Role

CURRENT = REGISTRY["sato"].current[0]
NUMBER = InsuredNumber.proven(CURRENT.insurer_number, CURRENT.symbol, CURRENT.number, CURRENT.branch)
SHOWN = InsuredNumber("138057", "国12", "0034", "01")
ON_FILE = InsuredNumber("138057", "国12", "0099", "01")
FACTS = ClaimFacts(
    check="c" * 32,
    patient=None,
    visit_date=date(2026, 12, 1),
    result=Result.VALID,
    settled_by=None,
    qualifications=(CURRENT,),
    document=SHOWN,
    roster=ON_FILE,
)
UNKNOWN = {
    "name_kana": "ヤマモト　ジロウ",
    "scheme": "national",
    "has_declaration": True,
    "contacted_on": "2026-12-03",
    "addresses": ["東京都架空区１－１"],
    "telephone": "0312345678",
}


def known(**changes: Any) -> KnownForClaim:
    return known_for_claim(dataclasses.replace(FACTS, **changes))


def test_a_clean_answer_gives_its_own_number() -> None:
    assert known() == KnownForClaim(current=NUMBER)
    assert known(settled_by=Decision.CURRENT_QUALIFICATION) == KnownForClaim(current=NUMBER)


def test_current_without_a_valid_answer_is_what_was_shown_then_what_is_on_file() -> None:
    settled: dict[str, Any] = {"settled_by": Decision.CURRENT_QUALIFICATION, "result": Result.NOT_FOUND}
    assert known(**settled) == KnownForClaim(current=SHOWN)
    assert known(**settled, document=None) == KnownForClaim(current=ON_FILE)


def test_old_is_what_the_answer_shows_then_what_is_on_file() -> None:
    settled: dict[str, Any] = {"settled_by": Decision.OLD_QUALIFICATION, "result": Result.INVALID}
    assert known(**settled) == KnownForClaim(old=NUMBER)
    assert known(**settled, qualifications=()) == KnownForClaim(old=ON_FILE)


@pytest.mark.parametrize("decision", [Decision.UNKNOWN, Decision.PRIVATE_PAYMENT])
def test_what_was_settled_otherwise_never_goes_out_by_a_number(decision: Decision) -> None:
    assert known(settled_by=decision) == KnownForClaim()


def test_an_answer_that_is_not_valid_and_was_only_accepted_gives_no_number() -> None:
    assert known(result=Result.INVALID) == KnownForClaim()


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"valid_until": "20261201"}, True),
        ({"valid_until": "20261130"}, False),
        ({"valid_from": "20261201"}, True),
        ({"valid_from": "20261202"}, False),
        ({"disqualified_on": "20261201"}, False),
        ({"disqualified_on": "20261202"}, True),
    ],
)
def test_a_qualification_counts_on_its_days_alone(changes: dict[str, str], is_open: bool) -> None:
    qualification = msgspec.structs.replace(CURRENT, valid_from="", valid_until="", disqualified_on="")
    found = known(qualifications=(msgspec.structs.replace(qualification, **changes),))
    assert (found.current is not None) == is_open


def test_of_two_qualifications_with_other_numbers_none_is_guessed() -> None:
    other = msgspec.structs.replace(CURRENT, number="999")
    assert known(qualifications=(CURRENT, other)).current is None
    assert known(qualifications=(CURRENT, CURRENT)).current == NUMBER


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def checked(door: Door, person: str) -> str:
    check = door.record_check(person, subject=cs.PatientSubject(id=await door.patient(person)))
    await door.push()
    await door.work()
    return check


async def decide(door: Door, decision: Decision) -> None:
    (hold,) = await door.rows(HoldRow, HoldRow.closed_at.is_(None))
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, decision, reason="x", staff=door.staff)
        await session.commit()


async def claim(office: Office, check: str, query: str = "", **body: Any) -> Any:
    headers = await office.sign_in("office")
    url = f"/checks/{check}/claim{query}"
    if body:
        return await office.client.post(url, json=body, headers=headers)
    return await office.client.get(url, headers=headers)


async def test_a_clean_check_is_claimed_with_the_answers_number(door: Door) -> None:
    check = await checked(door, "sato")
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        found = (await claim(office, check)).json()
        assert (found["route"], found["settled_by"], found["exercise"]) == ("current", None, True)
        assert (found["filed_on"], found["knowledge"]) == ("2026-12-01", "as_known_on")
        assert found["lines"][0] == {"label": "保険者番号", "value": NUMBER.insurer_number}
        assert found["clipboard"].startswith("区分\t訓練 / EXERCISE\r\n保険者番号\t")
        assert (await claim(office, "0" * 32)).status_code == 404


async def test_an_old_qualification_says_so_in_its_remark_and_an_open_hold_has_no_claim(door: Door) -> None:
    check = await checked(door, "yamamoto")
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        refused = await claim(office, check)
        assert (problem(refused), refused.json()["state"]) == ("check-not-decided", "held")
        await decide(door, Decision.OLD_QUALIFICATION)
        found = (await claim(office, check)).json()
        assert found["route"] == "old"
        assert found["lines"][-1] == {"label": "摘要", "value": "旧資格情報"}
        early = (await claim(office, check, "?filed_on=2023-07-09")).json()
        assert (early["route"], early["closed"][1]["why"]) == (None, "not_yet")


async def test_unknown_needs_what_was_declared_and_has_the_receipt_computers_number(door: Door) -> None:
    check = await checked(door, "yamamoto")
    await decide(door, Decision.UNKNOWN)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        bare = (await claim(office, check)).json()
        assert (bare["route"], bare["lines"], bare["clipboard"]) == (None, [], "")
        assert bare["closed"][-1]["missing"] == ["declaration", "contacted"]
        whole = (await claim(office, check, **UNKNOWN)).json()
        assert whole["route"] == "unknown"
        values = [line["value"] for line in whole["lines"]]
        assert values[0] == "77777777"
        assert values[4:7] == ["不詳", "ヤマモト　ジロウ", "国保"]
        with_digit = (await claim(office, check, "?checks_digit=true", **UNKNOWN)).json()
        assert with_digit["lines"][0]["value"] == "77777779"


def records_of(found: Any) -> list[str]:
    return list(found["records"]["lines"])


async def test_a_medical_form_has_its_record_lines_marked_as_an_exercise(door: Door) -> None:
    check = await checked(door, "sato")
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        records = (await claim(office, check)).json()["records"]
        assert [line.split(",")[0] for line in records["lines"]] == ["HO", "SN", "CO"]
        assert records["lines"][0].split(",")[1] == NUMBER.insurer_number.rjust(8)
        assert records["lines"][2] == "CO,01,1,810000001,訓練／ＥＸＥＲＣＩＳＥ"
        assert (records["is_usable"], records["faults"], records["say"]) == (True, [], None)


async def test_what_the_receipt_computer_wants_is_set_once_and_holds_for_every_claim(door: Door) -> None:
    check = await checked(door, "yamamoto")
    await decide(door, Decision.UNKNOWN)
    settings = msgspec.structs.replace(door.context.settings, receipt_computer_checks_digit=True)
    async with opened_office(dataclasses.replace(door.context, settings=settings), read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        found = (await claim(office, check, **UNKNOWN)).json()
        assert found["lines"][0]["value"] == "77777779"
        assert records_of(found)[:2] == ["HO,77777779,,777777777,,,,,,,,,,,", "CO,01,1,810000001,不詳"]
        assert (await claim(office, check, "?checks_digit=false", **UNKNOWN)).json()["lines"][0]["value"] == "77777777"
        # Before the notice of 2023-09-15 there was the other number alone.
        early = (await claim(office, check, "?filed_on=2023-09-14", **UNKNOWN)).json()
        assert early["lines"][0]["value"] == "77777777"
        assert (await claim(office, check, "?filed_on=2023-09-15", **UNKNOWN)).json()["lines"][0]["value"] == "77777779"
        assert (await claim(office, check, "?filed_on=2023-08-31", **UNKNOWN)).json()["route"] is None


async def test_a_row_of_the_facility_s_own_reaches_the_claim(door: Door) -> None:
    check = await checked(door, "yamamoto")
    await decide(door, Decision.OLD_QUALIFICATION)
    folder = door.context.settings.home / "rules.d"
    folder.mkdir()
    (folder / "own.toml").write_text(
        '[[row]]\nrow = "claim_routes.old"\nsource = "通知"\nwho = "事務長"\nwhen = 2026-03-20\nuntil = 2026-03-31\n',
        "utf-8",
    )
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        assert (await claim(office, check)).json()["route"] is None
        assert (await claim(office, check, "?filed_on=2026-03-31")).json()["route"] == "old"


@pytest.mark.parametrize(
    "kind", [FacilityKind.PHARMACY, FacilityKind.VISITING_NURSING, FacilityKind.OUTSIDE_OBLIGATION]
)
async def test_of_the_other_forms_the_fields_are_there_and_the_lines_are_not_known(
    door: Door, kind: FacilityKind
) -> None:
    check = await checked(door, "sato")
    facility = dataclasses.replace(door.context.facility, kind=kind)
    async with opened_office(dataclasses.replace(door.context, facility=facility), read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        found = (await claim(office, check)).json()
        assert found["route"] == "current"
        assert found["lines"][0]["value"] == NUMBER.insurer_number
        assert (found["records"]["lines"], found["records"]["is_usable"]) == ([], False)
        assert "確認できません" in found["records"]["say"]["ja"]


@pytest.mark.parametrize(
    "kind", [FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.TREATMENT_PRACTICE]
)
async def test_a_check_up_provider_a_midwife_and_a_therapist_have_no_claim(door: Door, kind: FacilityKind) -> None:
    check = await checked(door, "sato")
    facility = dataclasses.replace(door.context.facility, kind=kind)
    async with opened_office(dataclasses.replace(door.context, facility=facility), read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        found = (await claim(office, check)).json()
        assert (found["route"], found["lines"], found["clipboard"], found["records"]) == (None, [], "", None)
        assert {one["why"] for one in found["closed"]} == {"no_claims"}
        assert all(one["say"]["ja"] and one["say"]["en"] and one["cites"] for one in found["closed"])


async def test_a_dental_code_has_the_dental_form_and_an_empty_branch_is_written_where_it_is_set(door: Door) -> None:
    check = await checked(door, "sato")
    facility = dataclasses.replace(door.context.facility, institution_code="9930000018")
    settings = msgspec.structs.replace(door.context.settings, receipt_computer_writes_empty_branch=True)
    context = dataclasses.replace(door.context, facility=facility, settings=settings)
    async with opened_office(context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        lines = records_of((await claim(office, check)).json())
        assert len(lines[0].split(",")) == 14
    bare = ClaimFields(
        route=ClaimRoute.CURRENT, insurer_number="138057", symbol="1", number="2", branch="", remarks=(),
        say=Say(ja="", en=""), cites="",
    )  # fmt: skip
    written = claim_records(context, bare, date(2026, 12, 1))
    assert isinstance(written, RecordLines)
    assert written.lines[1] == "SN,1,01,,,,,,"


async def test_private_payment_has_no_claim_and_a_visitor_sees_none(door: Door) -> None:
    check = await checked(door, "yamamoto")
    await decide(door, Decision.PRIVATE_PAYMENT)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("visitor2", Role.VISITOR)
        found = (await claim(office, check, **UNKNOWN)).json()
        assert (found["route"], found["lines"], found["closed"]) == (None, [], [])
        visitor = await office.sign_in("visitor2")
        refused = await office.client.get(f"/checks/{check}/claim", headers=visitor)
        assert problem(refused) == "role-not-allowed"
