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
from kazasu.staff import Role, StaffMember
from kazasu.staff.service import member_of_token

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

OPEN = {"open": True}
"""A route's `opt` that says: anybody may call this, on purpose."""

_STAFF, _DEVICE, _TOKEN = "kazasu_staff", "kazasu_device", "kazasu_token"


def context_of(connection: Connection) -> Context:
    """The server's context."""
    return cast(Context, connection.app.state["context"])


def office(*roles: Role) -> Guard:
    """Staff with one of these roles, by office token; without roles, any staff member."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        context = context_of(connection)
        token = _bearer(connection)
        async with context.database.reading() as session:
            member = await member_of_token(session, token, at=context.clock.now())
        if roles and not member.has(*roles):
            raise ProblemError("role-not-allowed")
        _keep(connection, **{_STAFF: member, _TOKEN: token})

    guard.__name__ = "office_guard"
    return guard


async def device_guard(connection: Connection, _: BaseRouteHandler) -> None:
    """A confirmed device, by device token, looked up anew at each request: a revoked one is out at once."""
    context = context_of(connection)
    async with context.database.reading() as session:
        device = await device_of_token(session, _bearer(connection), at=context.clock.now())
    _keep(connection, **{_DEVICE: device})


def _keep(connection: Connection, **values: object) -> None:
    cast(dict[str, object], connection.scope).update(values)


def staff_of(connection: Connection) -> StaffMember:
    """Whom the guard let in."""
    return cast(StaffMember, cast(dict[str, object], connection.scope)[_STAFF])


def office_token_of(connection: Connection) -> str:
    """By which token."""
    return cast(str, cast(dict[str, object], connection.scope)[_TOKEN])


def device_of(connection: Connection) -> Device:
    """Which device the guard let in."""
    return cast(Device, cast(dict[str, object], connection.scope)[_DEVICE])


def _bearer(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("token-not-valid", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()
