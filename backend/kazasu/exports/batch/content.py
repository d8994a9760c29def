"""What stands in a batch's files: the CSV in two encodings, the FHIR bundle. Pure: the same checks, the same octets."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from kazasu.exports.claiming.known import ClaimFacts, claimed_qualification, day_of
from kazasu.exports.fhir import CoverageFacts, FhirFacts, PatientFacts, bundle
from kazasu.exports.table import CheckRow, TableEncoding, check_table
from kazasu.gateway import Qualification
from kazasu.reconciliation.decision import Decision
from kazasu.rules.claim_fields import ClaimFields

__all__ = ["ExportFormat", "ExportedCheck", "batch_files"]


class ExportFormat(StrEnum):
    """The files of a batch."""

    CSV = "csv"
    CSV_SHIFT_JIS = "csv_shift_jis"
    FHIR = "fhir"


@dataclass(frozen=True, kw_only=True)
class ExportedCheck:
    """One check as it goes out. `patient` holds what is on file, None where the person is on no roster."""

    facts: ClaimFacts
    fields: ClaimFields | None
    patient: PatientFacts | None
    check_type: str
    setting: str
    identity: str
    assurance: str

    def __repr__(self) -> str:
        return f"<ExportedCheck {self.facts.check}>"


def batch_files(checks: Sequence[ExportedCheck], institution_code: str, *, is_exercise: bool) -> dict[
    ExportFormat, bytes
]:  # fmt: skip
    """Every file of the batch."""
    rows = [_row(check, is_exercise=is_exercise) for check in checks]
    return {
        ExportFormat.CSV: check_table(rows),
        ExportFormat.CSV_SHIFT_JIS: check_table(rows, TableEncoding.SHIFT_JIS),
        ExportFormat.FHIR: msgspec.json.encode(_bundle(checks, institution_code, is_exercise=is_exercise)),
    }


def _row(check: ExportedCheck, *, is_exercise: bool) -> CheckRow:
    facts, fields, patient = check.facts, check.fields, check.patient
    answered = claimed_qualification(facts)
    is_private = facts.settled_by is Decision.PRIVATE_PAYMENT
    limit = answered.limit if answered is not None else None
    return CheckRow(
        is_exercise=is_exercise,
        check=facts.check,
        visit_date=facts.visit_date.isoformat(),
        chart_number=patient.chart_number if patient else "",
        name=patient.name if patient else answered.name if answered else "",
        name_kana=patient.name_kana if patient else answered.name_kana if answered else "",
        birth_date=_iso(patient.birth_date if patient else day_of(answered.birth_date) if answered else None),
        sex=patient.sex if patient else "",
        result=facts.result.value if facts.result else "",
        insurer_number=fields.insurer_number if fields else "",
        insurer_name=answered.insurer_name if answered and fields else "",
        symbol=fields.symbol if fields else "",
        number=fields.number if fields else "",
        branch=fields.branch if fields else "",
        personal_family=answered.personal_family if answered else "",
        valid_from=_iso(day_of(answered.valid_from)) if answered else "",
        valid_until=_iso(day_of(answered.valid_until)) if answered else "",
        share=answered.share if answered else "",
        limit_band=limit.band if limit else "",
        check_type=check.check_type,
        setting=check.setting,
        identity=check.identity,
        assurance=check.assurance,
        # Settled, but what its route needs is typed elsewhere: the decision says how it is to go out.
        route=fields.route.value if fields and not is_private else facts.settled_by.value if facts.settled_by else "",
        remarks="、".join(remark.text for remark in fields.remarks) if fields else "",
    )


def _bundle(checks: Sequence[ExportedCheck], institution_code: str, *, is_exercise: bool) -> dict[str, Any]:
    """One collection; a patient, insurer or coverage that several checks name stands in it once."""
    entries: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    for check in checks:
        answered = claimed_qualification(check.facts)
        patient = check.patient or _answered_patient(check.facts, answered, institution_code)
        coverages = (_coverage(check, answered),) if answered is not None else ()
        whole = bundle(FhirFacts(patient=patient, coverages=coverages, is_exercise=is_exercise))
        for entry in whole["entry"]:
            entries.setdefault(entry["fullUrl"], entry)
    return {**whole, "entry": list(entries.values())}


def _answered_patient(facts: ClaimFacts, answered: Qualification | None, institution_code: str) -> PatientFacts:
    return PatientFacts(
        id=uuid.UUID(hex=facts.check),
        institution_code=institution_code,
        chart_number="",
        name=answered.name if answered else "",
        name_kana=answered.name_kana if answered else "",
        birth_date=day_of(answered.birth_date) if answered else None,
        sex=answered.sex if answered else "",
    )


def _coverage(check: ExportedCheck, answered: Qualification) -> CoverageFacts:
    facts = check.facts
    is_active = check.fields is not None and check.fields.route.value == "current"
    return CoverageFacts(
        id=uuid.uuid5(uuid.UUID(hex=facts.check), "coverage"),
        insurer_number=answered.insurer_number,
        insurer_name=answered.insurer_name,
        symbol=answered.symbol,
        number=answered.number,
        branch=answered.branch,
        personal_family=answered.personal_family,
        valid_from=day_of(answered.valid_from),
        valid_until=day_of(answered.disqualified_on) or day_of(answered.valid_until),
        share_percent=int(answered.share) if answered.share.isascii() and answered.share.isdigit() else None,
        is_active=is_active,
    )


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
