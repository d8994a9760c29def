"""FHIR Patient and Coverage in the shape of JP Core, read into the same preview as a table."""

import copy
import json
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.door import Door, PatientRow, make_door
from harness.office import opened_office
from hypothesis import given
from hypothesis import strategies as st

from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.exports import CoverageFacts, FhirFacts, PatientFacts, bundle
from kazasu.patients.import_row import ImportPreview, ImportRow
from kazasu.patients.roster_file import read_roster_file
from kazasu.rules import InsuredNumber
from kazasu.staff import Role

CODE = "1310000011"
PATIENT = PatientFacts(
    id=uuid.UUID(int=1),
    institution_code=CODE,
    chart_number="0007",
    name="山田　太郎",
    name_kana="ﾔﾏﾀﾞ ﾀﾛｳ",
    birth_date=date(1950, 5, 1),
    sex="1",
)
COVERAGE = CoverageFacts(
    id=uuid.UUID(int=2),
    insurer_number="  138057",
    insurer_name="訓練区",
    symbol="国１２",
    number="0034",
    branch="01",
    personal_family="1",
)
NUMBER = InsuredNumber("138057", "国12", "0034", "01")
Resource = dict[str, Any]


def exported(*coverages: CoverageFacts) -> Resource:
    return bundle(FhirFacts(patient=PATIENT, coverages=coverages or (COVERAGE,), is_exercise=False))


def resources(document: Resource) -> dict[str, Resource]:
    return {entry["resource"]["resourceType"]: entry["resource"] for entry in document["entry"]}


def read(document: Any, code: str = CODE) -> ImportPreview:
    return read_roster_file(json.dumps(document, ensure_ascii=False).encode(), institution_code=code)


def only(document: Any, code: str = CODE) -> ImportRow:
    (row,) = read(document, code).rows
    return row


def changed(change: Callable[[dict[str, Resource]], None]) -> ImportRow:
    """The row of our own export with something about it changed."""
    document = copy.deepcopy(exported())
    change(resources(document))
    return only(document)


def whys(row: ImportRow) -> list[tuple[str, str]]:
    return [(fault.field, fault.why) for fault in row.faults]


def test_what_we_export_comes_back_whole() -> None:
    preview = read(exported())
    assert (preview.encoding, preview.faults, preview.ignored) == ("fhir", (), ())
    (row,) = preview.rows
    assert row.faults == ()
    assert row.patient is not None
    assert (row.patient.chart_number, row.patient.name, row.patient.name_kana) == (
        "0007",
        "山田　太郎",
        "ヤマダ　タロウ",
    )
    assert (row.patient.birth_date, row.patient.sex) == (date(1950, 5, 1), "1")
    assert row.patient.insured_number == NUMBER


@pytest.mark.parametrize("form", ["bundle", "list", "ndjson", "bom", "single"])
def test_a_bundle_a_list_lines_and_a_single_resource_are_read_alike(form: str) -> None:
    document = exported()
    alone = [entry["resource"] for entry in document["entry"]]
    octets = {
        "bundle": json.dumps(document, indent=1),
        "list": json.dumps(alone),
        "ndjson": "\n".join(json.dumps(one) for one in alone) + "\n",
        "bom": "\ufeff" + json.dumps(document),
        "single": json.dumps(alone[0]),
    }[form].encode()
    (row,) = read_roster_file(octets, institution_code=CODE).rows
    assert row.patient is not None
    assert row.patient.name == "山田　太郎"
    assert (row.patient.insured_number is None) is (form == "single")


@pytest.mark.parametrize("reference", ["Patient/p1", "https://ehr.example/fhir/Patient/p1", "urn:uuid:p1"])
def test_a_coverage_finds_its_patient_and_insurer_by_whatever_reference(reference: str) -> None:
    def change(found: dict[str, Resource]) -> None:
        found["Patient"]["id"] = "p1"
        found["Coverage"]["beneficiary"] = {"reference": reference}
        found["Coverage"]["contained"] = [{**found["Organization"], "id": "o1"}]
        found["Coverage"]["payor"] = [{"reference": "#o1"}]
        found["Coverage"]["identifier"] = []

    row = changed(change)
    assert row.patient is not None
    assert row.patient.insured_number == NUMBER


@pytest.mark.parametrize("left", ["extension", "member_id", "coverage_id"])
def test_the_number_is_found_in_any_of_its_places(left: str) -> None:
    def change(found: dict[str, Resource]) -> None:
        coverage = found["Coverage"]
        member, quoted = coverage["identifier"]
        if left != "extension":
            coverage["extension"], coverage["payor"] = [], []
            del coverage["dependent"]
        coverage["identifier"] = {"extension": [], "member_id": [member], "coverage_id": [quoted]}[left]

    row = changed(change)
    assert row.patient is not None
    assert row.patient.insured_number == NUMBER


def test_parts_that_contradict_each_other_leave_the_number_out() -> None:
    def change(found: dict[str, Resource]) -> None:
        found["Coverage"]["identifier"][0]["value"] = "00138057:国１２:００３５:01"

    row = changed(change)
    assert row.can_be_taken
    assert row.patient is not None
    assert row.patient.insured_number is None
    assert whys(row) == [("insured_number", "contradicts_itself")]


def test_the_coverage_that_lasts_counts_and_two_that_last_leave_the_number_out() -> None:
    old = msgspec.structs.replace(
        COVERAGE, id=uuid.UUID(int=3), insurer_number="06130488", number="9", valid_until=date(2025, 3, 31)
    )
    row = only(exported(old, COVERAGE))
    assert row.patient is not None
    assert row.patient.insured_number == NUMBER
    both = only(exported(msgspec.structs.replace(old, valid_until=None), COVERAGE))
    assert both.patient is not None
    assert both.patient.insured_number is None
    assert whys(both) == [("insured_number", "several_coverages")]


def test_public_expense_and_what_is_no_longer_in_force_are_no_insurance() -> None:
    assistance = msgspec.structs.replace(COVERAGE, id=uuid.UUID(int=4), insurer_number="12130018", symbol="")
    gone = msgspec.structs.replace(COVERAGE, id=uuid.UUID(int=5), insurer_number="06130488", is_active=False)
    row = only(exported(assistance, gone, COVERAGE))
    assert row.faults == ()
    assert row.patient is not None
    assert row.patient.insured_number == NUMBER


def test_a_wrong_check_digit_is_named_as_in_a_table() -> None:
    def change(found: dict[str, Resource]) -> None:
        found["Organization"]["identifier"][0]["value"] = "00138058"
        found["Coverage"]["identifier"] = []

    row = changed(change)
    assert ("insurer_number", "check_digit") in whys(row)
    assert row.can_be_taken


OTHER = {"system": "urn:oid:1.2.392.100495.20.3.51.19912345678", "value": "X9"}
RECORD = {
    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
    "value": "M1",
}


@pytest.mark.parametrize(
    ("identifiers", "code", "chart_number", "fault"),
    [
        ([OTHER], CODE, "X9", None),
        ([OTHER, {**OTHER, "system": OTHER["system"][:-10] + CODE, "value": "0007"}], CODE, "0007", None),
        ([OTHER, {**OTHER, "system": OTHER["system"][:-10] + "1310000029"}], CODE, "X9", None),
        ([OTHER, {**OTHER, "system": OTHER["system"][:-10] + "1310000029", "value": "Y"}], CODE, "", "several_numbers"),
        ([RECORD, {"system": "http://example/individual-number", "value": "123456789018"}], CODE, "M1", None),
        ([{"system": "http://example/individual-number", "value": "123456789018"}], CODE, "", None),
        ([{**OTHER, "use": "old"}], CODE, "", None),
        ([], CODE, "", None),
    ],
)
def test_the_chart_number_is_this_facilitys_and_no_other_identifier_is_read(
    identifiers: list[Resource], code: str, chart_number: str, fault: str | None
) -> None:
    document = exported()
    resources(document)["Patient"]["identifier"] = identifiers
    row = only(document, code)
    assert row.patient is not None
    assert row.patient.chart_number == chart_number
    assert whys(row) == ([("chart_number", fault)] if fault else [])
    assert row.can_be_taken is (fault is None)
    assert "123456789018" not in repr(row.patient.chart_number)


@pytest.mark.parametrize(
    ("names", "name", "kana"),
    [
        ([{"text": "山田 太郎"}, {"text": "やまだ たろう"}], "山田　太郎", "ヤマダ　タロウ"),
        ([{"family": "山田", "given": ["太郎"]}, {"family": "ﾔﾏﾀﾞ", "given": ["ﾀﾛｳ"]}], "山田　太郎", "ヤマダ　タロウ"),
        ([{"use": "old", "text": "鈴木 太郎"}, {"use": "official", "text": "山田 太郎"}], "山田　太郎", ""),
        ([{"text": "山田太郎"}], "山田太郎", ""),
    ],
)
def test_names_without_a_representation_are_told_apart_by_their_writing(
    names: list[Resource], name: str, kana: str
) -> None:
    document = exported()
    resources(document)["Patient"]["name"] = names
    row = only(document)
    assert row.patient is not None
    assert (row.patient.name, row.patient.name_kana) == (name, kana)
    assert whys(row) == ([] if kana else [("name_kana", "missing")])


@pytest.mark.parametrize(
    ("change", "fault", "taken"),
    [
        ({"birthDate": "1950-05"}, ("birth_date", "partial_date"), False),
        ({"birthDate": "1950-02-30"}, ("birth_date", "no_such_day"), False),
        ({"birthDate": None}, ("birth_date", "missing"), False),
        ({"name": []}, ("name", "missing"), False),
        ({"active": False}, ("row", "inactive"), False),
        ({"gender": "x"}, ("sex", "sex"), True),
        ({"name": [{"text": "山田\u0007"}]}, ("row", "control_character"), False),
    ],
)
def test_every_fault_of_a_patient_is_named(change: Resource, fault: tuple[str, str], taken: bool) -> None:
    document = exported()
    resources(document)["Patient"].update(change)
    row = only(document)
    assert fault in whys(row)
    assert row.can_be_taken is taken
    assert all(one.say.ja and one.say.en for one in row.faults)


def test_a_name_with_half_a_character_is_not_taken_over() -> None:
    text = json.dumps(exported()).replace("\\u5c71\\u7530", "\\ud800\\u7530")
    preview = read_roster_file(text.encode(), institution_code=CODE)
    assert not any(row.can_be_taken for row in preview.rows)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"{", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"{}\xff", "not_json"),
        (b"{}", "no_patient"),
        (b'{"resourceType":"Bundle","entry":[null,{"resource":7}]}', "no_patient"),
        (b'[{"resourceType":"Coverage"}]', "no_patient"),
    ],
)
def test_a_file_that_is_no_fhir_comes_back_with_its_fault(octets: bytes, why: str) -> None:
    preview = read_roster_file(octets)
    assert [(fault.why, fault.is_serious) for fault in preview.faults] == [(why, True)]
    assert all(fault.say.ja and fault.say.en for fault in preview.faults)


def test_what_is_neither_patient_nor_coverage_is_named_and_left() -> None:
    document = exported()
    document["entry"].append({"resource": {"resourceType": "Observation", "valueString": "x"}})
    assert read(document).ignored == ("Observation",)


NAMES = ("reference", "system", "value", "type", "coding", "url", "text", "given", "end", "id", "identifier")
JSON = st.recursive(
    st.sampled_from([None, True, 7, 1.5, "", "山", "#o1", "Patient/x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("name", "identifier", "birthDate", "gender", "id", "contained", "active")
COVERAGE_KEYS = ("beneficiary", "payor", "extension", "identifier", "period", "status", "dependent")


@given(
    patient=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4),
    coverage=st.dictionaries(st.sampled_from(COVERAGE_KEYS), JSON, max_size=4),
)
def test_no_resource_makes_the_reader_fail(patient: Resource, coverage: Resource) -> None:
    document = copy.deepcopy(exported())
    found = resources(document)
    found["Patient"].update(patient)
    found["Coverage"].update(coverage)
    assert len(read(document).rows) == 1


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def test_over_http_fhir_is_shown_with_what_it_changes_and_taken_over_as_shown(door: Door) -> None:
    document = exported()
    code = door.context.facility.institution_code
    resources(document)["Patient"]["identifier"][0]["system"] = f"urn:oid:1.2.392.100495.20.3.51.1{code}"
    octets = json.dumps(document).encode()
    changed_octets = octets.replace("太郎".encode("unicode_escape"), "太朗".encode("unicode_escape"))
    assert changed_octets != octets
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("back", Role.BACK_OFFICE)
        headers = {**await office.sign_in("back"), "Content-Type": "application/fhir+json"}
        first = (await office.client.post("/patients/import", content=octets, headers=headers)).json()
        assert (first["encoding"], first["counts"]["add"]) == ("fhir", 1)
        done = await office.client.post(
            f"/patients/import/apply?digest={first['digest']}", content=octets, headers=headers
        )
        assert done.json()["added"] == 1
        again = (await office.client.post("/patients/import", content=octets, headers=headers)).json()
        assert again["counts"]["same"] == 1
        second = (await office.client.post("/patients/import", content=changed_octets, headers=headers)).json()
        assert [(one["field"], one["before"], one["after"]) for one in second["rows"][0]["changes"]] == [
            ("name", "山田　太郎", "山田　太朗")
        ]
    (row,) = await door.rows(PatientRow)
    assert (row.chart_number, row.insurer_number, row.number, row.number_source) == ("0007", "138057", "0034", "roster")
