"""The months' figures from elsewhere: entered, looked through, taken away. Back office and administrator."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody, PathParameter
from msgspec import Meta

from kazasu.problems import ProblemError
from kazasu.reports.figures.kind import Figure, FigureKind, month_of
from kazasu.reports.figures.service import list_figures, put_figure, remove_figure
from kazasu.reports.models import UsageFigureRow
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_LARGEST = 1_000_000_000
Month = Annotated[str, PathParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="yyyy-mm, of Japan")]
Count = Annotated[int, Meta(ge=0, le=_LARGEST)]


class FigureInput(msgspec.Struct, frozen=True):
    """Counts (`part` of `whole`), or the rate alone as it was told, in percent with at most two decimals."""

    source: Annotated[str, Meta(min_length=1, max_length=200)]
    part: Count | None = None
    whole: Count | None = None
    rate_percent: Annotated[str, Meta(pattern="^(100(\\.0{1,2})?|[0-9]{1,2}(\\.[0-9]{1,2})?)$")] | None = None


class FigureView(msgspec.Struct, frozen=True):
    """One figure as it stands."""

    month: str
    kind: FigureKind
    part: int | None
    whole: int | None
    rate_percent: str | None
    """Where the rate alone was told."""
    source: str
    entered_by: str
    entered_at: datetime


class FiguresView(msgspec.Struct, frozen=True):
    """Every figure, by month."""

    items: list[FigureView]


@get("/reports/figures", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_figures(context: InContext) -> FiguresView:
    """The figures that reports use beside our own counts."""
    async with context.database.reading() as session:
        return FiguresView([_view(row) for row in await list_figures(session)])


@put("/reports/figures/{month:str}/{kind:str}", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def put_month_figure(
    context: InContext, staff: InStaff, month: Month, kind: FromPath[FigureKind], data: JSONBody[FigureInput]
) -> FigureView:
    """Enters a figure; one that stands for this month and kind is replaced, and both are in the audit log."""
    figure = _figure(month, kind, data)
    async with context.database.writing() as session:
        row = await put_figure(session, figure, staff=staff.id, at=context.clock.now())
        view = _view(row)
        await session.commit()
    return view


@delete("/reports/figures/{month:str}/{kind:str}", guards=_GUARDS, responses=problems(*_SIGNED_IN, "not-found"))
async def delete_month_figure(context: InContext, staff: InStaff, month: Month, kind: FromPath[FigureKind]) -> None:
    """Takes a figure away."""
    async with context.database.writing() as session:
        await remove_figure(session, month, kind, staff=staff.id, at=context.clock.now())
        await session.commit()


def _figure(month: str, kind: FigureKind, data: FigureInput) -> Figure:
    is_rate = data.rate_percent is not None
    is_counts = data.part is not None and data.whole is not None
    if is_rate is is_counts or (is_rate and (data.part is not None or data.whole is not None)):
        raise _wrong("part", "part and whole, or rate_percent alone")
    if data.rate_percent is not None:
        if kind is FigureKind.ELSEWHERE:
            raise _wrong("rate_percent", "checks elsewhere are counts")
        whole_percent, _, hundredths = data.rate_percent.partition(".")
        return Figure(month_of(month), kind, int(whole_percent + hundredths.ljust(2, "0")), 10_000, True, data.source)
    part, whole = data.part or 0, data.whole or 0
    if part > whole:
        raise _wrong("part", "more than whole")
    return Figure(month_of(month), kind, part, whole, False, data.source)


def _wrong(field: str, message: str) -> ProblemError:
    return ProblemError("request-not-valid", errors=[{"field": field, "message": message}])


def _view(row: UsageFigureRow) -> FigureView:
    return FigureView(
        month=row.month,
        kind=row.kind,
        part=None if row.is_rate else row.part,
        whole=None if row.is_rate else row.whole,
        rate_percent=f"{row.part // 100}.{row.part % 100:02d}" if row.is_rate else None,
        source=row.source,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
    )


ROUTES = (get_figures, put_month_figure, delete_month_figure)
