"""The roads on which a person asks: tasks for the terminal, and the app's copied text."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kazasu.inquiries.hand_schemas import PastedText, PastedView, TaskPage, pasted_view, task_views
from kazasu.inquiries.listed import list_for_a_person
from kazasu.inquiries.pasting import paste_app_text
from kazasu.inquiries.tasks import tasks_of
from kazasu.keyset import LARGEST_PAGE, Keyset
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_TYPISTS = (Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


@get("/inquiries/tasks", guards=[office(*_TYPISTS)], responses=problems(*_SIGNED_IN))
async def get_tasks(context: InContext, after: FromQuery[str | None] = None, limit: Limit = 50) -> TaskPage:
    """What waits for a person at the terminal or the app, the longest waiting first, with the fields to type."""
    async with context.database.reading() as session:
        rows = list(await list_for_a_person(session, after=Keyset.of(after), limit=limit + 1))
        tasks = await tasks_of(session, context, rows[:limit])
    more = len(rows) > limit
    last = Keyset(rows[limit - 1].next_at, rows[limit - 1].id).cursor() if more else None
    return TaskPage(task_views(tasks), last)


@post(
    "/checks/{check_id:str}/app-text",
    guards=[office(*_TYPISTS)],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found", "conflict", "road-not-open", "app-text-not-read"),
)
async def post_app_text(
    context: InContext, staff: InStaff, check_id: FromPath[str], data: JSONBody[PastedText]
) -> PastedView:
    """What the eligibility-only app copied, taken as the check's answer; `typed_by` is who pasted it."""
    async with context.database.writing() as session:
        at = context.clock.now()
        pasted = await paste_app_text(session, context, check_id, data.text, staff=staff.id, at=at)
        await session.commit()
        return pasted_view(pasted)


ROUTES = (get_tasks, post_app_text)
