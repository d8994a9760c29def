"""The list of visits: looked at first, then taken over as it was shown. Counter, back office and administrator."""

from dataclasses import dataclass
from typing import Annotated, Final

from litestar import post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, QueryParameter, RawBody

from kazasu import audit
from kazasu.staff import Role
from kazasu.visits.importing.schemas import VisitPreviewView, visit_preview_view
from kazasu.visits.importing.service import VisitsImported, apply_visits, preview_visits, visits_digest
from kazasu.web import InContext, InStaff, office, problems

MAX_OCTETS: Final = 2 * 1024 * 1024
"""Some thirty thousand visits."""

_GUARDS = [office(Role.COUNTER, Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Digest = Annotated[str, QueryParameter(pattern="^[0-9a-f]{64}$", description="`digest` of the preview")]


@dataclass
class _FileOperation(Operation):
    """The body is the file's octets, because its encoding is found out here."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        self.request_body = RequestBody(required=True, content={"text/csv": OpenAPIMediaType(schema=schema)})


@post(
    "/visits/import",
    guards=_GUARDS,
    status_code=200,
    request_max_body_size=MAX_OCTETS,
    operation_class=_FileOperation,
    responses=problems(*_SIGNED_IN),
)
async def post_visits_preview(context: InContext, body: RawBody) -> VisitPreviewView:
    """What a list of visits (CSV or tab-separated, UTF-8 or Shift_JIS) would add and change; nothing is written."""
    async with context.database.reading() as session:
        plan = await preview_visits(session, body)
    digest = visits_digest(context.keys.storage, body, plan)
    return visit_preview_view(plan, digest=digest, is_exercise=context.facility.is_exercise)


@post(
    "/visits/import/apply",
    guards=_GUARDS,
    status_code=200,
    request_max_body_size=MAX_OCTETS,
    operation_class=_FileOperation,
    responses=problems(*_SIGNED_IN, "import-outdated", "not-found", "conflict"),
)
async def post_visits(
    context: InContext,
    staff: InStaff,
    body: RawBody,
    digest: Digest,
    leave_out: FromQuery[list[int] | None] = None,
) -> VisitsImported:
    """Takes the same list over as the preview showed it, but for the lines in `leave_out`; devices hear of it."""
    at, actor = context.clock.now(), audit.staff_actor(staff.id)
    async with context.database.writing() as session:
        done = await apply_visits(
            session, context.keys.storage, body, digest=digest, leave_out=leave_out or (), actor=actor, at=at
        )
        await session.commit()
    return done


ROUTES = (post_visits_preview, post_visits)
