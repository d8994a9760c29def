"""Medical information and consents at the office. Who may look at what is the guard's to say, so that a refusal is
audited like a look."""

from litestar import get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody

from kazasu import audit
from kazasu.checks.service import find_check, withdraw_kinds
from kazasu.context import Context
from kazasu.medical.consents.service import checks_with_consents, consents_by_check, consents_to_withdraw
from kazasu.medical.looking import Looker, Wanted, kinds_of, look
from kazasu.medical.schemas import (
    AskedLook,
    ConsentPage,
    LookView,
    MedicalKinds,
    Withdrawal,
    Withdrawn,
    consent_view,
    kinds_view,
    look_view,
)
from kazasu.patients.service import find_patient
from kazasu.problems import ProblemError
from kazasu.rules import ConsentKind
from kazasu.staff import StaffMember
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_NO_STORE = CacheControlHeader(no_store=True)


@get(
    "/checks/{check_id:str}/medical",
    guards=[office()],
    cache_control=_NO_STORE,
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def get_kinds(context: InContext, staff: InStaff, check_id: FromPath[str]) -> MedicalKinds:
    """Which kinds are open for a check, for whoever asks, and why the others are not."""
    return kinds_view(check_id, await kinds_of(context, _looker(staff), check_id))


@post(
    "/checks/{check_id:str}/medical/looks",
    guards=[office()],
    status_code=200,
    cache_control=_NO_STORE,
    responses=problems(*_SIGNED_IN, "not-found", "medical-information-closed", "medical-information-not-reached"),
)
async def post_look(context: InContext, staff: InStaff, check_id: FromPath[str], data: JSONBody[AskedLook]) -> LookView:
    """Shows one kind: fetched for this view, stored nowhere, audited; refused looks are audited too."""
    wanted = Wanted(check_id, data.kind, data.form, data.since, data.until)
    return look_view(await look(context, _looker(staff), wanted))


@get(
    "/patients/{patient_id:str}/consents",
    guards=[office()],
    cache_control=_NO_STORE,
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def get_consents(context: InContext, staff: InStaff, patient_id: FromPath[str]) -> ConsentPage:
    """A patient's consents, each with what it opens now."""
    async with context.database.reading() as session:
        if await find_patient(session, patient_id) is None:
            raise ProblemError("not-found")
        checks = {row.id: row.setting for row in await checks_with_consents(session, patient_id)}
        rows = await consents_by_check(session, checks, patient_id)
    judged = {check: await kinds_of(context, _looker(staff), check) for check in checks}
    return ConsentPage(
        [
            consent_view(
                row,
                checks.get(row.check or ""),
                judged[row.check].get(ConsentKind(row.kind)) if row.check in judged and row.kind in _KINDS else None,
            )
            for row in rows
        ]
    )


@post(
    "/patients/{patient_id:str}/consents/withdrawals",
    guards=[office()],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def post_withdrawal_of_patient(
    context: InContext, staff: InStaff, patient_id: FromPath[str], data: JSONBody[Withdrawal]
) -> Withdrawn:
    """A patient takes back consents, by telephone for example: closed at once, also on devices."""
    async with context.database.reading() as session:
        if await find_patient(session, patient_id) is None:
            raise ProblemError("not-found")
    return await _withdraw(context, staff, data, patient=patient_id, check=None)


@post(
    "/checks/{check_id:str}/consents/withdrawals",
    guards=[office()],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def post_withdrawal_of_check(
    context: InContext, staff: InStaff, check_id: FromPath[str], data: JSONBody[Withdrawal]
) -> Withdrawn:
    """The same for one check, where the person is on no roster."""
    async with context.database.reading() as session:
        if await find_check(session, check_id) is None:
            raise ProblemError("not-found")
    return await _withdraw(context, staff, data, patient=None, check=check_id)


async def _withdraw(
    context: Context, staff: StaffMember, data: Withdrawal, *, patient: str | None, check: str | None
) -> Withdrawn:
    async with context.database.writing() as session:
        at = context.clock.now()
        rows = await consents_to_withdraw(session, patient=patient, check=check, kinds=data.kinds)
        await withdraw_kinds(
            session,
            rows,
            actor=audit.staff_actor(staff.id),
            because=data.because,
            journal=context.journal,
            at=at,
        )
        taken = Withdrawn(sorted({row.kind for row in rows}), len(rows))
        await session.commit()
    return taken


def _looker(staff: StaffMember) -> Looker:
    return Looker(audit.staff_actor(staff.id), staff.roles, {})


_KINDS = frozenset(ConsentKind)

ROUTES = (get_kinds, post_look, get_consents, post_withdrawal_of_patient, post_withdrawal_of_check)
