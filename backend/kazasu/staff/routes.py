"""Signing in to the back office; staff by the administrator."""

from datetime import timedelta

from litestar import get, post
from litestar.params import FromPath, JSONBody

from kazasu import audit
from kazasu.problems import ProblemError
from kazasu.restoration.service import is_closed
from kazasu.staff.role import Role
from kazasu.staff.schemas import Credentials, NewStaff, OfficeSession, StaffView, staff_view
from kazasu.staff.service import (
    add_staff,
    deactivate_staff,
    end_office_session,
    identify,
    list_staff,
    open_office_session,
)
from kazasu.web import OPEN, WHILE_CLOSED, CameFrom, InContext, InStaff, OfficeToken, office, problems


@post("/office/sign-in", opt=OPEN, status_code=200, responses=problems("sign-in-refused", "too-many-attempts"))
async def office_sign_in(context: InContext, came_from: CameFrom, data: JSONBody[Credentials]) -> OfficeSession:
    """An office token for a staff member; for administrators alone while the server is closed after a restore."""
    member = await identify(context, login=data.login, password=data.password, came_from=came_from)
    lifetime = timedelta(seconds=context.settings.office_lifetime_s)
    async with context.database.writing() as session:
        if not member.has(Role.ADMINISTRATOR) and await is_closed(session):
            raise ProblemError("server-closed", headers={"Retry-After": "60"})
        token, expires_at = await open_office_session(session, member, lifetime=lifetime, at=context.clock.now())
        await session.commit()
    return OfficeSession(token, expires_at, staff_view(member))


@post("/office/sign-out", guards=[office()], opt=WHILE_CLOSED, status_code=204, responses=problems("token-not-valid"))
async def office_sign_out(context: InContext, office_token: OfficeToken) -> None:
    """Ends this token."""
    async with context.database.writing() as session:
        await end_office_session(session, office_token, at=context.clock.now())
        await session.commit()


@get("/office/me", guards=[office()], opt=WHILE_CLOSED, responses=problems("token-not-valid"))
async def office_me(staff: InStaff) -> StaffView:
    """Who is signed in."""
    return staff_view(staff)


@get(
    "/staff",
    guards=[office(Role.ADMINISTRATOR)],
    opt=WHILE_CLOSED,
    responses=problems("token-not-valid", "role-not-allowed"),
)
async def get_staff(context: InContext) -> list[StaffView]:
    """Everyone."""
    async with context.database.reading() as session:
        return [staff_view(member) for member in await list_staff(session)]


@post(
    "/staff",
    guards=[office(Role.ADMINISTRATOR)],
    responses=problems("token-not-valid", "role-not-allowed", "login-taken", "password-too-weak"),
)
async def post_staff(context: InContext, staff: InStaff, data: JSONBody[NewStaff]) -> StaffView:
    """Adds a person."""
    async with context.database.writing() as session:
        added = await add_staff(
            session,
            login=data.login,
            name=data.name,
            password=data.password,
            roles=data.roles,
            actor=audit.staff_actor(staff.id),
            at=context.clock.now(),
        )
        await session.commit()
    return staff_view(added)


@post(
    "/staff/{staff_id:str}/deactivate",
    guards=[office(Role.ADMINISTRATOR)],
    opt=WHILE_CLOSED,
    status_code=200,
    responses=problems("token-not-valid", "role-not-allowed", "not-found", "last-administrator"),
)
async def post_deactivate_staff(context: InContext, staff: InStaff, staff_id: FromPath[str]) -> StaffView:
    """The person signs in no more."""
    async with context.database.writing() as session:
        at = context.clock.now()
        member = await deactivate_staff(
            session, staff_id, actor=audit.staff_actor(staff.id), journal=context.journal, at=at
        )
        await session.commit()
    return staff_view(member)


ROUTES = (office_sign_in, office_sign_out, office_me, get_staff, post_staff, post_deactivate_staff)
