"""What the history's reports are made of, fetched and put together for one facility."""

from datetime import date

from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.facility import FacilityKind
from kazasu.problems import ProblemError
from kazasu.reports.figures import Month, month_of, months_between
from kazasu.reports.figures.service import figures
from kazasu.reports.history.comparison import SourceKind, compare, kinds_of
from kazasu.reports.history.level_schemas import LevelReport, level_report
from kazasu.reports.history.month_rate import MonthFigures
from kazasu.reports.history.schemas import (
    ComparisonReport,
    SupportReport,
    SurveyReport,
    comparison_report,
    support_report,
    survey_report,
)
from kazasu.reports.history.standing import months_needed, occasions_of, standing_of
from kazasu.reports.history.support import half_of, months_of_support
from kazasu.reports.service import checks_of_month, held_checks, recorded_trouble
from kazasu.reports.trouble_log import trouble_log
from kazasu.rules.statistics import prefecture_totals
from kazasu.rules.support_money import Half
from kazasu.rules.survey import InstitutionKind, SheetKind, fill_sheet
from kazasu.rules.usage_level import RateKind

__all__ = ["MOST_MONTHS", "read_comparison", "read_levels", "read_support", "read_survey"]

MOST_MONTHS = 36


async def read_levels(context: Context, since: str, until: str) -> LevelReport:
    """The months of application from one to the other; problem `request-not-valid`."""
    months = months_between(month_of(since), month_of(until))
    if not 0 < len(months) <= MOST_MONTHS:
        wrong = {"field": "until", "message": f"not before since, at most {MOST_MONTHS} months"}
        raise ProblemError("request-not-valid", errors=[wrong])
    facility, book = context.facility, context.rulebook
    async with context.database.reading() as session:
        known = await _figures(session, context, months_needed(months, book))
    occasions = occasions_of(facility.kind, is_dental=facility.is_dental)
    standings = [standing_of(month, known, occasions, book) for month in months]
    return level_report(standings, is_exercise=facility.is_exercise)


async def read_support(context: Context) -> SupportReport:
    """Both halves of 2024."""
    async with context.database.reading() as session:
        known = await _figures(session, context, months_of_support())
    halves = [half_of(half, known, context.rulebook) for half in Half]
    return support_report(halves, is_exercise=context.facility.is_exercise)


async def read_survey(context: Context, since: date, until: date, kind: SheetKind | None) -> SurveyReport:
    """The sheet filled from the period's trouble log. The kind is the dental code's where none is given."""
    facility = context.facility
    async with context.database.reading() as session:
        recorded = await recorded_trouble(session, since, until)
        held = await held_checks(session, since, until)
    log = trouble_log(recorded, held, since, until)
    if kind is None and facility.is_dental and facility.kind is not FacilityKind.PHARMACY:
        kind = SheetKind.DENTAL
    answers = fill_sheet(
        tuple(line.trouble for line in log.lines),
        since,
        until,
        prefecture=_prefecture(facility.prefecture_code),
        kind=InstitutionKind[kind.name] if kind is not None else None,
        unlisted=sum(log.unknown.values()),
        unlisted_full_charge=log.full_charge_cases - log.counts.full_charge_cases,
    )
    return survey_report(answers, log.unknown, since=since, until=until, is_exercise=facility.is_exercise)


async def read_comparison(context: Context, month: str, kind: SourceKind | None) -> ComparisonReport:
    """One's own month beside the sources' figures, of the kind given or of those that the facility can be."""
    facility, own_month = context.facility, month_of(month)
    async with context.database.reading() as session:
        known = await _figures(session, context, (own_month,))
    own = known.rate(RateKind.CHECK_COUNT, own_month)
    kinds = (kind,) if kind is not None else kinds_of(facility.kind, is_dental=facility.is_dental)
    comparison = compare(
        own.rate if own else None, own.all_checks if own else None, kinds, facility.prefecture_code
    )  # fmt: skip
    return comparison_report(own_month, own, comparison, is_exercise=facility.is_exercise)


async def _figures(session: Session, context: Context, months: tuple[Month, ...]) -> MonthFigures:
    """What was entered, and our own counts of those months that have begun."""
    today = day_in_japan(context.clock.now())
    counted = {}
    for month in months:
        if month <= (today.year, today.month):
            usage = await checks_of_month(session, *month)
            counted[month] = (usage.card_checks, usage.online_checks)
    return MonthFigures(await figures(session), counted)


def _prefecture(code: str) -> str:
    return next((total.prefecture for total in prefecture_totals() if total.prefecture_code == code), "")
