"""Reports for back office and administrator, as JSON and as CSV."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from kazasu.context import Context
from kazasu.problems import ProblemError
from kazasu.reports.schemas import (
    HoldsReport,
    TroubleReport,
    UsageReport,
    holds_report,
    trouble_report,
    usage_report,
)
from kazasu.reports.service import (
    checks_of_month,
    find_names,
    held_checks,
    open_holds_by_reason,
    recorded_trouble,
)
from kazasu.reports.table import trouble_table, usage_table
from kazasu.reports.trouble_log import trouble_log
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]
_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_LONGEST_DAYS = 366
Month = Annotated[str, QueryParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="yyyy-mm, of Japan")]
OtherChecks = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="online checks made elsewhere")]


@get("/reports/usage", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_usage(context: InContext, month: Month, other_online_checks: OtherChecks = 0) -> UsageReport:
    """A month's checks by method, identity, assurance, type, device, staff and setting, and the usage rate."""
    return await _usage(context, month, other_online_checks)


@get("/reports/usage.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_usage_table(context: InContext, month: Month, other_online_checks: OtherChecks = 0) -> Response[bytes]:
    """The same as CSV."""
    report = await _usage(context, month, other_online_checks)
    return csv_response(usage_table(report), f"usage-{month}", is_exercise=report.exercise)


@get("/reports/trouble", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_trouble(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> TroubleReport:
    """The trouble log of these days (both included, of Japan) in the associations' categories and responses."""
    return await _trouble(context, since, until)


@get("/reports/trouble.csv", guards=_GUARDS, responses=problems(*_SIGNED_IN), media_type="text/csv")
async def get_trouble_table(context: InContext, since: FromQuery[date], until: FromQuery[date]) -> Response[bytes]:
    """The same as CSV, one line a trouble."""
    report = await _trouble(context, since, until)
    return csv_response(trouble_table(report), f"trouble-{since}-{until}", is_exercise=report.exercise)


@get("/reports/holds", guards=_GUARDS, responses=problems(*_SIGNED_IN))
async def get_open_holds(context: InContext) -> HoldsReport:
    """What is open now, by reason."""
    async with context.database.reading() as session:
        holds = await open_holds_by_reason(session)
    return holds_report(holds, is_exercise=context.facility.is_exercise)


def csv_response(octets: bytes, name: str, *, is_exercise: bool) -> Response[bytes]:
    """A file to keep; its name says what it is, and never whose."""
    prefix = "EXERCISE-" if is_exercise else ""
    return Response(
        octets,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{prefix}{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


async def _usage(context: Context, month: str, other_online_checks: int) -> UsageReport:
    year, _, number = month.partition("-")
    async with context.database.reading() as session:
        usage = await checks_of_month(session, int(year), int(number))
        names = await find_names(session)
    return usage_report(
        usage,
        names,
        month=month,
        other_online_checks=other_online_checks,
        is_exercise=context.facility.is_exercise,
    )


async def _trouble(context: Context, since: date, until: date) -> TroubleReport:
    if not 0 <= (until - since).days < _LONGEST_DAYS or since.year < 2000:
        wrong = {"field": "until", "message": f"on or after since, at most {_LONGEST_DAYS} days"}
        raise ProblemError("request-not-valid", errors=[wrong])
    async with context.database.reading() as session:
        recorded = await recorded_trouble(session, since, until)
        held = await held_checks(session, since, until)
        names = await find_names(session)
    log = trouble_log(recorded, held, since, until)
    return trouble_report(log, names, since=since, until=until, is_exercise=context.facility.is_exercise)


ROUTES = (get_usage, get_usage_table, get_trouble, get_trouble_table, get_open_holds)
