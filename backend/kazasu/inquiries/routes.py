"""Inquiries as they stand, and the answer that a person typed where no gateway brings one."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.db import lock_order
from kazasu.inquiries.answering import take_answer
from kazasu.inquiries.listed import find_inquiry, list_inquiries, waits_for_a_person
from kazasu.inquiries.schemas import InquiryPage, InquiryView, TypedAnswer, inquiry_view, typed_answer
from kazasu.inquiries.state import InquiryState
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/inquiries", guards=[office()], responses=problems(*_SIGNED_IN))
async def get_inquiries(
    context: InContext,
    after: FromQuery[str | None] = None,
    limit: Limit = 50,
    inquiry_state: FromQuery[InquiryState | None] = None,
) -> InquiryPage:
    """Inquiries, the newest first."""
    async with context.database.reading() as session:
        rows = await list_inquiries(session, after=Keyset.of(after), limit=limit + 1, state=inquiry_state)
    page = [inquiry_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return InquiryPage(page, Keyset(rows[limit - 1].made_at, rows[limit - 1].id).cursor() if more else None)


@post(
    "/inquiries/{inquiry_id:str}/answer",
    guards=[office(Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)],
    responses=problems(*_SIGNED_IN, "not-found", "conflict"),
)
async def post_answer(
    context: InContext, staff: InStaff, inquiry_id: FromPath[str], data: JSONBody[TypedAnswer]
) -> InquiryView:
    """What a person read off the terminal or the app; `conflict` where the inquiry is not one for a person."""
    async with context.database.writing() as session:
        await lock_order(session)
        row = await find_inquiry(session, inquiry_id)
        if row is None:
            raise ProblemError("not-found")
        at = context.clock.now()
        answer = typed_answer(
            data, asked_for=row.asked_for, at=at, is_exercise=context.facility.is_exercise, inquiry=row.id
        )
        is_taken = waits_for_a_person(row) and await take_answer(
            session,
            context,
            inquiry=row.id,
            check=row.check,
            key=row.key,
            answer=answer,
            at=at,
            typed_by=staff.id,
        )
        if not is_taken:
            raise ProblemError("conflict")
        view = inquiry_view(row)
        await session.commit()
    return view


ROUTES = (get_inquiries, post_answer)
