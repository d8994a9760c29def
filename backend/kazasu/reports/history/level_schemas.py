"""What the level's route gives: months of application with their rates, level and points."""

from datetime import date

import msgspec

from kazasu.reports.figures import Month, month_text
from kazasu.reports.history.month_rate import MonthRate, RateSource
from kazasu.reports.history.standing import LevelStanding, PointStanding, Standing
from kazasu.rules import Say
from kazasu.rules.addition import Addition, Occasion
from kazasu.rules.period import Knowledge, say_knowledge
from kazasu.rules.usage import percent_text
from kazasu.rules.usage_level import RateKind
from kazasu.rules.wording import ADDITIONS, OCCASIONS, why

__all__ = ["LevelReport", "LevelView", "MonthLevel", "PointsView", "RateView", "level_report", "rate_view"]


class RateView(msgspec.Struct, frozen=True):
    """One rate that counts. Without `source` it is not known: neither told nor wholly counted."""

    kind: RateKind
    month: str
    rate_percent: str | None
    source: RateSource | None
    card_checks: int | None
    all_checks: int | None


class LevelView(msgspec.Struct, frozen=True):
    """The level by one row of percentages."""

    level: int | None
    """None: below all levels by the rates that are known."""
    is_certain: bool
    """False where a rate is missing that could raise the level."""
    is_plan: bool
    """The source marks the percentages as a plan (案)."""
    least_percents: list[int]
    by: RateView | None
    compared: list[RateView]
    say: Say
    cites: str


class PointsView(msgspec.Struct, frozen=True):
    """One addition on one occasion; `points` None: not known, and `announced_points` is what the sources announced."""

    addition: Addition
    addition_say: Say
    occasion: Occasion
    occasion_say: Say
    by_card: bool | None
    points: int | None
    announced_points: int | None
    once_in_months: int | None
    not_known_from: date | None
    knowledge: Knowledge | None
    say: Say
    cites: str


class RequirementView(msgspec.Struct, frozen=True):
    """What a level needs beside the rate."""

    say: Say
    cites: str


class MonthLevel(msgspec.Struct, frozen=True):
    """One month of application."""

    month: str
    knowledge: Knowledge | None
    beside: Say | None
    level: LevelView | None
    announced: LevelView | None
    """What the announced percentages would come to, where the level itself is not known; never a statement."""
    not_known: Say | None
    points: list[PointsView]
    requirements: list[RequirementView]
    requirements_beside: Say | None


class LevelReport(msgspec.Struct, frozen=True):
    """Level and points over some months of application."""

    exercise: bool
    months: list[MonthLevel]


def level_report(standings: list[Standing], *, is_exercise: bool) -> LevelReport:
    """The months as shown."""
    return LevelReport(is_exercise, [_month(standing) for standing in standings])


def rate_view(kind: RateKind, month: Month, found: MonthRate | None) -> RateView:
    """A rate as shown."""
    if found is None:
        return RateView(kind, month_text(month), None, None, None, None)
    return RateView(
        kind, month_text(month), percent_text(found.rate), found.source, found.card_checks, found.all_checks
    )


def _month(standing: Standing) -> MonthLevel:
    return MonthLevel(
        month=month_text(standing.month),
        knowledge=standing.knowledge,
        beside=say_knowledge(standing.knowledge) if standing.knowledge is not None else None,
        level=_level(standing.level) if standing.level else None,
        announced=_level(standing.announced) if standing.announced else None,
        not_known=standing.not_known.say if standing.not_known else None,
        points=[_points(one) for one in standing.points],
        requirements=[RequirementView(one.say, one.cites) for one in standing.requirements],
        requirements_beside=say_knowledge(standing.requirements_knowledge) if standing.requirements else None,
    )


def _level(standing: LevelStanding) -> LevelView:
    compared = {one.compared: rate_view(one.compared.kind, one.compared.month, one.found) for one in standing.compared}
    answer = standing.answer
    return LevelView(
        level=answer.level,
        is_certain=standing.is_certain,
        is_plan=standing.row.is_plan,
        least_percents=list(standing.row.least_percents),
        by=compared[answer.by] if answer.by is not None else None,
        compared=list(compared.values()),
        say=answer.say if any(one.found for one in standing.compared) else _NO_RATE,
        cites=standing.row.cites,
    )


_NO_RATE = Say(
    ja="比べる月の利用率が登録されていないため、区分はわかりません。",
    en="No rate of the months compared is known, and so neither is the level.",
)


def _points(standing: PointStanding) -> PointsView:
    named = standing.row or standing.announced
    if named is None:
        raise AssertionError(standing.addition)
    return PointsView(
        addition=standing.addition,
        addition_say=ADDITIONS[standing.addition],
        occasion=standing.occasion,
        occasion_say=OCCASIONS[standing.occasion],
        by_card=standing.by_card,
        points=standing.row.points if standing.row else None,
        announced_points=standing.announced.points if standing.announced else None,
        once_in_months=named.once_in_months,
        not_known_from=standing.not_known_from,
        knowledge=standing.knowledge,
        say=why(named),
        cites=named.cites,
    )
