"""The device's own routes: enrolment, token, policy, sign-in."""

from datetime import timedelta

from litestar import Response, get, post
from litestar.params import JSONBody

from checksync import fresh_anchor_id
from kazasu.devices.duty.service import take_on_duty
from kazasu.devices.failure import failures_noted
from kazasu.devices.nonce import make_nonce
from kazasu.devices.policy import make_policy
from kazasu.devices.schemas import (
    DutyBegun,
    Enrolled,
    EnrolmentRequest,
    Nonce,
    Policy,
    StaffOnDuty,
    Token,
    TokenRequest,
)
from kazasu.devices.service import enrol
from kazasu.devices.token.service import exchange_assertion
from kazasu.facility.anchor import make_anchor
from kazasu.keys.pin import pinned_certificate
from kazasu.keys.service import told_to_devices
from kazasu.problems import ProblemError
from kazasu.staff.schemas import Credentials
from kazasu.staff.service import identify
from kazasu.throttle import Limit, attempt_key, note_failure, refuse_while_blocked
from kazasu.web import OPEN, WHILE_CLOSED, CameFrom, InContext, InDevice, device_guard, problems

_OF_THE_DEVICE = ("device-waiting", "device-revoked", "nonce-not-valid")
_FROM_DEVICE = ("token-not-valid", "device-waiting", "device-revoked")


@get("/enrolment/certificate", opt=OPEN, media_type="application/x-pem-file", responses=problems("not-found"))
async def get_enrolment_certificate(context: InContext) -> Response[bytes]:
    """The certificate whose key the enrolment code pins."""
    certificate = pinned_certificate(context.settings)
    if certificate is None:
        raise ProblemError("not-found")
    return Response(certificate, media_type="application/x-pem-file")


@post("/enrolment", opt=OPEN, status_code=200, responses=problems("enrolment-refused", "too-many-attempts"))
async def post_enrolment(context: InContext, came_from: CameFrom, data: JSONBody[EnrolmentRequest]) -> Enrolled:
    """A device introduces itself; an administrator then confirms it."""
    limits = {attempt_key("enrolment", came_from): Limit(10, timedelta(seconds=context.settings.sign_in_wait_s))}
    await refuse_while_blocked(context, limits)
    try:
        async with context.database.writing() as session:
            device = await enrol(
                session,
                code=data.code,
                name=data.name,
                jwk=data.key,
                proof=data.proof,
                journal=context.journal,
                at=context.clock.now(),
            )
            await session.commit()
    except ProblemError as error:
        if error.problem.name == "enrolment-refused":
            await note_failure(context, limits, action="enrolment_refused", subject_type="enrolment", subject="unknown")
        raise
    return Enrolled(device.id, context.facility.id, device.thumbprint, device.state)


@post("/device/nonce", opt=OPEN, status_code=200, responses=problems())
async def post_nonce(context: InContext) -> Nonce:
    """A nonce for one assertion within a minute."""
    return Nonce(make_nonce(context.keys.storage, context.facility.epoch, context.clock.now()))


@post("/device/token", opt=OPEN, status_code=200, responses=problems(*_FROM_DEVICE, "nonce-not-valid"))
async def post_token(context: InContext, data: JSONBody[TokenRequest]) -> Token:
    """A token for a confirmed device that proves its key."""
    # Only what comes after the device has proven its key: nobody else fills its list of failures.
    async with failures_noted(context, data.device, only=_OF_THE_DEVICE), context.database.writing() as session:
        token, lifetime_s = await exchange_assertion(session, context, device=data.device, assertion=data.assertion)
        await session.commit()
    anchor = make_anchor(context, anchor_id=fresh_anchor_id(data.assertion))
    return Token(token, lifetime_s, context.facility.epoch, anchor.statement)


@get("/device/policy", guards=[device_guard], opt=WHILE_CLOSED, responses=problems(*_FROM_DEVICE))
async def get_policy(context: InContext) -> Policy:
    """What the device needs to know of its facility."""
    async with context.database.reading() as session:
        return make_policy(context, await told_to_devices(session))


@post(
    "/device/sign-in",
    guards=[device_guard],
    # Recording goes on while the server is closed, and needs somebody on duty; whom the journal shuts out is out.
    opt=WHILE_CLOSED,
    status_code=200,
    responses=problems(*_FROM_DEVICE, "sign-in-refused", "too-many-attempts"),
)
async def post_sign_in(context: InContext, device: InDevice, data: JSONBody[Credentials]) -> DutyBegun:
    """A staff member takes the device on duty."""
    # By device, not by address: all tablets of a clinic share one.
    member = await identify(context, login=data.login, password=data.password, came_from=f"device:{device.id}")
    async with context.database.writing() as session:
        duty = await take_on_duty(session, context, member, device)
        await session.commit()
    roles = sorted(role.value for role in member.roles)
    return DutyBegun(
        duty.statement, duty.day_key, StaffOnDuty(member.id, member.name, roles), make_anchor(context).statement
    )


ROUTES = (get_enrolment_certificate, post_enrolment, post_nonce, post_token, get_policy, post_sign_in)
