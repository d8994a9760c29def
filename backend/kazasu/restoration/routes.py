"""A server closed after a restore: what it waits for, and opening it."""

from litestar import get, post
from litestar.params import JSONBody

from kazasu import audit
from kazasu.restoration.schemas import Reopened, ReopenInput, StandingView, log_refill_view, standing_view
from kazasu.restoration.service import read_standing, reopen
from kazasu.staff import Role
from kazasu.web import WHILE_CLOSED, InContext, InStaff, office, problems

_ADMINISTRATOR = [office(Role.ADMINISTRATOR)]
_OFFICE = ("token-not-valid", "role-not-allowed")


@get("/restoration", guards=_ADMINISTRATOR, opt=WHILE_CLOSED, responses=problems(*_OFFICE))
async def get_restoration(context: InContext) -> StandingView | None:
    """What the server waits for; null where it is open."""
    async with context.database.reading() as session:
        standing = await read_standing(session)
    return None if standing is None else standing_view(standing)


@post(
    "/restoration/reopen",
    guards=_ADMINISTRATOR,
    opt=WHILE_CLOSED,
    status_code=200,
    responses=problems(*_OFFICE, "logs-not-refilled"),
)
async def post_reopen(context: InContext, staff: InStaff, data: JSONBody[ReopenInput]) -> Reopened:
    """Opens the server; harmless where it is open. Who declared what missing stands in the audit log."""
    async with context.database.writing() as session:
        standing = await reopen(
            session,
            declares_missing=data.declares_missing,
            actor=audit.staff_actor(staff.id),
            at=context.clock.now(),
        )
        await session.commit()
    return Reopened([log_refill_view(log) for log in standing.waiting_for] if standing else [])


ROUTES = (get_restoration, post_reopen)
