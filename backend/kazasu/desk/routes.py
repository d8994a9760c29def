"""The desk's routes: proposals, documents, troubles out of holds. Bodies, never queries: they hold a patient's data."""

from litestar import get, post
from litestar.params import FromPath, JSONBody

from kazasu.checks.schemas import RecordedView, recorded_view
from kazasu.checks.service import find_check
from kazasu.clock import day_in_japan
from kazasu.desk.recording import record_document, record_trouble
from kazasu.desk.schemas import (
    CaseInput,
    DocumentInput,
    ProposalView,
    RecordedDocument,
    TroubleInput,
    case_of,
    fault_views,
    proposal_view,
)
from kazasu.devices.door_rules import DoorRules, door_rules
from kazasu.patients.service import find_patient, number_of
from kazasu.problems import ProblemError
from kazasu.rules.substitute import Substitute, SubstituteRow
from kazasu.rules.substitution import propose
from kazasu.rules.window_payment import PaymentRow, window_payment
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_AT_DESK = office(Role.COUNTER, Role.VISITOR, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_PROOFS = (Substitute.QUALIFICATION_CERTIFICATE, Substitute.INSURANCE_CARD)


@get("/desk/rules", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_desk_rules(context: InContext) -> DoorRules:
    """The rows and words by which substitutes, troubles and declarations are recorded: what devices have too."""
    return door_rules(context.rulebook)


@post(
    "/desk/proposal",
    guards=[office()],
    status_code=200,
    responses=problems(*_SIGNED_IN, "request-not-valid", "not-found"),
)
async def post_proposal(context: InContext, data: JSONBody[CaseInput]) -> ProposalView:
    """What may stand in the place of a card that could not be checked; stores nothing."""
    day = data.day or day_in_japan(context.clock.now())
    patient = None
    if data.check is not None:
        async with context.database.reading() as session:
            check = await find_check(session, data.check)
            if check is None:
                raise ProblemError("not-found")
            patient = await find_patient(session, check.patient) if check.patient else None
            day = data.day or check.checked_on
    case = case_of(
        data,
        day=day,
        birth_date=patient.birth_date if patient else None,
        is_returning=patient is not None,
        has_data_on_file=patient is not None and number_of(patient) is not None,
    )
    rulebook = context.rulebook
    payment = window_payment(
        day,
        brought_card=case.has_my_number_card,
        brought_document=any(one.substitute in _PROOFS for one in case.shown),
        has_valid_insurance=data.has_valid_insurance,
        is_known_returning=case.is_returning and case.has_data_on_file,
        rows=rulebook.rows("window_payments", PaymentRow),
    )
    return proposal_view(case, propose(case, rulebook.rows("substitutes", SubstituteRow)), payment)


@post(
    "/desk/documents",
    guards=[_AT_DESK],
    responses=problems(*_SIGNED_IN, "request-not-valid", "not-found", "document-not-valid"),
)
async def post_document(context: InContext, staff: InStaff, data: JSONBody[DocumentInput]) -> RecordedDocument:
    """Records a document in place of the card, as a device would; its number asks about the check."""
    async with context.database.writing() as session:
        row, faults = await record_document(session, context, data, staff=staff.id, at=context.clock.now())
        await session.commit()
    return RecordedDocument(row.id, row.check, row.visit, fault_views(faults))


@post(
    "/holds/{hold_id:str}/trouble",
    guards=[office(Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)],
    responses=problems(*_SIGNED_IN, "request-not-valid", "not-found", "conflict"),
)
async def post_trouble(
    context: InContext, staff: InStaff, hold_id: FromPath[str], data: JSONBody[TroubleInput]
) -> RecordedView:
    """Puts a hold into the trouble log, with what was done and whether the full charge was taken."""
    async with context.database.writing() as session:
        row = await record_trouble(session, context, hold_id, data, staff=staff.id, at=context.clock.now())
        view = recorded_view(row)
        await session.commit()
    return view


ROUTES = (get_desk_rules, post_proposal, post_document, post_trouble)
