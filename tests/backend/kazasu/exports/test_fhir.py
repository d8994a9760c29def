"""JP Core bundles: identifiers, padding, empty parts, and the profiles' cardinalities."""

import json
import re
import uuid
from datetime import date
from typing import Any

import msgspec
import pytest

from kazasu.exports.fhir import (
    COVERAGE_ID_SYSTEM,
    INSURER_NUMBER_SYSTEM,
    MEMBER_ID_SYSTEM,
    CoverageFacts,
    FhirFacts,
    PatientFacts,
    bundle,
    member_id,
)

PATIENT = PatientFacts(
    id=uuid.UUID(int=1),
    institution_code="1311234567",
    chart_number="00000010",
    name="訓練　太郎",
    name_kana="ｸﾝﾚﾝ ﾀﾛｳ",
    birth_date=date(1950, 5, 1),
    sex="1",
    address="東京都千代田区1-1",
    post_number="100-0001",
)
COVERAGE = CoverageFacts(
    id=uuid.UUID(int=2),
    insurer_number="  138057",
    insurer_name="訓練区",
    symbol="あいう",
    number="187",
    branch="05",
    personal_family="1",
    valid_from=date(2024, 4, 1),
    valid_until=date(2025, 3, 31),
    share_percent=30,
)
FACTS = FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=True)


def resources(facts: FhirFacts = FACTS) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in bundle(facts)["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


@pytest.mark.parametrize(
    ("insurer", "symbol", "number", "branch", "expected"),
    [
        ("00012345", "あいう", "187", "05", "00012345:あいう:１８７:05"),  # the profile's own example
        ("00012345", "", "187", "", "00012345::１８７:"),
        ("  138057", "国12", "9", "00", "00138057:国１２:９:00"),
        ("138057", "1-2", "ｱ9", "01", "00138057:１－２:ア９:01"),
        ("39131234", "", "12345678", "", "39131234::１２３４５６７８:"),
        ("06130488", "1 2", "3:4", "01", "06130488:１２:３：４:01"),
    ],
)
def test_the_member_id_pads_with_zeros_and_keeps_its_colons(
    insurer: str, symbol: str, number: str, branch: str, expected: str
) -> None:
    found = member_id(insurer, symbol, number, branch)
    assert found == expected
    # The rule of the sharing service (R1013) for the same string.
    assert re.fullmatch(r"[0-9]{8}:[^:\s　]*:[^:\s　]*:([0-9][0-9])?", found)


def test_a_coverage_has_what_the_profile_asks_for() -> None:
    (coverage,) = resources()["Coverage"]
    assert coverage["status"] == "active"
    assert coverage["beneficiary"] == {"reference": f"urn:uuid:{PATIENT.id}"}
    assert len(coverage["payor"]) == 1
    assert [one["value"] for one in coverage["identifier"]] == [
        "00138057:あいう:１８７:05",
        '"00138057","あいう","１８７","05"',
    ]
    assert [one["system"] for one in coverage["identifier"]] == [MEMBER_ID_SYSTEM, COVERAGE_ID_SYSTEM]
    assert coverage["subscriberId"] == "あいう:１８７"
    assert coverage["dependent"] == "05"
    assert coverage["relationship"]["coding"][0]["code"] == "1"
    assert coverage["period"] == {"start": "2024-04-01", "end": "2025-03-31"}
    assert coverage["costToBeneficiary"][0]["type"]["coding"][0]["code"] == "copaypct"
    assert coverage["costToBeneficiary"][0]["valueQuantity"]["value"] == 30
    assert {one["url"].rsplit("_", 1)[1]: one["valueString"] for one in coverage["extension"]} == {
        "InsuredPersonSymbol": "あいう",
        "InsuredPersonNumber": "１８７",
        "InsuredPersonSubNumber": "05",
    }


def test_missing_parts_are_missing_elements() -> None:
    bare = msgspec.structs.replace(
        COVERAGE,
        insurer_number="39131234",
        symbol="",
        branch="",
        personal_family="",
        valid_from=None,
        valid_until=None,
        share_percent=None,
        insurer_name="",
    )
    facts = FhirFacts(patient=PATIENT, coverages=(bare,), is_exercise=False)
    (coverage,) = resources(facts)["Coverage"]
    assert [one["url"].rsplit("_", 1)[1] for one in coverage["extension"]] == ["InsuredPersonNumber"]
    for name in ("dependent", "relationship", "period", "costToBeneficiary"):
        assert name not in coverage
    assert coverage["identifier"][0]["value"] == "39131234::１８７:"
    assert coverage["subscriberId"] == ":１８７"
    (insurer,) = resources(facts)["Organization"]
    assert "name" not in insurer


def test_the_patient_has_both_names_and_the_institution_s_number() -> None:
    (patient,) = resources()["Patient"]
    assert patient["identifier"] == [{"system": "urn:oid:1.2.392.100495.20.3.51.11311234567", "value": "00000010"}]
    assert [name["extension"][0]["valueCode"] for name in patient["name"]] == ["IDE", "SYL"]
    assert (patient["name"][0]["family"], patient["name"][0]["given"]) == ("訓練", ["太郎"])
    assert (patient["name"][1]["text"], patient["name"][1]["family"]) == ("クンレン　タロウ", "クンレン")
    assert patient["gender"] == "male"
    assert patient["birthDate"] == "1950-05-01"
    assert patient["address"] == [{"text": "東京都千代田区1-1", "postalCode": "100-0001"}]


def test_a_name_without_space_is_not_divided() -> None:
    facts = FhirFacts(
        patient=msgspec.structs.replace(PATIENT, name="訓練太郎", sex="3", birth_date=None, chart_number=""),
        coverages=(),
        is_exercise=False,
    )
    (patient,) = resources(facts)["Patient"]
    assert "family" not in patient["name"][0]
    assert patient["gender"] == "unknown"
    assert "birthDate" not in patient
    # The profile asks for one identifier at least.
    assert patient["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{PATIENT.id}"}]


def test_insurer_numbers_are_eight_digits_and_each_insurer_stands_once() -> None:
    second = msgspec.structs.replace(COVERAGE, id=uuid.UUID(int=3), insurer_number="138057")
    third = msgspec.structs.replace(COVERAGE, id=uuid.UUID(int=4), insurer_number="06130488")
    found = resources(FhirFacts(patient=PATIENT, coverages=(COVERAGE, second, third), is_exercise=False))
    values = [one["identifier"][0] for one in found["Organization"]]
    assert values == [
        {"system": INSURER_NUMBER_SYSTEM, "value": "00138057"},
        {"system": INSURER_NUMBER_SYSTEM, "value": "06130488"},
    ]
    assert [one["order"] for one in found["Coverage"]] == [1, 2, 3]


def test_every_reference_resolves_inside_the_bundle() -> None:
    whole = bundle(FACTS)
    urls = [entry["fullUrl"] for entry in whole["entry"]]
    assert len(urls) == len(set(urls))
    references = re.findall(r'"reference": "([^"]+)"', json.dumps(whole))
    assert references
    assert set(references) <= set(urls)
    for url in urls:
        uuid.UUID(url.removeprefix("urn:uuid:"))


def test_an_exercise_says_so_in_every_resource() -> None:
    whole = bundle(FACTS)
    for resource in (whole, *(entry["resource"] for entry in whole["entry"])):
        assert resource["meta"]["tag"][0]["display"] == "訓練 / EXERCISE"
    live = json.dumps(bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=False)))
    assert "EXERCISE" not in live
    assert "HTEST" not in live


def test_nothing_is_empty_and_the_same_facts_give_the_same_octets() -> None:
    def empties(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [one for inner in value.values() for one in empties(inner)]
        if isinstance(value, list):
            return [one for inner in value for one in empties(inner)] or ([value] if not value else [])
        return [value] if value in ("", None) else []

    whole = bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=False))
    assert empties(whole) == []
    assert json.dumps(whole) == json.dumps(bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=False)))
    assert "訓練" not in repr(FACTS)
