"""Whether the server is well."""

from typing import Literal

import msgspec
from litestar import get

from kazasu.facility.kind import FacilityMode
from kazasu.facility.service import load_facility
from kazasu.web import OPEN, InContext, problems


class Health(msgspec.Struct, frozen=True):
    """The server answers, and its database too."""

    status: Literal["ok"]
    mode: FacilityMode


@get("/health", opt=OPEN, responses=problems())
async def get_health(context: InContext) -> Health:
    """Well; any other answer than 200 means that it is not."""
    async with context.database.reading() as session:
        return Health("ok", (await load_facility(session)).mode)


ROUTES = (get_health,)
