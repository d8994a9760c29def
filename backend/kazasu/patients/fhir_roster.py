"""A roster out of FHIR R4 resources in the shape of JP Core: Patient, with the Coverage beside it. Pure.

A Bundle, one resource, a list of them, or one a line (NDJSON). Facts: oqs.md section 8. The insured number comes from
the Coverage's extensions, else from its identifiers; where they contradict each other it is left out and said so.
Nothing else of a resource is read: an identifier that is not known here, whatever it is, is never looked at.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from kazasu.exports.fhir import (
    COVERAGE_ID_SYSTEM,
    EXTENSION,
    INSURER_NUMBER_SYSTEM,
    MEMBER_ID_SYSTEM,
    PATIENT_SYSTEM,
    REPRESENTATION,
)
from kazasu.importing import ImportFault
from kazasu.japanese import full_width, half_width
from kazasu.patients.import_row import ImportPreview, ImportRow, read_row, without_twins

__all__ = ["is_fhir", "read_fhir_roster"]

_Resource = dict[str, Any]
_SEXES: Final = {"male": "1", "female": "2", "other": "3", "unknown": "3", "": ""}
_NOT_THE_NAME: Final = frozenset({"old", "maiden", "temp", "anonymous", "nickname"})
_GONE: Final = frozenset({"cancelled", "draft", "entered-in-error"})
_PUBLIC_EXPENSE: Final = frozenset(
    # facts/oqs.md section 5: what begins so is no insurer.
    ("10", "11", "12", "13", "14", "15", "16", "18", "20", "21", "23", "24", "29", "51", "52", "54", "62", "66")
)
_RECORD_NUMBER: Final = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")
_PARTS: Final = ("insurer_number", "symbol", "number", "branch")


def is_fhir(octets: bytes) -> bool:
    """Whether the file is JSON rather than a table."""
    return octets.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read_fhir_roster(octets: bytes, *, institution_code: str = "") -> ImportPreview:
    """The preview: a row for each Patient, `line` its place among the resources. Raises nothing.

    A patient with identifiers of several institutions is known by the one with `institution_code`.
    """
    found = _resources(octets)
    if found is None:
        return ImportPreview((), "fhir", {}, faults=(ImportFault("file", "not_json", True),))
    resources = [_with_address(address, one) for address, one in found]
    if not any(one.get("resourceType") == "Patient" for one in resources):
        return ImportPreview((), "fhir", {}, faults=(ImportFault("file", "no_patient", True),))
    by_reference = {reference: one for one in resources for reference in _references(one)}
    coverages: dict[int, list[_Resource]] = {}
    for one in resources:
        beneficiary = _referred(one.get("beneficiary"), one, by_reference) if _kind(one) == "Coverage" else None
        if beneficiary is not None:
            coverages.setdefault(id(beneficiary), []).append(one)
    rows = [
        _row(place, one, coverages.get(id(one), []), by_reference, institution_code)
        for place, one in enumerate(resources, start=1)
        if _kind(one) == "Patient"
    ]
    read = ("Patient", "Coverage", "Organization")
    ignored = tuple(sorted({_kind(one) for one in resources} - {*read, ""}))
    return ImportPreview(without_twins(rows), "fhir", {}, ignored)


def _resources(octets: bytes) -> list[tuple[str, _Resource]] | None:
    """Each resource with the address that its Bundle gives it; None where this is no JSON of resources."""
    text = octets.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        documents = [msgspec.json.decode(text)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            documents = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return list(_flat(documents))


def _flat(documents: Iterable[Any]) -> Iterator[tuple[str, _Resource]]:
    for document in documents:
        if isinstance(document, list):
            yield from _flat(one for one in document if not isinstance(one, list))
        elif isinstance(document, dict) and document.get("resourceType") == "Bundle":
            for entry in _dicts(document.get("entry")):
                resource = entry.get("resource")
                if isinstance(resource, dict):
                    yield _text(entry.get("fullUrl")), resource
        elif isinstance(document, dict):
            yield "", document


def _with_address(address: str, resource: _Resource) -> _Resource:
    # The same resource twice in a file is two rows: each has an identity of its own here.
    return {**resource, "_address": address}


def _references(resource: _Resource) -> Iterator[str]:
    own, kind = _text(resource.get("id")), _kind(resource)
    if resource["_address"]:
        yield resource["_address"]
    if own:
        yield f"{kind}/{own}"
        yield f"urn:uuid:{own}"


def _referred(reference: Any, resource: _Resource, by_reference: dict[str, _Resource]) -> _Resource | None:
    """What a reference points at: within the resource, or in the file."""
    target = _text(reference.get("reference")) if isinstance(reference, dict) else ""
    if target.startswith("#"):
        return next((one for one in _dicts(resource.get("contained")) if one.get("id") == target[1:]), None)
    return by_reference.get(target) or by_reference.get("/".join(target.split("/")[-2:]))


def _row(
    place: int,
    patient: _Resource,
    coverages: list[_Resource],
    by_reference: dict[str, _Resource],
    institution_code: str,
) -> ImportRow:
    faults: list[ImportFault] = []
    names = _names(patient)
    sex = _text(patient.get("gender"))
    birth_date = _text(patient.get("birthDate"))
    cells = {
        "chart_number": _chart_number(patient, institution_code, faults),
        "name": names.get("IDE", ""),
        "name_kana": names.get("SYL", ""),
        "birth_date": birth_date,
        "sex": _SEXES.get(sex, sex),
    }
    if patient.get("active") is False:
        faults.append(ImportFault("row", "inactive", True))
    if birth_date and len(birth_date) < len("yyyy-mm-dd"):
        faults.append(ImportFault("birth_date", "partial_date", True))
    number = _insured_number(patient, coverages, by_reference, faults)
    return read_row(place, cells | dict(zip(_PARTS, number, strict=True)), faults)


def _chart_number(patient: _Resource, institution_code: str, faults: list[ImportFault]) -> str:
    of_institutions, of_records = {}, set()
    for identifier in _dicts(patient.get("identifier")):
        system, value = _text(identifier.get("system")), _text(identifier.get("value"))
        if not value or _text(identifier.get("use")) == "old":
            continue
        if system.startswith(PATIENT_SYSTEM) and len(system) == len(PATIENT_SYSTEM) + 10:
            of_institutions[system.removeprefix(PATIENT_SYSTEM)] = value
        elif _RECORD_NUMBER in _codings(identifier.get("type")):
            of_records.add(value)
    if institution_code in of_institutions:
        return of_institutions[institution_code]
    found = set(of_institutions.values()) or of_records
    if len(found) > 1:
        faults.append(ImportFault("chart_number", "several_numbers", True))
    return next(iter(found)) if len(found) == 1 else ""


def _names(patient: _Resource) -> dict[str, str]:
    """The name and its reading: by the representation that is told (IDE, SYL), else by how it is written."""
    found: dict[str, str] = {}
    for name in _dicts(patient.get("name")):
        if _text(name.get("use")) in _NOT_THE_NAME:
            continue
        given = name.get("given")
        parts = [_text(name.get("family")), *(_text(one) for one in (given if isinstance(given, list) else []))]
        text = "　".join(part for part in parts if part) or _text(name.get("text"))
        told = {
            _text(one.get("valueCode")) for one in _dicts(name.get("extension")) if one.get("url") == REPRESENTATION
        }
        representation = next(iter(told)) if len(told) == 1 else "SYL" if _is_kana(text) else "IDE"
        if text:
            found.setdefault(representation, text)
    return found


def _is_kana(text: str) -> bool:
    wide = full_width(text).replace("　", "")
    return bool(wide) and all("ァ" <= character <= "ヿ" or "ぁ" <= character <= "ゟ" for character in wide)


_Number = tuple[str, str, str, str]
_NONE: Final[_Number] = ("", "", "", "")


def _insured_number(
    patient: _Resource,
    coverages: list[_Resource],
    by_reference: dict[str, _Resource],
    faults: list[ImportFault],
) -> _Number:
    numbers: dict[_Number, str] = {}
    for coverage in coverages:
        if _text(coverage.get("status")) in _GONE:
            continue
        ways = list(_ways(coverage, by_reference))
        if not ways or any(way[0][:2] in _PUBLIC_EXPENSE and len(way[0]) == 8 for way in ways):
            continue
        merged = _merged(ways)
        if merged is None:
            faults.append(ImportFault("insured_number", "contradicts_itself", False))
            return _NONE
        period = coverage.get("period")
        until = _text(period.get("end")) if isinstance(period, dict) else ""
        numbers[merged] = max(numbers.get(merged, ""), until or "9999")
    if not coverages:
        # Some senders have no Coverage and give the member's id with the patient.
        ways = list(_of_identifiers(patient))
        merged = _merged(ways) if ways else _NONE
        if merged is None:
            faults.append(ImportFault("insured_number", "contradicts_itself", False))
        return merged or _NONE
    latest = [number for number, until in numbers.items() if until == max(numbers.values())]
    if len(latest) > 1:
        faults.append(ImportFault("insured_number", "several_coverages", False))
        return _NONE
    return latest[0] if latest else _NONE


def _ways(coverage: _Resource, by_reference: dict[str, _Resource]) -> Iterator[_Number]:
    """The number as each part of the resource has it, empty where it does not say."""
    by_extension = {_text(one.get("url")): _text(one.get("valueString")) for one in _dicts(coverage.get("extension"))}
    symbol, number, branch = (
        by_extension.get(f"{EXTENSION}/JP_Coverage_{name}", "")
        for name in ("InsuredPersonSymbol", "InsuredPersonNumber", "InsuredPersonSubNumber")
    )
    branch = branch or _text(coverage.get("dependent"))
    insurers = [_insurer_number(payor, coverage, by_reference) for payor in _dicts(coverage.get("payor"))]
    insurer = next((one for one in insurers if one), "")
    if number or symbol or insurer:
        yield _normal((insurer, symbol, number, branch))
    yield from _of_identifiers(coverage)


def _insurer_number(payor: _Resource, coverage: _Resource, by_reference: dict[str, _Resource]) -> str:
    organization = _referred(payor, coverage, by_reference) or {}
    identifiers = [*_dicts(organization.get("identifier")), *_dicts([payor.get("identifier")])]
    values = [_text(one.get("value")) for one in identifiers if one.get("system") == INSURER_NUMBER_SYSTEM]
    return values[0] if values else ""


def _of_identifiers(resource: _Resource) -> Iterator[_Number]:
    for identifier in _dicts(resource.get("identifier")):
        system, value = _text(identifier.get("system")), _text(identifier.get("value"))
        parts: list[str] = []
        if system == MEMBER_ID_SYSTEM:
            parts = value.split(":")
        elif system == COVERAGE_ID_SYSTEM:
            parts = next(csv.reader(io.StringIO(value)), [])
        if len(parts) == len(_PARTS):
            yield _normal((parts[0], parts[1], parts[2], parts[3]))


def _normal(number: _Number) -> _Number:
    """Half width; the insurer number without the zeros that JP Core puts before six digits."""
    insurer, symbol, own, branch = (half_width(part).strip() for part in number)
    if len(insurer) == 8 and insurer.startswith("00"):
        insurer = insurer[2:]
    return insurer, symbol, own, branch


def _merged(ways: Iterable[_Number]) -> _Number | None:
    """What all say together; None where two say something else of the same part."""
    merged = list(_NONE)
    for way in ways:
        for place, part in enumerate(way):
            if part and merged[place] and part != merged[place]:
                return None
            merged[place] = merged[place] or part
    return merged[0], merged[1], merged[2], merged[3]


def _codings(concept: Any) -> set[tuple[str, str]]:
    if not isinstance(concept, dict):
        return set()
    return {(_text(one.get("system")), _text(one.get("code"))) for one in _dicts(concept.get("coding"))}


def _kind(resource: _Resource) -> str:
    return _text(resource.get("resourceType"))


def _dicts(value: Any) -> list[_Resource]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
