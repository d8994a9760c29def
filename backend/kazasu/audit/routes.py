"""The audit log for the administrator."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from kazasu.audit.schemas import AuditPage, audit_view
from kazasu.audit.service import page
from kazasu.keyset import LARGEST_NUMBER
from kazasu.staff import Role
from kazasu.web import WHILE_CLOSED, InContext, office, problems


@get(
    "/audit",
    guards=[office(Role.ADMINISTRATOR)],
    opt=WHILE_CLOSED,
    responses=problems("token-not-valid", "role-not-allowed"),
)
async def get_audit(
    context: InContext,
    before: Annotated[int | None, QueryParameter(ge=1, le=LARGEST_NUMBER)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> AuditPage:
    """The newest entries, or those before a number."""
    async with context.database.reading() as session:
        entries = await page(session, before=before, limit=limit)
    next_before = entries[-1].number if len(entries) == limit and entries[-1].number > 1 else None
    return AuditPage([audit_view(entry) for entry in entries], next_before)


ROUTES = (get_audit,)
