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
from kazasu.exports.receipt_record import RecordLines
from kazasu.exports.table import CheckRow, TableEncoding, check_table
from kazasu.gateway import Qualification, Result
from kazasu.rules import InsuredNumber, InsuredNumberError
from kazasu.rules.claim_fields import ClaimFields
from kazasu.rules.claim_route import ClaimRoute

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
    records: RecordLines | None
    """The record lines, None where no claim goes out or they are not known for the facility's form."""
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
    named = _named(check)
    claimed = named.qualification if named is not None else None
    number = _typed_number(fields) if fields is not None else named.number if named is not None else None
    limit = claimed.limit if claimed is not None else None
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
        insurer_number=number.insurer_number if number else "",
        insurer_name=claimed.insurer_name if claimed else "",
        symbol=number.symbol if number else "",
        number=number.number if number else "",
        branch=number.branch if number else "",
        personal_family=claimed.personal_family if claimed else "",
        valid_from=_iso(day_of(claimed.valid_from)) if claimed else "",
        valid_until=_iso(day_of(claimed.valid_until)) if claimed else "",
        share=claimed.share if claimed else "",
        limit_band=limit.band if limit else "",
        check_type=check.check_type,
        setting=check.setting,
        identity=check.identity,
        assurance=check.assurance,
        # Settled, but what its route needs is typed elsewhere: the decision says how it is to go out.
        route=fields.route.value if fields else facts.settled_by.value if facts.settled_by else "",
        remarks="、".join(remark.text for remark in fields.remarks) if fields else "",
        records="\n".join(check.records.lines) if check.records and check.records.is_usable else "",
    )


@dataclass(frozen=True)
class _Named:
    """The qualification that goes out: its number, what the answer says of that very number, whether it is current."""

    number: InsuredNumber
    qualification: Qualification | None
    is_current: bool


def _named(check: ExportedCheck) -> _Named | None:
    """What is known of the number that goes out; None of a claim as unknown, and of private payment.

    What stands beside a number is that number's: where another was shown or typed, the answer's is another's.
    """
    facts, fields = check.facts, check.fields
    answered = claimed_qualification(facts)
    number = _number_of(answered) if answered is not None else None
    if fields is None:
        # No claim goes out, of a check-up provider say: a clean answer is what it asked for.
        is_clean = facts.settled_by is None and facts.result is Result.VALID
        return _Named(number, answered, True) if is_clean and number is not None else None
    if fields.route is ClaimRoute.UNKNOWN:
        return None
    typed = _typed_number(fields)
    is_same = number is not None and _without_branch(number) == _without_branch(typed)
    return _Named(typed, answered if is_same else None, fields.route is ClaimRoute.CURRENT)


def _typed_number(fields: ClaimFields) -> InsuredNumber:
    return InsuredNumber(fields.insurer_number, fields.symbol, fields.number, fields.branch)


def _number_of(answered: Qualification) -> InsuredNumber | None:
    try:
        return InsuredNumber.proven(answered.insurer_number, answered.symbol, answered.number, answered.branch)
    except InsuredNumberError:
        return None


def _without_branch(number: InsuredNumber) -> tuple[str, str, str]:
    return number.insurer_number, number.symbol, number.number


def _bundle(checks: Sequence[ExportedCheck], institution_code: str, *, is_exercise: bool) -> dict[str, Any]:
    """One collection; a patient, insurer or coverage that several checks name stands in it once."""
    entries: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    for check in checks:
        answered = claimed_qualification(check.facts)
        patient = check.patient or _answered_patient(check.facts, answered, institution_code)
        named = _named(check)
        coverages = () if named is None else (_coverage(check, named),)
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


def _coverage(check: ExportedCheck, named: _Named) -> CoverageFacts:
    number, qualification = named.number, named.qualification
    facts = CoverageFacts(
        id=uuid.uuid5(uuid.UUID(hex=check.facts.check), "coverage"),
        insurer_number=number.insurer_number,
        insurer_name="",
        symbol=number.symbol,
        number=number.number,
        branch=number.branch,
        is_active=named.is_current,
    )
    if qualification is None:
        return facts
    share = qualification.share
    return msgspec.structs.replace(
        facts,
        insurer_name=qualification.insurer_name,
        personal_family=qualification.personal_family,
        valid_from=day_of(qualification.valid_from),
        valid_until=day_of(qualification.disqualified_on) or day_of(qualification.valid_until),
        share_percent=int(share) if share.isascii() and share.isdigit() else None,
    )


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
