"""The facts of a decided check, out of the tables."""

from collections.abc import Mapping
from typing import Any

import msgspec

from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import document_fields, latest_document
from kazasu.checks.service import find_check
from kazasu.checks.state import CheckState
from kazasu.db import Session
from kazasu.exports.claiming.known import ClaimFacts
from kazasu.gateway import Answer
from kazasu.inquiries.service import latest_answer
from kazasu.keys import StorageKey
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient
from kazasu.problems import ProblemError
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.service import decisions_of, holds_of
from kazasu.reconciliation.state import HoldState
from kazasu.rules import InsuredNumber, InsuredNumberError

__all__ = ["claim_facts", "claim_subject"]


async def claim_subject(session: Session, check: str) -> tuple[CheckRow, PatientRow | None]:
    """The check and its patient; problems `not-found`, `check-not-decided`. A repeat is claimed with its original."""
    row = await find_check(session, check)
    if row is not None and row.repeat_of is not None:
        row = await find_check(session, row.repeat_of)
    if row is None:
        raise ProblemError("not-found")
    if row.state is not CheckState.RECONCILED:
        raise ProblemError("check-not-decided", state=row.state.value)
    return row, await find_patient(session, row.patient) if row.patient else None


async def claim_facts(session: Session, storage: StorageKey, check: CheckRow, patient: PatientRow | None) -> ClaimFacts:
    """What the claim of this check can stand on."""
    found = await latest_answer(session, check.id)
    answer = msgspec.convert(found.content, Answer) if found is not None else None
    document = await latest_document(session, check.id)
    return ClaimFacts(
        check=check.id,
        patient=check.patient,
        visit_date=check.checked_on,
        result=check.result,
        settled_by=await _settled_by(session, check.id),
        qualifications=answer.qualifications if answer is not None else (),
        document=_typed(document_fields(storage, document)) if document is not None else None,
        roster=_on_file(patient),
    )


async def _settled_by(session: Session, check: str) -> Decision | None:
    """The last decision that settles the claim, of those that stand."""
    decided = {hold.id for hold in await holds_of(session, check) if hold.state is HoldState.DECIDED}
    settling = [row.decision for row in await decisions_of(session, decided) if row.decision.settles_the_claim]
    return settling[-1] if settling else None


def _typed(fields: Mapping[str, Any]) -> InsuredNumber | None:
    parts = [str(fields.get(name) or "") for name in ("insurer_number", "symbol", "number", "branch")]
    try:
        return InsuredNumber.proven(*parts)
    except InsuredNumberError:
        return None


def _on_file(patient: PatientRow | None) -> InsuredNumber | None:
    if patient is None or patient.insurer_number is None or patient.number is None:
        return None
    return InsuredNumber(patient.insurer_number, patient.symbol or "", patient.number, patient.branch or "")
