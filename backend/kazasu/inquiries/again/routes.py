"""Asking again now what the server asks again by itself each hour."""

import msgspec
from litestar import post

from kazasu import audit
from kazasu.inquiries.again.asking import ask_due_again
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems


class AskedAgainView(msgspec.Struct, frozen=True):
    """How many checks are asked about again for their claims, and of how many due ones no number is known."""

    asked: int
    without_number: int


@post(
    "/inquiries/again",
    guards=[office(Role.BACK_OFFICE, Role.ADMINISTRATOR)],
    status_code=200,
    responses=problems("token-not-valid", "role-not-allowed"),
)
async def post_again(context: InContext, staff: InStaff) -> AskedAgainView:
    """Asks again, by insured number and for claims alone, where an answer may have changed and is due."""
    async with context.database.writing() as session:
        done = await ask_due_again(session, context, actor=audit.staff_actor(staff.id))
        await session.commit()
    return AskedAgainView(done.asked, done.without_number)


ROUTES = (post_again,)
