"""What a handler may ask for by name: `context`, `staff`, `device`, `came_from`."""

from typing import Any, TypeAlias, cast

from litestar import Request
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from kazasu.context import Context
from kazasu.devices import Device
from kazasu.staff import StaffMember
from kazasu.sync.seam import ReadEntry
from kazasu.web.guard import context_of, device_of, is_closed_for, staff_of, token_of

InContext: TypeAlias = NamedDependency[SkipValidation[Context]]
"""`context`: the server of this facility."""
InStaff: TypeAlias = NamedDependency[SkipValidation[StaffMember]]
"""`staff`: who is signed in; only behind `office(…)`."""
InDevice: TypeAlias = NamedDependency[SkipValidation[Device]]
"""`device`: which device; only behind `device_guard`."""
CameFrom: TypeAlias = NamedDependency[SkipValidation[str]]
"""`came_from`: the peer's address, for throttling."""
InReadEntry: TypeAlias = NamedDependency[SkipValidation[ReadEntry]]
"""`read_entry`: how entries are read; `kazasu.checks.reading.read_entry` unless a test says otherwise."""
OfficeToken: TypeAlias = NamedDependency[SkipValidation[str]]
"""`office_token`: the token by which `staff` came in."""

DeviceToken: TypeAlias = NamedDependency[SkipValidation[str]]
"""`device_token`: the token by which `device` came in."""
IsClosed: TypeAlias = NamedDependency[SkipValidation[bool]]
"""`is_closed`: whether the server is closed after a restore; only behind `device_guard`."""

AnyRequest: TypeAlias = Request[Any, Any, Any]


async def _context(request: AnyRequest) -> Context:
    return context_of(request)


async def _staff(request: AnyRequest) -> StaffMember:
    return staff_of(request)


async def _device(request: AnyRequest) -> Device:
    return device_of(request)


async def _came_from(request: AnyRequest) -> str:
    return request.client.host if request.client else "unknown"


async def _office_token(request: AnyRequest) -> str:
    return token_of(request)


async def _device_token(request: AnyRequest) -> str:
    return token_of(request)


async def _is_closed(request: AnyRequest) -> bool:
    return is_closed_for(request)


async def _read_entry(request: AnyRequest) -> ReadEntry:
    return cast(ReadEntry, request.app.state["read_entry"])


DEPENDENCIES = {
    "context": Provide(_context),
    "staff": Provide(_staff),
    "device": Provide(_device),
    "came_from": Provide(_came_from),
    "read_entry": Provide(_read_entry),
    "office_token": Provide(_office_token),
    "device_token": Provide(_device_token),
    "is_closed": Provide(_is_closed),
}
