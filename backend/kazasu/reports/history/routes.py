"""The history's reports as JSON and as CSV. Back office and administrator."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from kazasu.reports.history.comparison import SourceKind
from kazasu.reports.history.level_schemas import LevelReport
from kazasu.reports.history.reading import read_comparison, read_levels, read_support, read_survey
from kazasu.reports.history.schemas import ComparisonReport, SupportReport, SurveyReport
from kazasu.reports.history.table import comparison_table, level_table, support_table, survey_table
from kazasu.reports.period import MONTH_PATTERN, prove_period
from kazasu.reports.reply import report_file
from kazasu.rules.survey import SheetKind
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Month = Annotated[str, QueryParameter(pattern=MONTH_PATTERN, description="yyyy-mm, of Japan")]


@get("/reports/level", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_levels(context: InContext, since: Month, until: Month) -> LevelReport:
    """Months of application: which rate of which month counts for each, the level, the points, what else is needed.

    Beyond the sources level and points are not known; what was announced stands beside. Rates that were told, and the
    terminal's counts, are entered under `/reports/figures`.
    """
    return await read_levels(context, since, until)


@get("/reports/level.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_level_table(context: InContext, since: Month, until: Month) -> Response[bytes]:
    """The same as CSV."""
    report = await read_levels(context, since, until)
    return report_file(level_table(report), f"level-{since}-{until}", "csv", is_exercise=report.exercise)


@get("/reports/support", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_support(context: InContext) -> SupportReport:
    """The support money of 2024 by half-year, as planned, from the counts that are known."""
    return await read_support(context)


@get("/reports/support.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_support_table(context: InContext) -> Response[bytes]:
    """The same as CSV."""
    report = await read_support(context)
    return report_file(support_table(report), "support-2024", "csv", is_exercise=report.exercise)


@get("/reports/survey", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_survey(
    context: InContext, since: FromQuery[date], until: FromQuery[date], kind: FromQuery[SheetKind | None] = None
) -> SurveyReport:
    """The associations' sheet of 2024 for these days, filled from the trouble log; free texts are left to a person."""
    prove_period(since, until)
    return await read_survey(context, since, until, kind)


@get("/reports/survey.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_survey_table(
    context: InContext, since: FromQuery[date], until: FromQuery[date], kind: FromQuery[SheetKind | None] = None
) -> Response[bytes]:
    """The same as CSV."""
    prove_period(since, until)
    report = await read_survey(context, since, until, kind)
    return report_file(survey_table(report), f"survey-{since}-{until}", "csv", is_exercise=report.exercise)


@get("/reports/comparison", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_comparison(
    context: InContext, month: Month, kind: FromQuery[SourceKind | None] = None
) -> ComparisonReport:
    """A month's own usage rate beside the sources' figures for the kind and the prefecture."""
    return await read_comparison(context, month, kind)


@get("/reports/comparison.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_comparison_table(
    context: InContext, month: Month, kind: FromQuery[SourceKind | None] = None
) -> Response[bytes]:
    """The same as CSV."""
    report = await read_comparison(context, month, kind)
    return report_file(comparison_table(report), f"comparison-{month}", "csv", is_exercise=report.exercise)


ROUTES = (
    get_levels,
    get_level_table,
    get_support,
    get_support_table,
    get_survey,
    get_survey_table,
    get_comparison,
    get_comparison_table,
)
