"""Taking in what was carried by hand."""

from dataclasses import dataclass

import msgspec
from litestar import post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import RawBody

from kazasu import audit
from kazasu.context import Context
from kazasu.restoration.service import reopen_if_refilled
from kazasu.staff import Role
from kazasu.sync.importing import LARGEST_IMPORT, Imported, ImportProblem, import_entries
from kazasu.web import WHILE_CLOSED, InContext, InReadEntry, InStaff, office, problems

__all__ = ["ROUTES"]


class ImportProblemView(msgspec.Struct, frozen=True):
    """A line that was not taken."""

    line: int
    log: str | None
    problem: str
    reason: str | None
    expected: int | None


class ImportedView(msgspec.Struct, frozen=True):
    """What became of a file's entries; `is_complete` false where it was cut short."""

    lines: int
    accepted: int
    already_had: int
    held: int
    gaps: int
    problems: list[ImportProblemView]
    is_complete: bool


@dataclass
class _ImportOperation(Operation):
    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        self.request_body = RequestBody(
            required=True, content={"application/octet-stream": OpenAPIMediaType(schema=schema)}
        )


@post(
    "/sync/import",
    guards=[office(Role.ADMINISTRATOR)],
    status_code=200,
    request_max_body_size=LARGEST_IMPORT,
    opt=WHILE_CLOSED,
    operation_class=_ImportOperation,
    responses=problems("token-not-valid", "role-not-allowed", "import-refused"),
)
async def post_import(context: InContext, staff: InStaff, read_entry: InReadEntry, body: RawBody) -> ImportedView:
    """The file of `kazasu device export`. Importing it again, or a later sync of the same entries, is harmless."""
    imported = await import_entries(context, body, read_entry=read_entry, actor=audit.staff_actor(staff.id))
    await _open_where_refilled(context)
    return imported_view(imported)


async def _open_where_refilled(context: Context) -> None:
    async with context.database.writing() as session:
        if await reopen_if_refilled(session, at=context.clock.now()):
            await session.commit()


def imported_view(imported: Imported) -> ImportedView:
    """The result as shown."""
    return ImportedView(
        imported.lines,
        imported.accepted,
        imported.already_had,
        imported.held,
        imported.gaps,
        [_problem_view(problem) for problem in imported.problems],
        imported.is_complete,
    )


def _problem_view(problem: ImportProblem) -> ImportProblemView:
    return ImportProblemView(problem.line, problem.log, problem.problem, problem.reason, problem.expected)


ROUTES = (post_import,)
