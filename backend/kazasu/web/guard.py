"""Who may call a route. Every route carries one of these guards, or `OPEN` in its options; a test sees to it.

Guards leave who it is in the request's scope; `InStaff` and `InDevice` hand it to the handler.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kazasu.context import Context
from kazasu.devices import Device
from kazasu.devices.token.service import device_of_token
from kazasu.problems import ProblemError
from kazasu.restoration.service import is_closed
from kazasu.staff import Role, StaffMember
from kazasu.staff.service import member_of_token

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

OPEN = {"open": True}
"""A route's `opt` that says: anybody may call this, on purpose."""

WHILE_CLOSED = {"while_closed": True}
"""A route's `opt` that says: also while the server is closed after a restore. Every other guarded route is shut."""

_STAFF, _DEVICE, _TOKEN, _CLOSED = "kazasu_staff", "kazasu_device", "kazasu_token", "kazasu_closed"
_TRY_AGAIN_S = "60"


def context_of(connection: Connection) -> Context:
    """The server's context."""
    return cast(Context, connection.app.state["context"])


def office(*roles: Role) -> Guard:
    """Staff with one of these roles, by office token; without roles, any staff member."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        context = context_of(connection)
        token = _bearer(connection)
        async with context.database.reading() as session:
            member = await member_of_token(session, token, at=context.clock.now())
            is_shut = await is_closed(session)
        if roles and not member.has(*roles):
            raise ProblemError("role-not-allowed")
        _refuse_while_closed(handler, is_shut=is_shut)
        _keep(connection, **{_STAFF: member, _TOKEN: token})

    guard.__name__ = "office_guard"
    return guard


async def device_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """A confirmed device, by device token, looked up anew at each request: a revoked one is out at once."""
    context = context_of(connection)
    token = _bearer(connection)
    async with context.database.reading() as session:
        device = await device_of_token(session, token, at=context.clock.now())
        is_shut = await is_closed(session)
    _refuse_while_closed(handler, is_shut=is_shut)
    _keep(connection, **{_DEVICE: device, _TOKEN: token, _CLOSED: is_shut})


def _refuse_while_closed(handler: BaseRouteHandler, *, is_shut: bool) -> None:
    if is_shut and not handler.opt.get("while_closed"):
        raise ProblemError("server-closed", headers={"Retry-After": _TRY_AGAIN_S})


def _keep(connection: Connection, **values: object) -> None:
    cast(dict[str, object], connection.scope).update(values)


def staff_of(connection: Connection) -> StaffMember:
    """Whom the guard let in."""
    return cast(StaffMember, cast(dict[str, object], connection.scope)[_STAFF])


def token_of(connection: Connection) -> str:
    """By which token."""
    return cast(str, cast(dict[str, object], connection.scope)[_TOKEN])


def device_of(connection: Connection) -> Device:
    """Which device the guard let in."""
    return cast(Device, cast(dict[str, object], connection.scope)[_DEVICE])


def is_closed_for(connection: Connection) -> bool:
    """Whether the guard of a device found the server closed after a restore."""
    return cast(bool, cast(dict[str, object], connection.scope)[_CLOSED])


def _bearer(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("token-not-valid", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()
