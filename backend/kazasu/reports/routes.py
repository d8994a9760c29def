"""Reports for back office and administrator, as JSON and as CSV."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from kazasu.reports.period import MONTH_PATTERN
from kazasu.reports.reading import read_holds, read_trouble, read_usage
from kazasu.reports.reply import report_file
from kazasu.reports.schemas import HoldsReport, TroubleReport, UsageReport
from kazasu.reports.table import holds_table, trouble_table, usage_table
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
Month = Annotated[str, QueryParameter(pattern=MONTH_PATTERN, description="yyyy-mm, of Japan")]
OtherChecks = Annotated[
    int | None,
    QueryParameter(ge=0, le=10_000_000, description="online checks made elsewhere, in place of what was entered"),
]
OtherCardChecks = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="those of them by My Number card")]


@get("/reports/usage", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_usage(
    context: InContext, month: Month, other_online_checks: OtherChecks = None, other_card_checks: OtherCardChecks = 0
) -> UsageReport:
    """A month's checks by method, identity, assurance, type, device, staff and setting, and the usage rate."""
    return await read_usage(context, month, other_online_checks, other_card_checks)


@get("/reports/usage.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_usage_table(
    context: InContext, month: Month, other_online_checks: OtherChecks = None, other_card_checks: OtherCardChecks = 0
) -> Response[bytes]:
    """The same as CSV."""
    report = await read_usage(context, month, other_online_checks, other_card_checks)
    return report_file(usage_table(report), f"usage-{month}", "csv", is_exercise=report.exercise)


@get("/reports/trouble", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_trouble(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> TroubleReport:
    """The trouble log of these days (both included, of Japan) in the associations' categories and responses."""
    return await read_trouble(context, since, until)


@get("/reports/trouble.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_trouble_table(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> Response[bytes]:
    """The same as CSV, one line a trouble."""
    report = await read_trouble(context, since, until)
    return report_file(trouble_table(report), f"trouble-{since}-{until}", "csv", is_exercise=report.exercise)


@get("/reports/holds", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_open_holds(context: InContext) -> HoldsReport:
    """What is open now, by reason."""
    return await read_holds(context)


@get("/reports/holds.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_holds_table(context: InContext) -> Response[bytes]:
    """The same as CSV."""
    report = await read_holds(context)
    return report_file(holds_table(report), "open-holds", "csv", is_exercise=report.exercise)


ROUTES = (get_usage, get_usage_table, get_trouble, get_trouble_table, get_open_holds, get_holds_table)
