"""Requests for medical information and their results as files (facts/oqs.md 1.3, 1.5, 1.6), with all that is uncertain.

Seen in public programs: the file ids YZKsiquc01 and TKKsiquc01, the element names of a request and their values,
ResultCode and MessageContents of a result, a PDF as a file of its own. **Not confirmed, and ours until an official
edition was read:** in which elements the records themselves stand (`_ELEMENTS`, after the consent flags' names), that
CIPsiquc01 is asked in the same form, and what PrDiInfClassification chooses (left out). A result is read by what is
known: what stands in no element of a part that was asked for is dropped, so that an error here shows too little.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from kazasu.gateway.medical import (
    PARTS,
    MedicalEntry,
    MedicalForm,
    MedicalPart,
    MedicalRefusedError,
    MedicalRequest,
    MedicalSection,
)
from kazasu.rules import ConsentKind

__all__ = ["can_give", "file_id", "read_pdf", "read_result", "request_file", "result_file"]

_FILE_IDS: Final[Mapping[ConsentKind, str]] = MappingProxyType(
    {
        ConsentKind.MEDICATION: "YZKsiquc01",
        ConsentKind.TREATMENT: "YZKsiquc01",
        ConsentKind.CHECK_UPS: "TKKsiquc01",
        ConsentKind.CLINICAL_DOCUMENTS: "CIPsiquc01",
    }
)
# Treatment comes only together with medication (3, 4): in XML the medication is dropped, in a PDF it could not be.
_CATEGORIES: Final[Mapping[tuple[ConsentKind, MedicalForm], str]] = MappingProxyType(
    {
        (ConsentKind.MEDICATION, MedicalForm.PDF): "1",
        (ConsentKind.MEDICATION, MedicalForm.XML): "2",
        (ConsentKind.TREATMENT, MedicalForm.XML): "4",
        (ConsentKind.CHECK_UPS, MedicalForm.PDF): "1",
        (ConsentKind.CHECK_UPS, MedicalForm.XML): "2",
        (ConsentKind.CLINICAL_DOCUMENTS, MedicalForm.XML): "",
    }
)
_WITH_MONTHS = frozenset({ConsentKind.MEDICATION, ConsentKind.TREATMENT})
_ELEMENTS: Final[Mapping[MedicalPart, str]] = MappingProxyType(
    {
        MedicalPart.MEDICATION: "PharmacistsInfo",
        MedicalPart.TREATMENT: "DiagnosisInfo",
        MedicalPart.SURGERY: "OperationInfo",
        MedicalPart.CHECK_UPS: "SpecificHealthCheckupsInfo",
        MedicalPart.DIAGNOSIS_NAMES: "DiagnosisName",
        MedicalPart.INFECTIONS: "InfectiousInfo",
        MedicalPart.ALLERGIES: "AllergyInfo",
        MedicalPart.CONTRAINDICATIONS: "ContraindicationInfo",
        MedicalPart.TESTS: "TestInfo",
        MedicalPart.PRESCRIPTIONS: "PrescriptionInfo",
    }
)
_SECTIONS: Final = frozenset(_ELEMENTS.values())
_OK: Final = "1"
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.\-]{1,40})[\"'][^>]*\?>")
_ENCODINGS = {"utf-8": "utf-8", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "windows-31j": "cp932"}
LARGEST: Final = 8 * 1024 * 1024


def can_give(kind: ConsentKind, form: MedicalForm) -> bool:
    """Whether a kind can be had in this form without anything else on the same pages."""
    return (kind, form) in _CATEGORIES


def file_id(kind: ConsentKind) -> str:
    """The national system's name for this request."""
    return _FILE_IDS[kind]


def request_file(request: MedicalRequest) -> bytes:
    """The request as the terminal takes it: UTF-8, no namespace."""
    asked = request.qualification
    header = {
        "MedicalInstitutionCode": request.institution_code,
        "InsurerNumber": asked.insurer_number,
        "InsuranceCardSymbol": asked.symbol,
        "InsuredPersonIdentificationNumber": asked.number,
        "BranchNumber": asked.branch,
        "ArbitraryFileIdentifier": request.reference,
    }
    body: dict[str, str] = {}
    if request.kind in _WITH_MONTHS:
        body |= {"StartDate": request.since, "EndDate": request.until}
    body["FileCategory"] = _CATEGORIES[request.kind, request.form]
    body["MedicalTreatmentFlag"] = request.treatment.value
    written = f"<MessageHeader>{_elements(header.items())}</MessageHeader>"
    return _document(f"{written}<MessageBody>{_elements(body.items())}</MessageBody>")


def result_file(sections: Sequence[MedicalSection], *, reference: str) -> bytes:
    """A result in this form, for the simulator, which thereby is read as a terminal's would be."""
    written = "".join(
        f"<{_ELEMENTS[MedicalPart(section.part)]}>"
        + "".join(f"<Record>{_elements(entry.fields)}</Record>" for entry in section.entries)
        + f"</{_ELEMENTS[MedicalPart(section.part)]}>"
        for section in sections
    )
    header = _elements((("ResultCode", _OK), ("CharacterCodeIdentifier", "0"), ("ArbitraryFileIdentifier", reference)))
    return _document(f"<MessageHeader>{header}</MessageHeader><MessageBody>{written}</MessageBody>")


def read_result(octets: bytes, request: MedicalRequest) -> tuple[MedicalSection, ...]:
    """The sections that were asked for, each once, in the parts' order; `MedicalRefusedError` with `refused`,
    `not_readable` or `other_reference`. Nothing of any other part leaves here."""
    root = _root(octets)
    code = root.findtext(".//ResultCode", default="").strip()
    if code != _OK:
        raise MedicalRefusedError("refused")
    reference = root.findtext(".//ArbitraryFileIdentifier", default="").strip()
    if reference and reference != request.reference:
        # Results are taken from a folder: another patient's must not be shown for this one.
        raise MedicalRefusedError("other_reference")
    wanted = [part for part in PARTS[request.kind] if part in request.parts]
    body = root.find("MessageBody")
    sections = []
    for part in wanted:
        # Of the body itself: what stands inside another part belongs to that one.
        found = [] if body is None else body.findall(_ELEMENTS[part])
        entries = tuple(entry for section in found for entry in _entries(section))
        if entries:
            sections.append(MedicalSection(part, entries))
    return tuple(sections)


def read_pdf(octets: bytes, request: MedicalRequest) -> bytes:
    """The PDF as it came; `MedicalRefusedError` `not_readable` where it is none."""
    if not can_give(request.kind, request.form) or not octets.startswith(b"%PDF-") or len(octets) > LARGEST:
        raise MedicalRefusedError("not_readable")
    return octets


def _entries(section: ElementTree.Element) -> Iterator[MedicalEntry]:
    loose: list[tuple[str, str]] = []
    for child in section:
        if len(child) and child.tag not in _SECTIONS:
            fields = tuple(_leaves(child))
            if fields:
                yield MedicalEntry(fields)
        else:
            loose.extend(_leaves(child))
    if loose:
        yield MedicalEntry(tuple(loose))


def _leaves(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Names and values in their order. A part inside of another one is not that other one's consent."""
    if element.tag in _SECTIONS:
        return
    if len(element):
        for child in element:
            yield from _leaves(child)
    elif text := (element.text or "").strip():
        yield element.tag, text


def _root(octets: bytes) -> ElementTree.Element:
    """The document read: UTF-8 or Shift_JIS as declared; none with a DTD, whose entities can blow up."""
    declared = _DECLARED.match(octets[:200])
    encoding = _ENCODINGS.get(declared[1].decode("ascii").lower(), "") if declared else "utf-8"
    if len(octets) > LARGEST or not encoding:
        raise MedicalRefusedError("not_readable")
    try:
        text = octets.decode(encoding)
        text = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text, count=1)
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise MedicalRefusedError("not_readable")
        return ElementTree.fromstring(text)  # noqa: S314 - no DTD comes this far
    except (UnicodeDecodeError, ElementTree.ParseError):
        # Raised without its cause: the parser's message repeats nothing, its frames hold the document.
        raise MedicalRefusedError("not_readable") from None


def _elements(values: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values)


def _document(content: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<XmlMsg>{content}</XmlMsg>\n'.encode()
