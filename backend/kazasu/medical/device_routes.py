"""Medical information on a device: asked of the server each time, with a proof that somebody signed in on it.

docs/protocol/sync-v1.md section 5. Nothing of it goes by the feed.
"""

from litestar import post
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody

from checksync.look import is_look_proof, look_subject
from kazasu import audit
from kazasu.context import Context
from kazasu.devices import Device
from kazasu.devices.duty.service import day_key_of, find_duty_pass
from kazasu.devices.token.service import use_up_nonce
from kazasu.medical.looking import Looker, Wanted, check_for_visit, kinds_of, look, refuse
from kazasu.medical.reason import ClosedReason
from kazasu.medical.schemas import DeviceKinds, DeviceLook, LookView, MedicalKinds, kinds_view, look_view
from kazasu.medical.service import on_duty_now
from kazasu.problems import ProblemError
from kazasu.rules import ConsentKind
from kazasu.web import InContext, InDevice, device_guard, problems

_FROM_DEVICE = (
    "token-not-valid",
    "device-waiting",
    "device-revoked",
    "nonce-not-valid",
    "not-found",
    "medical-information-closed",
)
_NO_STORE = CacheControlHeader(no_store=True)
_LIST = ""


@post(
    "/device/medical/kinds",
    guards=[device_guard],
    status_code=200,
    cache_control=_NO_STORE,
    responses=problems(*_FROM_DEVICE),
)
async def post_kinds(context: InContext, device: InDevice, data: JSONBody[DeviceKinds]) -> MedicalKinds:
    """Which kinds are open for a check, for who is signed in on the device, and why the others are not."""
    looker = await _looker(context, device, data, None)
    check = await _check(context, looker, data, None)
    return kinds_view(check, await kinds_of(context, looker, check))


@post(
    "/device/medical/looks",
    guards=[device_guard],
    status_code=200,
    cache_control=_NO_STORE,
    responses=problems(*_FROM_DEVICE, "medical-information-not-reached"),
)
async def post_device_look(context: InContext, device: InDevice, data: JSONBody[DeviceLook]) -> LookView:
    """Shows one kind on the device's screen: from memory, until it is told or asks again."""
    looker = await _looker(context, device, data, data.kind)
    check = await _check(context, looker, data, data.kind)
    return look_view(await look(context, looker, Wanted(check, data.kind, data.form, data.since, data.until)))


async def _check(context: Context, looker: Looker, data: DeviceKinds, kind: ConsentKind | None) -> str:
    """The check that is named, or the one by whose consents a visit goes on without a card; problem `not-found`."""
    if data.check is not None:
        return data.check
    found = await check_for_visit(context, looker, data.visit or "", kind)
    if found is None:
        raise ProblemError("not-found")
    return found


async def _looker(context: Context, device: Device, data: DeviceKinds, kind: ConsentKind | None) -> Looker:
    """Who is on duty by the pass and signed in on this device now; anything else is refused, and audited."""
    about = look_subject(check=data.check, visit=data.visit)
    if about is None:
        wrong = {"field": "check", "message": "either check or visit"}
        raise ProblemError("request-not-valid", errors=[wrong])
    at = context.clock.now()
    async with context.database.writing() as session:
        await use_up_nonce(session, data.nonce, context, at)
        await session.commit()
    async with context.database.reading() as session:
        on_duty = await on_duty_now(session, data.duty_pass, device=device.id, at=at)
        duty_pass = await find_duty_pass(session, data.duty_pass)
        day_key = await day_key_of(session, context, duty_pass) if duty_pass is not None and on_duty else None
    where = {"device": device.id, "duty_pass": data.duty_pass}
    if on_duty is None:
        reason = ClosedReason.NOT_ON_DUTY
    elif day_key is None or not is_look_proof(
        data.proof, day_key, duty_pass=data.duty_pass, about=about, kind=kind or _LIST, nonce=data.nonce
    ):
        reason = ClosedReason.SIGN_IN_NEEDED
    else:
        return Looker(audit.staff_actor(on_duty.staff), on_duty.roles, where)
    nobody = Looker(audit.device_actor(device.id), frozenset(), where)
    await refuse(context, nobody, data.check or "visit", kind, [reason])


ROUTES = (post_kinds, post_device_look)
