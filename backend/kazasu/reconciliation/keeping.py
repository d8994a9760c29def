"""Gathers what a decision stands on, as it is at that moment. Imports no SQL."""

from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import document_fields, latest_document
from kazasu.context import Context
from kazasu.db import Session
from kazasu.exports.claim_text import claim_lines
from kazasu.exports.claiming.planning import planned_for
from kazasu.exports.claiming.service import claim_facts_as
from kazasu.exports.unknown_input import UnknownInput, unknown_facts
from kazasu.gateway import outside_medical
from kazasu.inquiries.models import AnswerRow
from kazasu.patients.models import PatientRow
from kazasu.patients.service import find_patient
from kazasu.reconciliation.compared_facts import compare_check
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import KeptEvidence, KeptLine

__all__ = ["gather_kept"]


async def gather_kept(
    session: Session,
    context: Context,
    check: CheckRow,
    answer: AnswerRow | None,
    decision: Decision,
    unknown: UnknownInput | None,
) -> KeptEvidence:
    """All of it as it is now, with the claim that this decision would send out today."""
    storage = context.keys.storage
    patient = await find_patient(session, check.patient) if check.patient else None
    document = await latest_document(session, check.id)
    compared = await compare_check(session, context, check)
    facts = await claim_facts_as(session, storage, check, patient, decision if decision.settles_the_claim else None)
    typed = unknown_facts(unknown) if unknown is not None else None
    plan = planned_for(context, facts, check.checked_on, unknown=typed)
    fields = None if decision is Decision.PRIVATE_PAYMENT else plan.fields
    return KeptEvidence(
        answer=outside_medical(answer.content) if answer is not None else None,
        document=document_fields(storage, document) if document is not None else {},
        roster=_roster(patient),
        differences=[
            KeptLine(one.compared.field.value, one.compared.ours, one.compared.theirs, one.source.value)
            for one in (compared.differences if compared is not None else ())
        ],
        route=fields.route.value if fields is not None else None,
        claim=[KeptLine(label, value) for label, value in claim_lines(fields)] if fields is not None else [],
        unknown=unknown,
    )


def _roster(row: PatientRow | None) -> dict[str, str]:
    if row is None:
        return {}
    return {
        "chart_number": row.chart_number or "",
        "name": row.name,
        "name_kana": row.name_kana,
        "birth_date": row.birth_date.isoformat(),
        "sex": row.sex,
        "insurer_number": row.insurer_number or "",
        "symbol": row.symbol or "",
        "number": row.number or "",
        "branch": row.branch or "",
    }
