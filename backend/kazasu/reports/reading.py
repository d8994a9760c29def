"""What the reports of a month, a period and today are made of, fetched and put together for one facility."""

from datetime import date

from kazasu.context import Context
from kazasu.problems import ProblemError
from kazasu.reports.figures import FigureKind, month_of
from kazasu.reports.figures.service import figures
from kazasu.reports.period import prove_period
from kazasu.reports.schemas import (
    HoldsReport,
    TroubleReport,
    UsageReport,
    holds_report,
    trouble_report,
    usage_report,
)
from kazasu.reports.service import (
    asked_without_card,
    checks_of_month,
    find_names,
    held_checks,
    open_holds_by_reason,
    recorded_trouble,
)
from kazasu.reports.trouble_log import trouble_log

__all__ = ["read_holds", "read_trouble", "read_usage"]


async def read_usage(
    context: Context, month: str, other_online_checks: int | None, other_card_checks: int
) -> UsageReport:
    """A month's usage; checks elsewhere as given, else as entered for the month. Problem `request-not-valid`."""
    if other_card_checks > (other_online_checks or 0):
        wrong = {"field": "other_card_checks", "message": "more than other_online_checks"}
        raise ProblemError("request-not-valid", errors=[wrong])
    year_month = month_of(month)
    async with context.database.reading() as session:
        usage = await checks_of_month(session, *year_month)
        names = await find_names(session)
        asked = await asked_without_card(session, *year_month)
        entered = (await figures(session)).get((year_month, FigureKind.ELSEWHERE))
    elsewhere = (entered.part, entered.whole) if entered is not None else None
    if other_online_checks is not None:
        elsewhere = (other_card_checks, other_online_checks)
    return usage_report(
        usage, names, month=month, elsewhere=elsewhere, asked=asked, is_exercise=context.facility.is_exercise
    )


async def read_trouble(context: Context, since: date, until: date) -> TroubleReport:
    """The trouble log of these days; problem `request-not-valid`."""
    prove_period(since, until)
    async with context.database.reading() as session:
        recorded = await recorded_trouble(session, since, until)
        held = await held_checks(session, since, until)
        names = await find_names(session)
    log = trouble_log(recorded, held, since, until)
    return trouble_report(log, names, since=since, until=until, is_exercise=context.facility.is_exercise)


async def read_holds(context: Context) -> HoldsReport:
    """What is open now."""
    async with context.database.reading() as session:
        holds = await open_holds_by_reason(session)
    return holds_report(holds, is_exercise=context.facility.is_exercise)
