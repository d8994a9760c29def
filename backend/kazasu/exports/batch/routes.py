"""Batches: made, listed, fetched as files, withdrawn. Back office and administrator."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from kazasu.exports.batch.content import ExportFormat
from kazasu.exports.batch.service import batch_file, list_batches, make_batch, withdraw_batch
from kazasu.exports.models import ExportBatchRow
from kazasu.keyset import LARGEST_NUMBER, LARGEST_PAGE
from kazasu.problems import ProblemError
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_MEDIA = {
    ExportFormat.CSV: ("text/csv; charset=utf-8", "csv"),
    ExportFormat.CSV_SHIFT_JIS: ("text/csv; charset=shift_jis", "sjis.csv"),
    ExportFormat.FHIR: ("application/fhir+json", "json"),
}
Before = Annotated[int | None, QueryParameter(ge=1, le=LARGEST_NUMBER)]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]


class BatchInput(msgspec.Struct, frozen=True):
    """The days of the visits, both included."""

    since: date
    until: date


class WithdrawalInput(msgspec.Struct, frozen=True):
    """Why a batch is taken back."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]

    def __repr__(self) -> str:
        return "<WithdrawalInput>"


class BatchView(msgspec.Struct, frozen=True):
    """A batch; `label` is its number with the server's epoch, unlike any other's."""

    id: str
    number: int
    label: str
    exercise: bool
    since: date
    until: date
    count: int
    made_at: datetime
    made_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class BatchPage(msgspec.Struct, frozen=True):
    """Some batches, and the number to go on below."""

    items: list[BatchView]
    next: int | None


@post("/exports", guards=_GUARDS, responses=problems(*_SIGNED_IN, "nothing-to-export", "conflict"))
async def post_batch(context: InContext, staff: InStaff, data: JSONBody[BatchInput]) -> BatchView:
    """A batch of the settled checks of these days that are not out yet, at most 500 at once."""
    if data.until < data.since:
        raise ProblemError("request-not-valid", errors=[{"field": "until", "message": "before since"}])
    async with context.database.writing() as session:
        at = context.clock.now()
        row = await make_batch(session, context, since=data.since, until=data.until, staff=staff.id, at=at)
        await session.commit()
    return _view(row, is_exercise=context.facility.is_exercise)


@get("/exports", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_batches(context: InContext, before: Before = None, limit: Limit = 50) -> BatchPage:
    """Batches, the newest first."""
    async with context.database.reading() as session:
        rows = await list_batches(session, before=before, limit=limit + 1)
    page = [_view(row, is_exercise=context.facility.is_exercise) for row in rows[:limit]]
    return BatchPage(page, page[-1].number if len(rows) > limit else None)


@get(
    "/exports/{batch_id:str}/{export_format:str}",
    guards=_GUARDS,
    responses=problems(*_SIGNED_IN, "not-found", "export-withdrawn"),
)
async def get_batch_file(
    context: InContext, batch_id: FromPath[str], export_format: FromPath[ExportFormat]
) -> Response[bytes]:
    """The batch as a file (`csv`, `csv_shift_jis`, `fhir`), the same octets each time."""
    async with context.database.reading() as session:
        number, octets = await batch_file(session, context, batch_id, export_format)
    media_type, ending = _MEDIA[export_format]
    prefix = "EXERCISE-" if context.facility.is_exercise else ""
    return Response(
        octets,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{prefix}batch-{number}.{ending}"',
            "Cache-Control": "no-store",
        },
    )


@post(
    "/exports/{batch_id:str}/withdraw",
    guards=_GUARDS,
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found", "export-withdrawn"),
)
async def post_withdrawal(
    context: InContext, staff: InStaff, batch_id: FromPath[str], data: JSONBody[WithdrawalInput]
) -> BatchView:
    """Takes the batch back; its checks may go out again."""
    async with context.database.writing() as session:
        at = context.clock.now()
        row = await withdraw_batch(session, batch_id, because=data.reason, staff=staff.id, at=at)
        await session.commit()
    return _view(row, is_exercise=context.facility.is_exercise)


def _view(row: ExportBatchRow, *, is_exercise: bool) -> BatchView:
    return BatchView(
        id=row.id,
        number=row.number,
        label=f"{'EXERCISE-' if is_exercise else ''}{row.epoch[:8]}-{row.number}",
        exercise=is_exercise,
        since=row.since,
        until=row.until,
        count=row.count,
        made_at=row.made_at,
        made_by=row.made_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )


ROUTES = (post_batch, get_batches, get_batch_file, post_withdrawal)
