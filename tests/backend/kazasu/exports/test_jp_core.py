"""Bundles against FHIR's own structure (fhir.resources, R4B: the same for these resources as R4) and against JP Core's
cardinalities, identifiers and references, which stand in `jp_core.csv` with their source.

No validator of JP Core itself can be had as a package; the profiles' texts were read, and this is what they constrain.
"""

import csv
import json
import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from kazasu.exports.fhir import CoverageFacts, FhirFacts, PatientFacts, bundle

PROFILE = "http://jpfhir.jp/fhir/core/StructureDefinition/"


def cardinalities() -> list[dict[str, str]]:
    text = (Path(__file__).parent / "jp_core.csv").read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


CARDINALITIES = cardinalities()


def parents(resource: dict[str, Any], element: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Each place where the element may stand, with its last name."""
    first, _, rest = element.partition(".")
    if not rest:
        yield resource, first
        return
    inner = resource.get(first, [])
    for one in inner if isinstance(inner, list) else [inner]:
        yield from parents(one, rest)


def values(place: dict[str, Any], name: str, where: str) -> list[Any]:
    found = place.get(name, [])
    found = found if isinstance(found, list) else [found]
    return [one for one in found if not where or where in (one.get("url"), one.get("system"))]


def breaches(whole: dict[str, Any]) -> list[str]:
    """Every cardinality of the profiles that a resource of the bundle does not keep."""
    found = []
    for resource in (entry["resource"] for entry in whole["entry"]):
        (profile,) = resource["meta"]["profile"]
        assert profile.startswith(PROFILE)
        for line in CARDINALITIES:
            if profile != PROFILE + line["profile"]:
                continue
            for place, name in parents(resource, line["element"]):
                count = len(values(place, name, line["where"]))
                if count < int(line["min"]) or (line["max"] != "*" and count > int(line["max"])):
                    found.append(f"{line['profile']}.{line['element']} {line['where']}: {count}")
    return found


def prove(whole: dict[str, Any]) -> None:
    Bundle.model_validate_json(json.dumps(whole))
    assert breaches(whole) == []
    ids = {entry["fullUrl"] for entry in whole["entry"]}
    assert len(ids) == len(whole["entry"])
    for entry in whole["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
        if resource["resourceType"] == "Coverage":
            assert resource["beneficiary"]["reference"] in ids
            assert all(one["reference"] in ids for one in resource["payor"])
            member, quoted = (one["value"] for one in resource["identifier"])
            assert re.fullmatch(r"[0-9]{8}:[^:\s　]*:[^:\s　]*:([0-9]{2})?", member)
            assert re.fullmatch(r'"[0-9]{8}","[^"]*","[^"]*","([0-9]{2})?"', quoted)
            assert quoted.replace('"', "").split(",") == member.split(":")
        if resource["resourceType"] == "Organization":
            assert re.fullmatch("[0-9]{8}", resource["identifier"][0]["value"])
        if resource["resourceType"] == "Patient":
            for one in resource["identifier"]:
                assert one["system"] == "urn:ietf:rfc:3986" or re.fullmatch(
                    r"urn:oid:1\.2\.392\.100495\.20\.3\.51\.1[0-9]{10}", one["system"]
                )


PATIENT = PatientFacts(
    id=uuid.UUID(int=1), institution_code="1311234567", chart_number="10", name="訓練　太郎", name_kana="ｸﾝﾚﾝ ﾀﾛｳ",
    birth_date=date(1950, 5, 1), sex="1", address="東京都千代田区1-1", post_number="100-0001",
)  # fmt: skip
COVERAGE = CoverageFacts(
    id=uuid.UUID(int=2), insurer_number="  138057", insurer_name="訓練区", symbol="あいう", number="187", branch="05",
    personal_family="1", valid_from=date(2024, 4, 1), valid_until=date(2025, 3, 31), share_percent=30,
)  # fmt: skip


def test_a_whole_bundle_keeps_structure_profiles_and_references() -> None:
    prove(bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=True)))


TEXT = st.text(alphabet="あア漢ｱ髙1A-　 ", max_size=8)


@given(
    insurer=st.sampled_from(["138057", "  138057", "00138057", "06130488", "39131234"]),
    symbol=TEXT, number=TEXT.filter(lambda text: text.strip(" 　") != ""), branch=st.sampled_from(["", "00", "05"]),
    family=st.sampled_from(["", "1", "2", "9"]), chart=st.sampled_from(["", "00010"]),
    names=st.tuples(TEXT, TEXT), sex=st.sampled_from(["", "1", "2", "3"]), born=st.none() | st.dates(),
    share=st.none() | st.sampled_from([10, 20, 30]), starts=st.none() | st.dates(), is_exercise=st.booleans(),
)  # fmt: skip
def test_whatever_parts_are_missing_the_profiles_are_kept(
    insurer: str, symbol: str, number: str, branch: str, family: str, chart: str, names: tuple[str, str], sex: str,
    born: date | None, share: int | None, starts: date | None, is_exercise: bool,
) -> None:  # fmt: skip
    patient = msgspec.structs.replace(
        PATIENT, chart_number=chart, name=names[0], name_kana=names[1], sex=sex, birth_date=born, address=""
    )
    coverage = msgspec.structs.replace(
        COVERAGE, insurer_number=insurer, symbol=symbol, number=number, branch=branch, personal_family=family,
        valid_from=starts, valid_until=None, share_percent=share, insurer_name="",
    )  # fmt: skip
    prove(bundle(FhirFacts(patient=patient, coverages=(coverage,), is_exercise=is_exercise)))


@pytest.mark.parametrize(
    ("kind", "element"),
    [("Patient", "identifier"), ("Coverage", "payor"), ("Coverage", "beneficiary"), ("Coverage", "status"),
     ("Organization", "identifier")],
)  # fmt: skip
def test_what_is_taken_away_is_missed(kind: str, element: str) -> None:
    whole = bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=False))
    for entry in whole["entry"]:
        if entry["resource"]["resourceType"] == kind:
            del entry["resource"][element]
    assert breaches(whole) != []


def test_a_second_identifier_of_a_slice_is_one_too_many() -> None:
    whole = bundle(FhirFacts(patient=PATIENT, coverages=(COVERAGE,), is_exercise=False))
    (coverage,) = [e["resource"] for e in whole["entry"] if e["resource"]["resourceType"] == "Coverage"]
    coverage["identifier"].append(coverage["identifier"][0])
    assert any("JP_Insurance_memberID" in one for one in breaches(whole))
