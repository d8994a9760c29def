"""The roster file: looked at first, then taken over as it was shown. Back office and administrator."""

from dataclasses import dataclass
from typing import Annotated, Final

from litestar import post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, QueryParameter, RawBody

from kazasu import audit
from kazasu.patients.importing.schemas import ImportedView, ImportPreviewView, preview_view
from kazasu.patients.importing.service import apply_import, plan_digest, preview_import
from kazasu.reconciliation.comparing import recompare_patient
from kazasu.staff import Role
from kazasu.visits.service import publish_patient
from kazasu.web import InContext, InStaff, office, problems

MAX_ROSTER_OCTETS: Final = 8 * 1024 * 1024
"""Some forty thousand patients."""

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Digest = Annotated[str, QueryParameter(pattern="^[0-9a-f]{64}$", description="`digest` of the preview")]


@dataclass
class _FileOperation(Operation):
    """The body is the file's octets, because its encoding is found out here."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        # FHIR is octets here too: one document, or one resource a line.
        kinds = ("text/csv", "application/octet-stream")
        self.request_body = RequestBody(
            required=True, content={kind: OpenAPIMediaType(schema=schema) for kind in kinds}
        )


@post(
    "/patients/import",
    guards=_GUARDS,
    status_code=200,
    request_max_body_size=MAX_ROSTER_OCTETS,
    operation_class=_FileOperation,
    responses=problems(*_SIGNED_IN),
)
async def post_import_preview(context: InContext, body: RawBody) -> ImportPreviewView:
    """What a file would add and change; nothing is written. CSV or tab-separated (UTF-8 or Shift_JIS), or FHIR in JSON:
    Patient resources in the shape of JP Core, with the Coverage beside them."""
    async with context.database.reading() as session:
        plan = await preview_import(session, body, institution_code=context.facility.institution_code)
    digest = plan_digest(context.keys.storage, body, plan)
    return preview_view(plan, digest=digest, is_exercise=context.facility.is_exercise)


@post(
    "/patients/import/apply",
    guards=_GUARDS,
    status_code=200,
    request_max_body_size=MAX_ROSTER_OCTETS,
    operation_class=_FileOperation,
    responses=problems(*_SIGNED_IN, "import-outdated", "conflict"),
)
async def post_import(
    context: InContext,
    staff: InStaff,
    body: RawBody,
    digest: Digest,
    leave_out: FromQuery[list[int] | None] = None,
) -> ImportedView:
    """Takes the same file over as the preview showed it, but for the lines in `leave_out`; devices hear of it."""
    at, actor = context.clock.now(), audit.staff_actor(staff.id)
    async with context.database.writing() as session:
        done = await apply_import(
            session,
            context.keys.storage,
            body,
            institution_code=context.facility.institution_code,
            digest=digest,
            leave_out=leave_out or (),
            actor=actor,
            at=at,
        )
        for patient in done.patients:
            await publish_patient(session, context.keys.storage, patient, at=at)
            await recompare_patient(session, context, patient, at=at)
        await session.commit()
    return ImportedView(done.added, done.changed, done.same, done.left_out, done.refused)


ROUTES = (post_import_preview, post_import)
