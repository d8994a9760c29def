"""Recording at the desk: a document in place of the card, a trouble out of a hold. Imports no SQL.

There is no device log here. The row says who was signed in, the audit log says so too, and a number opens an inquiry as
a device's does.
"""

from datetime import date, datetime

from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.checks.recorded import keep_at_desk, trouble_of_hold
from kazasu.checks.service import find_check
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.desk.schemas import DocumentInput, TroubleInput, fault_views
from kazasu.problems import ProblemError
from kazasu.reconciliation.placing import weigh
from kazasu.reconciliation.service import find_hold
from kazasu.reports.trouble_log import CATEGORY_OF_REASON
from kazasu.rules.substitute import Substitute
from kazasu.rules.substitute_fault import DocumentFault, document_faults, normal_fields
from kazasu.visits.service import find_visit

__all__ = ["find_subject", "record_document", "record_trouble"]


async def record_document(
    session: Session, context: Context, data: DocumentInput, *, staff: str, at: datetime
) -> tuple[RecordedEntryRow, tuple[DocumentFault, ...]]:
    """The row, and what should be looked at all the same; asks about the check by the number.

    Problems `not-found`; `request-not-valid` where neither or both of check and visit are named, or for a declaration,
    which has a form of its own; `document-not-valid`.
    """
    if data.document is Substitute.DECLARATION:
        raise ProblemError("request-not-valid", errors=[{"field": "document", "message": "has a route of its own"}])
    check, day = await find_subject(session, context, check=data.check, visit=data.visit, at=at)
    faults = document_faults(data.document, data.fields, day)
    if any(fault.is_serious for fault in faults):
        raise ProblemError("document-not-valid", faults=fault_views(faults))
    row = await keep_at_desk(
        session,
        context.keys.storage,
        kind="substitute",
        check=data.check,
        visit=data.visit,
        staff=staff,
        facts={"document": data.document.value, "reason": data.reason.value},
        fields=normal_fields(data.fields),
        at=at,
    )
    if check is not None:
        await ask_about(session, context, check, actor=audit.staff_actor(staff), at=at)
    return row, faults


async def record_trouble(
    session: Session, context: Context, hold: str, data: TroubleInput, *, staff: str, at: datetime
) -> RecordedEntryRow:
    """A line of the trouble log out of a hold, once each; problems `not-found`, `conflict`, and `request-not-valid`
    where the hold's reason names no category and none was given."""
    held = await find_hold(session, hold)
    if held is None:
        raise ProblemError("not-found")
    category = data.category or CATEGORY_OF_REASON.get(held.reason)
    if category is None:
        raise ProblemError("request-not-valid", errors=[{"field": "category", "message": "needed for this reason"}])
    if await trouble_of_hold(session, hold) is not None:
        raise ProblemError("conflict")
    facts = {
        "category": category.value,
        "response": data.response.value,
        "full_charge": data.full_charge,
        "hold": hold,
    }
    row = await keep_at_desk(
        session,
        context.keys.storage,
        kind="trouble",
        check=held.check,
        visit=held.visit,
        staff=staff,
        facts=facts,
        fields={"note": data.note} if data.note else None,
        at=at,
    )
    await weigh(session, [(held.patient, held.month)])
    return row


async def find_subject(
    session: Session, context: Context, *, check: str | None, visit: str | None, at: datetime
) -> tuple[CheckRow | None, date]:
    """The check named, if one is, and the day of the visit; one of the two has to be named and be here."""
    if (check is None) == (visit is None):
        raise ProblemError("request-not-valid", errors=[{"field": "check", "message": "name a check or a visit"}])
    if check is not None:
        found = await find_check(session, check)
        if found is None:
            raise ProblemError("not-found")
        return found, found.checked_on
    at_visit = await find_visit(session, visit or "")
    if at_visit is None:
        raise ProblemError("not-found")
    return None, min(day_in_japan(at_visit.at), day_in_japan(at))
