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
from kazasu.exports.unknown_input import unknown_facts
from kazasu.gateway import Answer
from kazasu.inquiries.listed import latest_answer
from kazasu.keys import StorageKey
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient
from kazasu.problems import ProblemError
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import open_kept
from kazasu.reconciliation.models import DecisionRow
from kazasu.reconciliation.service import decisions_of, holds_of
from kazasu.reconciliation.state import HoldState
from kazasu.rules import InsuredNumber, InsuredNumberError
from kazasu.rules.claim_fields import UnknownFacts

__all__ = ["claim_facts", "claim_facts_as", "claim_subject"]


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
    """What the claim of this check can stand on, as somebody settled it."""
    settling = await _settled_by(session, check.id)
    if settling is None:
        return await claim_facts_as(session, storage, check, patient, None)
    unknown = None
    if settling.decision is Decision.UNKNOWN and settling.kept is not None:
        unknown = open_kept(storage, settling.id, settling.kept).unknown
    return await claim_facts_as(
        session, storage, check, patient, settling.decision, unknown_facts(unknown) if unknown is not None else None
    )


async def claim_facts_as(
    session: Session,
    storage: StorageKey,
    check: CheckRow,
    patient: PatientRow | None,
    settled_by: Decision | None,
    unknown: UnknownFacts | None = None,
) -> ClaimFacts:
    """The same as if it were settled so: what a decision would send out."""
    found = await latest_answer(session, check.id)
    answer = msgspec.convert(found.content, Answer) if found is not None else None
    document = await latest_document(session, check.id)
    return ClaimFacts(
        check=check.id,
        patient=check.patient,
        visit_date=check.checked_on,
        result=check.result,
        settled_by=settled_by,
        qualifications=answer.qualifications if answer is not None else (),
        document=_typed(document_fields(storage, document)) if document is not None else None,
        roster=_on_file(patient),
        unknown=unknown,
    )


async def _settled_by(session: Session, check: str) -> DecisionRow | None:
    """The last decision that settles the claim, of those that stand."""
    decided = {hold.id for hold in await holds_of(session, check) if hold.state is HoldState.DECIDED}
    made = await decisions_of(session, decided)
    settling = [row for row in made if row.undone_at is None and row.decision.settles_the_claim]
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
