"""The reports as PDF to print and as pictures. Back office and administrator."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Literal

import anyio
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from kazasu.charting import Chart, draw
from kazasu.context import Context
from kazasu.reports.history.comparison import SourceKind
from kazasu.reports.history.reading import read_comparison, read_levels, read_support, read_survey
from kazasu.reports.paper.history_page import comparison_page, level_page, support_page, survey_page
from kazasu.reports.paper.page import holds_page, trouble_page, usage_page
from kazasu.reports.paper.picture import comparison_chart, level_chart, support_chart, trouble_chart, usage_chart
from kazasu.reports.period import MONTH_PATTERN, prove_period
from kazasu.reports.reading import read_holds, read_trouble, read_usage
from kazasu.reports.reply import report_file
from kazasu.rules.survey import SheetKind
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_PDF, _SVG, _PNG = "application/pdf", "image/svg+xml", "image/png"
Month = Annotated[str, QueryParameter(pattern=MONTH_PATTERN, description="yyyy-mm, of Japan")]
Picture = Literal["svg", "png"]


@get("/reports/usage.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_usage_page(context: InContext, month: Month) -> Response[bytes]:
    """A month's usage to print."""
    report = await read_usage(context, month, None, 0)
    return await _page(context, partial(usage_page, report), f"usage-{month}")


@get("/reports/usage.svg", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_SVG)
async def get_usage_svg(context: InContext, month: Month) -> Response[bytes]:
    """A month's usage as a picture of shapes."""
    return await _usage_picture(context, month, "svg")


@get("/reports/usage.png", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PNG)
async def get_usage_png(context: InContext, month: Month) -> Response[bytes]:
    """A month's usage as a picture of dots."""
    return await _usage_picture(context, month, "png")


@get("/reports/trouble.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_trouble_page(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> Response[bytes]:
    """The trouble log to print."""
    report = await read_trouble(context, since, until)
    return await _page(context, partial(trouble_page, report), f"trouble-{since}-{until}")


@get("/reports/trouble.svg", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_SVG)
async def get_trouble_svg(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> Response[bytes]:
    """The trouble by category as a picture of shapes."""
    return await _trouble_picture(context, since, until, "svg")


@get("/reports/trouble.png", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PNG)
async def get_trouble_png(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> Response[bytes]:
    """The trouble by category as a picture of dots."""
    return await _trouble_picture(context, since, until, "png")


@get("/reports/holds.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_holds_page(context: InContext) -> Response[bytes]:
    """What is open now to print."""
    return await _page(context, partial(holds_page, await read_holds(context)), "open-holds")


@get("/reports/level.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_level_page(context: InContext, since: Month, until: Month) -> Response[bytes]:
    """Level and points to print."""
    report = await read_levels(context, since, until)
    return await _page(context, partial(level_page, report), f"level-{since}-{until}")


@get("/reports/level.svg", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_SVG)
async def get_level_svg(context: InContext, since: Month, until: Month) -> Response[bytes]:
    """The rates and the levels' percentages as a picture of shapes."""
    return await _level_picture(context, since, until, "svg")


@get("/reports/level.png", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PNG)
async def get_level_png(context: InContext, since: Month, until: Month) -> Response[bytes]:
    """The rates and the levels' percentages as a picture of dots."""
    return await _level_picture(context, since, until, "png")


@get("/reports/support.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_support_page(context: InContext) -> Response[bytes]:
    """The support money to print."""
    return await _page(context, partial(support_page, await read_support(context)), "support-2024")


@get("/reports/support.svg", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_SVG)
async def get_support_svg(context: InContext) -> Response[bytes]:
    """The months' rates and the plan's steps as a picture of shapes."""
    return await _support_picture(context, "svg")


@get("/reports/support.png", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PNG)
async def get_support_png(context: InContext) -> Response[bytes]:
    """The months' rates and the plan's steps as a picture of dots."""
    return await _support_picture(context, "png")


@get("/reports/survey.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_survey_page(
    context: InContext, since: FromQuery[date], until: FromQuery[date], kind: FromQuery[SheetKind | None] = None
) -> Response[bytes]:
    """The survey sheet to print, with room to write what the log cannot know."""
    prove_period(since, until)
    report = await read_survey(context, since, until, kind)
    return await _page(context, partial(survey_page, report), f"survey-{since}-{until}")


@get("/reports/comparison.pdf", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PDF)
async def get_comparison_page(
    context: InContext, month: Month, kind: FromQuery[SourceKind | None] = None
) -> Response[bytes]:
    """The comparison to print."""
    report = await read_comparison(context, month, kind)
    return await _page(context, partial(comparison_page, report), f"comparison-{month}")


@get("/reports/comparison.svg", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_SVG)
async def get_comparison_svg(
    context: InContext, month: Month, kind: FromQuery[SourceKind | None] = None
) -> Response[bytes]:
    """The comparison as a picture of shapes."""
    return await _comparison_picture(context, month, kind, "svg")


@get("/reports/comparison.png", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type=_PNG)
async def get_comparison_png(
    context: InContext, month: Month, kind: FromQuery[SourceKind | None] = None
) -> Response[bytes]:
    """The comparison as a picture of dots."""
    return await _comparison_picture(context, month, kind, "png")


async def _usage_picture(context: Context, month: str, kind: Picture) -> Response[bytes]:
    return await _picture(context, usage_chart(await read_usage(context, month, None, 0)), f"usage-{month}", kind)


async def _trouble_picture(context: Context, since: date, until: date, kind: Picture) -> Response[bytes]:
    report = await read_trouble(context, since, until)
    return await _picture(context, trouble_chart(report), f"trouble-{since}-{until}", kind)


async def _level_picture(context: Context, since: str, until: str, kind: Picture) -> Response[bytes]:
    report = await read_levels(context, since, until)
    return await _picture(context, level_chart(report), f"level-{since}-{until}", kind)


async def _support_picture(context: Context, kind: Picture) -> Response[bytes]:
    return await _picture(context, support_chart(await read_support(context)), "support-2024", kind)


async def _comparison_picture(
    context: Context, month: str, compared: SourceKind | None, kind: Picture
) -> Response[bytes]:
    report = await read_comparison(context, month, compared)
    return await _picture(context, comparison_chart(report), f"comparison-{month}", kind)


async def _page(context: Context, make: Callable[..., bytes], name: str) -> Response[bytes]:
    # Laying out and drawing take their time: other requests go on meanwhile.
    made = partial(make, facility=context.facility.name, made_at=context.clock.now())
    octets = await anyio.to_thread.run_sync(made)
    return report_file(octets, name, "pdf", is_exercise=context.facility.is_exercise)


async def _picture(context: Context, chart: Chart, name: str, kind: Picture) -> Response[bytes]:
    octets = await anyio.to_thread.run_sync(draw, chart, kind)
    return report_file(octets, name, kind, is_exercise=context.facility.is_exercise)


ROUTES = (
    get_usage_page,
    get_usage_svg,
    get_usage_png,
    get_trouble_page,
    get_trouble_svg,
    get_trouble_png,
    get_holds_page,
    get_level_page,
    get_level_svg,
    get_level_png,
    get_support_page,
    get_support_svg,
    get_support_png,
    get_survey_page,
    get_comparison_page,
    get_comparison_svg,
    get_comparison_png,
)
