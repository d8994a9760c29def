"""What a batch's files say of one check: the number that is claimed, and beside it what belongs to that number."""

import csv
import dataclasses
import io
import json
import uuid
from datetime import date
from typing import Any

import pytest

from kazasu.exports.batch.content import ExportedCheck, ExportFormat, batch_files
from kazasu.exports.claiming.known import ClaimFacts, known_for_claim
from kazasu.exports.fhir import PatientFacts
from kazasu.exports.receipt_record import RecordLines, receipt_records
from kazasu.facility import FacilityKind
from kazasu.gateway import Result
from kazasu.gateway.simulator import REGISTRY
from kazasu.reconciliation.decision import Decision
from kazasu.rules import InsuredNumber
from kazasu.rules.claim_fields import UnknownFacts, plan_claim
from kazasu.rules.claim_route import ClaimForm
from kazasu.rules.substitute import Scheme

CURRENT = REGISTRY["sato"].current[0]
SHOWN = InsuredNumber("138057", "国12", "0034", "01")
DAY = date(2026, 12, 1)
FACTS = ClaimFacts(
    check="c" * 32, patient=None, visit_date=DAY, result=Result.VALID, settled_by=None, qualifications=(CURRENT,),
    document=SHOWN, roster=None,
)  # fmt: skip
PATIENT = PatientFacts(
    id=uuid.UUID(int=1), institution_code="1310000011", chart_number="7", name="訓練　太郎",
    name_kana="クンレン　タロウ",     birth_date=date(1950, 5, 1), sex="1",
)  # fmt: skip
UNKNOWN = UnknownFacts(
    name_kana="クンレン　タロウ", addresses=("東京都架空区１－１",), telephone="0312345678", contacted_on=DAY,
    scheme=Scheme.NATIONAL, has_declaration=True,
)  # fmt: skip


def exported(kind: FacilityKind = FacilityKind.MEDICAL_INSTITUTION, **changes: Any) -> ExportedCheck:
    facts = dataclasses.replace(FACTS, **changes)
    fields = plan_claim(kind, known_for_claim(facts), DAY).fields
    if facts.settled_by is Decision.PRIVATE_PAYMENT:
        fields = None
    records = receipt_records(fields, ClaimForm.MEDICAL, (2026, 12)) if fields else None
    return ExportedCheck(
        facts=facts, fields=fields, records=records if isinstance(records, RecordLines) else None, patient=PATIENT,
        check_type="home_consent", setting="home_visit", identity="pin", assurance="card_signed",
    )  # fmt: skip


def row(check: ExportedCheck) -> dict[str, str]:
    octets = batch_files([check], "1310000011", is_exercise=False)[ExportFormat.CSV]
    (line,) = csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline=""))
    return line


def coverages(check: ExportedCheck) -> list[dict[str, Any]]:
    whole = json.loads(batch_files([check], "1310000011", is_exercise=False)[ExportFormat.FHIR])
    resources = [entry["resource"] for entry in whole["entry"]]
    return [one for one in resources if one["resourceType"] == "Coverage"]


def test_a_clean_answer_goes_out_with_all_that_belongs_to_it() -> None:
    line = row(exported())
    assert line["保険者番号"] == CURRENT.insurer_number.strip()
    assert line["保険者名"] == CURRENT.insurer_name
    assert line["負担割合"] == CURRENT.share
    assert line["レセプト記録"].split("\n")[0].startswith("HO,")
    (coverage,) = coverages(exported())
    assert coverage["status"] == "active"
    assert coverage["period"]["start"]


def test_a_document_s_number_goes_out_without_what_belongs_to_the_lost_one() -> None:
    """The answer shows the lost qualification; what is claimed is what was shown, newer."""
    check = exported(result=Result.INVALID, settled_by=Decision.CURRENT_QUALIFICATION)
    line = row(check)
    assert (line["保険者番号"], line["記号"], line["番号"], line["枝番"]) == ("138057", "国12", "0034", "01")
    assert {
        line[name] for name in ("保険者名", "有効開始日", "有効終了日", "負担割合", "限度額区分", "本人・家族")
    } == {""}
    (coverage,) = coverages(check)
    assert coverage["identifier"][0]["value"] == "00138057:国１２:００３４:01"
    assert coverage["status"] == "active"
    assert "period" not in coverage


def test_an_old_qualification_is_a_cancelled_coverage() -> None:
    check = exported(result=Result.INVALID, settled_by=Decision.OLD_QUALIFICATION)
    assert row(check)["摘要"] == "旧資格情報"
    (coverage,) = coverages(check)
    assert coverage["status"] == "cancelled"


def test_a_claim_as_unknown_has_its_remarks_and_no_coverage() -> None:
    check = exported(result=Result.NOT_FOUND, settled_by=Decision.UNKNOWN, qualifications=(), unknown=UNKNOWN)
    line = row(check)
    assert (line["保険者番号"], line["番号"], line["請求の方法"]) == ("77777777", "777777777", "unknown")
    assert line["摘要"].startswith("不詳、クンレン　タロウ、国保、")
    assert line["レセプト記録"].split("\n")[1].endswith(",不詳")
    assert coverages(check) == []


def test_private_payment_has_no_number_and_no_coverage() -> None:
    check = exported(settled_by=Decision.PRIVATE_PAYMENT)
    line = row(check)
    assert (line["保険者番号"], line["番号"], line["レセプト記録"], line["請求の方法"]) == (
        "",
        "",
        "",
        "private_payment",
    )
    assert coverages(check) == []


@pytest.mark.parametrize("kind", [FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME])
def test_where_no_claim_goes_out_a_clean_answer_is_given_and_no_record(kind: FacilityKind) -> None:
    line = row(exported(kind))
    assert line["保険者番号"] == CURRENT.insurer_number.strip()
    assert (line["請求の方法"], line["レセプト記録"]) == ("", "")
    (coverage,) = coverages(exported(kind))
    assert coverage["status"] == "active"
    assert coverages(exported(kind, result=Result.INVALID, settled_by=Decision.OLD_QUALIFICATION)) == []


def test_the_same_checks_give_the_same_octets_in_every_format() -> None:
    checks = [exported(), exported(check="d" * 32, result=Result.INVALID, settled_by=Decision.OLD_QUALIFICATION)]
    assert batch_files(checks, "1310000011", is_exercise=True) == batch_files(checks, "1310000011", is_exercise=True)
