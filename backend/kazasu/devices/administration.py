"""The administrator's routes over devices: codes, the list, confirming, revoking."""

from litestar import get, post
from litestar.params import FromPath, JSONBody

from kazasu import audit
from kazasu.devices.models import DeviceRow
from kazasu.devices.schemas import (
    Confirmation,
    DeviceView,
    EnrolmentCodeMade,
    Revocation,
    device_view,
)
from kazasu.devices.service import confirm_device, list_devices, make_enrolment_code, revoke_device
from kazasu.keys.pin import enrolment_code
from kazasu.staff import Role
from kazasu.web import WHILE_CLOSED, InContext, InStaff, office, problems

_ADMINISTRATOR = [office(Role.ADMINISTRATOR)]
_OFFICE = ("token-not-valid", "role-not-allowed")


@get("/devices", guards=_ADMINISTRATOR, opt=WHILE_CLOSED, responses=problems(*_OFFICE))
async def get_devices(context: InContext) -> list[DeviceView]:
    """Every device, the newest first."""
    async with context.database.reading() as session:
        return [device_view(row) for row in await list_devices(session)]


@post("/devices/enrolment-codes", guards=_ADMINISTRATOR, opt=WHILE_CLOSED, responses=problems(*_OFFICE))
async def post_enrolment_code(context: InContext, staff: InStaff) -> EnrolmentCodeMade:
    """A code for one device, good for ten minutes."""
    async with context.database.writing() as session:
        secret, expires_at = await make_enrolment_code(
            session, actor=audit.staff_actor(staff.id), at=context.clock.now()
        )
        await session.commit()
    return EnrolmentCodeMade(enrolment_code(context.settings, context.url, secret).text(), expires_at)


@post(
    "/devices/{device_id:str}/confirm",
    guards=_ADMINISTRATOR,
    opt=WHILE_CLOSED,
    status_code=200,
    responses=problems(*_OFFICE, "not-found", "thumbprint-not-the-same", "device-state-conflict"),
)
async def post_confirm_device(
    context: InContext, staff: InStaff, device_id: FromPath[str], data: JSONBody[Confirmation]
) -> DeviceView:
    """The administrator saw this thumbprint on the device."""
    async with context.database.writing() as session:
        await confirm_device(
            session,
            device_id,
            thumbprint=data.thumbprint,
            staff=staff.id,
            journal=context.journal,
            at=context.clock.now(),
        )
        await session.commit()
        return device_view(await session.get_one(DeviceRow, device_id))


@post(
    "/devices/{device_id:str}/revoke",
    guards=_ADMINISTRATOR,
    opt=WHILE_CLOSED,
    status_code=200,
    responses=problems(*_OFFICE, "not-found"),
)
async def post_revoke_device(
    context: InContext, staff: InStaff, device_id: FromPath[str], data: JSONBody[Revocation]
) -> DeviceView:
    """The device is out with its next request, for good."""
    async with context.database.writing() as session:
        actor = audit.staff_actor(staff.id)
        await revoke_device(
            session,
            device_id,
            reason=data.reason,
            actor=actor,
            journal=context.journal,
            at=context.clock.now(),
        )
        await session.commit()
        return device_view(await session.get_one(DeviceRow, device_id))


ROUTES = (get_devices, post_enrolment_code, post_confirm_device, post_revoke_device)
