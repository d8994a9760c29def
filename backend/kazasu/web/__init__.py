"""What every room's routes are built with: guards, injected values, problems. `kazasu.app` puts the rooms together.

A room's `routes` module exports `ROUTES`, a sequence of handlers (or controllers) with marked parameters:

    @get("/holds", guards=[office(Role.BACK_OFFICE)], responses=problems("not-found"))
    async def list_holds(context: InContext, staff: InStaff, after: FromQuery[str | None] = None) -> HoldPage: ...

    ROUTES = (list_holds,)
"""

from kazasu.web.guard import OPEN, WHILE_CLOSED, device_guard, office
from kazasu.web.injection import (
    CameFrom,
    DeviceToken,
    InContext,
    InDevice,
    InReadEntry,
    InStaff,
    IsClosed,
    OfficeToken,
)
from kazasu.web.problem_response import problems

__all__ = [
    "OPEN",
    "WHILE_CLOSED",
    "CameFrom",
    "DeviceToken",
    "InContext",
    "InDevice",
    "InReadEntry",
    "InStaff",
    "IsClosed",
    "OfficeToken",
    "device_guard",
    "office",
    "problems",
]
