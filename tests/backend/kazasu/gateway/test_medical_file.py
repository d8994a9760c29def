"""Requests and results of medical information as files: what is asked, what is read, and what is dropped."""

from xml.etree import ElementTree

import pytest

from kazasu.gateway import (
    PARTS,
    MedicalForm,
    MedicalPart,
    MedicalRefusedError,
    MedicalRequest,
    MedicalTreatment,
    Qualification,
    QualificationKind,
)
from kazasu.gateway.medical_file import can_give, file_id, read_pdf, read_result, request_file
from kazasu.rules import ConsentKind

K = ConsentKind


def request(kind: ConsentKind = K.MEDICATION, **changes: object) -> MedicalRequest:
    qualification = Qualification(
        kind=QualificationKind.INSURANCE, insurer_number="  990051", symbol="記&号", number="0001", branch="01"
    )
    fields = {
        "reference": "r1", "institution_code": "9910000005", "kind": kind, "parts": PARTS[kind],
        "qualification": qualification, "treatment": MedicalTreatment.HOME_VISIT,
    }  # fmt: skip
    return MedicalRequest(**(fields | changes))  # type: ignore[arg-type]


def result(body: str, *, code: str = "1", reference: str = "r1", encoding: str = "UTF-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}" standalone="no"?><XmlMsg><MessageHeader>'
        f"<ResultCode>{code}</ResultCode><ArbitraryFileIdentifier>{reference}</ArbitraryFileIdentifier>"
        f"</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
    )
    return text.encode("cp932" if encoding == "Shift_JIS" else "utf-8")


def test_the_request_has_the_elements_that_public_programs_write() -> None:
    root = ElementTree.fromstring(request_file(request(since="202601", until="202611")).decode())  # noqa: S314
    header, body = root
    assert [(element.tag, element.text) for element in header] == [
        ("MedicalInstitutionCode", "9910000005"),
        ("InsurerNumber", "  990051"),
        ("InsuranceCardSymbol", "記&号"),
        ("InsuredPersonIdentificationNumber", "0001"),
        ("BranchNumber", "01"),
        ("ArbitraryFileIdentifier", "r1"),
    ]
    assert [(element.tag, element.text) for element in body] == [
        ("StartDate", "202601"),
        ("EndDate", "202611"),
        ("FileCategory", "2"),
        ("MedicalTreatmentFlag", "2"),
    ]


@pytest.mark.parametrize(
    ("kind", "form", "name", "category"),
    [
        (K.MEDICATION, MedicalForm.PDF, "YZKsiquc01", "1"),
        (K.MEDICATION, MedicalForm.XML, "YZKsiquc01", "2"),
        (K.TREATMENT, MedicalForm.XML, "YZKsiquc01", "4"),
        (K.CHECK_UPS, MedicalForm.PDF, "TKKsiquc01", "1"),
        (K.CHECK_UPS, MedicalForm.XML, "TKKsiquc01", "2"),
        (K.CLINICAL_DOCUMENTS, MedicalForm.XML, "CIPsiquc01", None),
    ],
)
def test_each_kind_and_form_has_its_file_and_category(
    kind: ConsentKind, form: MedicalForm, name: str, category: str | None
) -> None:
    assert can_give(kind, form)
    assert file_id(kind) == name
    root = ElementTree.fromstring(request_file(request(kind, form=form)).decode())  # noqa: S314
    assert root.findtext(".//FileCategory") == category or (category is None and not root.findtext(".//FileCategory"))


def test_a_pdf_that_would_hold_medication_beside_treatment_cannot_be_asked() -> None:
    assert not can_give(K.TREATMENT, MedicalForm.PDF)
    assert not can_give(K.CLINICAL_DOCUMENTS, MedicalForm.PDF)


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS"])
def test_a_result_is_read_in_both_encodings(encoding: str) -> None:
    body = "<PharmacistsInfo><Record><Date>20261101</Date><Name>髙度薬①</Name></Record></PharmacistsInfo>"
    [section] = read_result(result(body, encoding=encoding), request())
    assert section.part == MedicalPart.MEDICATION
    assert [entry.fields for entry in section.entries] == [(("Date", "20261101"), ("Name", "髙度薬①"))]


def test_what_was_not_asked_for_is_dropped_wherever_it_stands() -> None:
    body = (
        "<DiagnosisInfo><Record><Act>a</Act><OperationInfo><Name>inside</Name></OperationInfo></Record>"
        "<OperationInfo><Record><Name>beside</Name></Record></OperationInfo></DiagnosisInfo>"
        "<PharmacistsInfo><Record><Name>drug</Name></Record></PharmacistsInfo>"
        "<OperationInfo><Record><Name>surgery</Name></Record></OperationInfo>"
        "<Unheard><Record><Name>of</Name></Record></Unheard>loose<Name>loose</Name>"
    )
    sections = read_result(result(body), request(K.TREATMENT, parts=(MedicalPart.TREATMENT,)))
    assert [(section.part, [entry.fields for entry in section.entries]) for section in sections] == [
        ("treatment", [(("Act", "a"),)])
    ]


def test_a_refusal_keeps_nothing_of_what_was_written() -> None:
    octets = result("<MessageContents>佐藤 花子</MessageContents>", code="9")
    with pytest.raises(MedicalRefusedError) as raised:
        read_result(octets, request())
    assert (raised.value.why, str(raised.value)) == ("refused", "refused")


def test_another_requests_result_is_never_shown() -> None:
    body = "<PharmacistsInfo><Record><Name>x</Name></Record></PharmacistsInfo>"
    with pytest.raises(MedicalRefusedError, match="other_reference"):
        read_result(result(body, reference="r2"), request())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<XmlMsg>",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="EUC-JP"?><XmlMsg/>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><XmlMsg>&b;</XmlMsg>',
        b"<html>captive portal",
    ],
)
def test_what_is_no_result_is_not_readable_and_the_cause_is_not_carried(octets: bytes) -> None:
    with pytest.raises(MedicalRefusedError, match="not_readable") as raised:
        read_result(octets, request())
    assert raised.value.__cause__ is None


def test_a_pdf_is_taken_only_where_one_was_asked_and_it_is_one() -> None:
    asked = request(form=MedicalForm.PDF)
    assert read_pdf(b"%PDF-1.7 x", asked) == b"%PDF-1.7 x"
    for octets, of in ((b"<html>", asked), (b"%PDF-1.7", request(K.TREATMENT, form=MedicalForm.PDF))):
        with pytest.raises(MedicalRefusedError, match="not_readable"):
            read_pdf(octets, of)


def test_nothing_shows_content_in_its_repr() -> None:
    body = "<PharmacistsInfo><Record><Name>drug</Name></Record></PharmacistsInfo>"
    [section] = read_result(result(body), request())
    assert "drug" not in repr(section)
    assert "drug" not in repr(section.entries[0])
    assert "0001" not in repr(request())
