"""FHIR R4 in the shape of JP Core: Patient, Coverage and the insurer's Organization in one Bundle. Pure dictionaries.

Facts: oqs.md section 8 (jp-core-v1x of 2025-09). What is written is what the profiles have; where their texts
contradict each other, the choice is noted beside it.
"""

import uuid
from datetime import date
from typing import Any, Final

import msgspec

from kazasu.japanese import full_width, without_spaces

__all__ = ["CoverageFacts", "FhirFacts", "PatientFacts", "bundle", "member_id"]

Resource = dict[str, Any]

_CORE: Final = "http://jpfhir.jp/fhir/core"
_PROFILE: Final = f"{_CORE}/StructureDefinition"
EXTENSION: Final = f"{_CORE}/Extension/StructureDefinition"
MEMBER_ID_SYSTEM: Final = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
COVERAGE_ID_SYSTEM: Final = f"{_CORE}/IdSystem/JP_Coverage_id"
INSURER_NUMBER_SYSTEM: Final = f"{_CORE}/mhlw/IdSystem/InsurerNumber"
_RELATIONSHIP_SYSTEM: Final = f"{_CORE}/mhlw/CodeSystem/InsuredPersonCategory"
PATIENT_SYSTEM: Final = "urn:oid:1.2.392.100495.20.3.51.1"
REPRESENTATION: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_COPAY_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"
_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_GENDERS: Final = {"1": "male", "2": "female"}
_RELATIONSHIPS: Final = {"1": "被保険者", "2": "被扶養者"}


class PatientFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the patient. Sex is 1 male, 2 female, else unknown."""

    id: uuid.UUID
    institution_code: str
    chart_number: str
    name: str
    name_kana: str
    birth_date: date | None
    sex: str
    address: str = ""
    post_number: str = ""

    def __repr__(self) -> str:
        return "<PatientFacts>"


class CoverageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One qualification. `personal_family`: `1` insured, `2` family, as the answer has it."""

    id: uuid.UUID
    insurer_number: str
    insurer_name: str
    symbol: str
    number: str
    branch: str
    personal_family: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    share_percent: int | None = None
    is_active: bool = True

    def __repr__(self) -> str:
        return "<CoverageFacts>"


class FhirFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One export: the patient with what is known of the coverages."""

    patient: PatientFacts
    coverages: tuple[CoverageFacts, ...]
    is_exercise: bool

    def __repr__(self) -> str:
        return "<FhirFacts>"


def member_id(insurer_number: str, symbol: str, number: str, branch: str) -> str:
    """`insurer:symbol:number:branch`; missing parts empty, all colons kept, no branch never `00`.

    The insurer number is eight digits with leading zeros here, where the national system and claims pad with spaces.
    """
    return ":".join(_parts(insurer_number, symbol, number, branch))


def bundle(facts: FhirFacts) -> Resource:
    """A collection of Patient, and for each coverage its insurer and itself; the same facts give the same bundle."""
    insurers = {_insurer_id(coverage): _insurer(coverage, facts.is_exercise) for coverage in facts.coverages}
    coverages = [_coverage(coverage, facts, place) for place, coverage in enumerate(facts.coverages, start=1)]
    resources = [_patient(facts), *insurers.values(), *coverages]
    return _without_empty(
        {
            "resourceType": "Bundle",
            "meta": _meta("", facts.is_exercise),
            "type": "collection",
            "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
        }
    )


def _parts(insurer_number: str, symbol: str, number: str, branch: str) -> tuple[str, str, str, str]:
    return (
        insurer_number.strip().zfill(8),
        without_spaces(full_width(symbol)),
        without_spaces(full_width(number)),
        branch.strip(),
    )


def _meta(profile: str, is_exercise: bool) -> Resource:
    meta: Resource = {"profile": [f"{_PROFILE}/{profile}"]} if profile else {}
    if is_exercise:
        # The standard's own mark for test data, with our words for a person who reads it.
        meta["tag"] = [{"system": _ACT_REASON, "code": "HTEST", "display": "訓練 / EXERCISE"}]
    return meta


def _patient(facts: FhirFacts) -> Resource:
    patient = facts.patient
    return _without_empty(
        {
            "resourceType": "Patient",
            "id": str(patient.id),
            "meta": _meta("JP_Patient", facts.is_exercise),
            # The profile wants one at least: without a chart number our own id, which is nobody else's.
            "identifier": [{"system": PATIENT_SYSTEM + patient.institution_code, "value": patient.chart_number}]
            if patient.chart_number
            else [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{patient.id}"}],
            "name": [
                _name(text, representation)
                for text, representation in ((patient.name, "IDE"), (patient.name_kana, "SYL"))
                if text.strip()
            ],
            "gender": _GENDERS.get(patient.sex, "unknown"),
            "birthDate": "" if patient.birth_date is None else patient.birth_date.isoformat(),
            "address": [_without_empty({"text": patient.address, "postalCode": patient.post_number})]
            if patient.address or patient.post_number
            else [],
        }
    )


def _name(text: str, representation: str) -> Resource:
    wide = full_width(text.strip())
    family, _, given = wide.partition("　")
    return _without_empty(
        {
            "extension": [{"url": REPRESENTATION, "valueCode": representation}],
            "use": "official",
            "text": wide,
            # A name without a space is not divided: nobody here knows where.
            "family": family if given else "",
            "given": [given.strip()] if given.strip() else [],
        }
    )


def _insurer_id(coverage: CoverageFacts) -> str:
    """The same insurer has the same id in every bundle, and stands in each once."""
    number = coverage.insurer_number.strip().zfill(8)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{INSURER_NUMBER_SYSTEM}|{number}"))


def _insurer(coverage: CoverageFacts, is_exercise: bool) -> Resource:
    return _without_empty(
        {
            "resourceType": "Organization",
            "id": _insurer_id(coverage),
            "meta": _meta("JP_Organization", is_exercise),
            "identifier": [{"system": INSURER_NUMBER_SYSTEM, "value": coverage.insurer_number.strip().zfill(8)}],
            "name": coverage.insurer_name,
        }
    )


def _coverage(coverage: CoverageFacts, facts: FhirFacts, place: int) -> Resource:
    insurer, symbol, number, branch = _parts(coverage.insurer_number, coverage.symbol, coverage.number, coverage.branch)
    csv = ",".join(f'"{part}"' for part in (insurer, symbol, number, branch))
    extensions = (
        ("JP_Coverage_InsuredPersonSymbol", symbol),
        ("JP_Coverage_InsuredPersonNumber", number),
        ("JP_Coverage_InsuredPersonSubNumber", branch),
    )
    relationship = coverage.personal_family
    return _without_empty(
        {
            "resourceType": "Coverage",
            "id": str(coverage.id),
            "meta": _meta("JP_Coverage", facts.is_exercise),
            "extension": [{"url": f"{EXTENSION}/{name}", "valueString": value} for name, value in extensions if value],
            "identifier": [
                {"system": MEMBER_ID_SYSTEM, "value": ":".join((insurer, symbol, number, branch))},
                {"system": COVERAGE_ID_SYSTEM, "value": csv},
            ],
            "status": "active" if coverage.is_active else "cancelled",
            # No binding in the profile; its own example has this code.
            "type": {"coding": [{"system": _ACT_CODE, "code": "PUBLICPOL"}]},
            "subscriberId": f"{symbol}:{number}" if symbol or number else "",
            "beneficiary": {"reference": f"urn:uuid:{facts.patient.id}"},
            # Half width, two digits: the profile's texts say both, its decision of PR 643 this.
            "dependent": branch,
            "relationship": {
                "coding": [
                    {
                        "system": _RELATIONSHIP_SYSTEM,
                        "code": relationship,
                        "display": _RELATIONSHIPS[relationship],
                    }
                ]
            }
            if relationship in _RELATIONSHIPS
            else {},
            "period": _without_empty(
                {
                    "start": "" if coverage.valid_from is None else coverage.valid_from.isoformat(),
                    "end": "" if coverage.valid_until is None else coverage.valid_until.isoformat(),
                }
            ),
            "payor": [{"reference": f"urn:uuid:{_insurer_id(coverage)}"}],
            "order": place,
            "costToBeneficiary": [_share(coverage.share_percent)] if coverage.share_percent is not None else [],
        }
    )


def _share(percent: int) -> Resource:
    return {
        "type": {"coding": [{"system": _COPAY_SYSTEM, "code": "copaypct"}]},
        "valueQuantity": {
            "value": percent,
            "unit": "%",
            "system": "http://unitsofmeasure.org",
            "code": "%",
        },
    }


def _without_empty(resource: Resource) -> Resource:
    """FHIR knows no empty values: an element is there with content or not at all."""
    return {name: value for name, value in resource.items() if value not in ("", [], {}, None)}
