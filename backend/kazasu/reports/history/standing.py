"""A month of application: which rates of which months count, the level they come to, and the points. Pure.

Beyond the sources nothing is asserted: what they announced is named beside `not_known`, and the facility's own rows
(`rules.d`) answer for their period.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kazasu.facility.kind import FacilityKind
from kazasu.reports.figures.kind import Month
from kazasu.reports.history.month_rate import MonthFigures, MonthRate
from kazasu.rules.addition import Addition, Occasion, PointRow, Requirement, points_of, requirements
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, NotKnown, find
from kazasu.rules.rulebook import Rulebook
from kazasu.rules.usage_level import Compared, LevelAnswer, LevelRow, answer_by, months_compared

__all__ = ["ComparedRate", "LevelStanding", "PointStanding", "Standing", "months_needed", "occasions_of", "standing_of"]


@dataclass(frozen=True)
class ComparedRate:
    """One rate that counts for the month of application; None where it is not known."""

    compared: Compared
    found: MonthRate | None


@dataclass(frozen=True)
class LevelStanding:
    """The level by one row. `is_certain`: no rate that could raise it is missing."""

    row: LevelRow
    answer: LevelAnswer
    compared: tuple[ComparedRate, ...]

    @property
    def is_certain(self) -> bool:
        """Level 1 cannot be bettered; below it a missing rate may come to more."""
        return not self.answer.missing or self.answer.level == 1


@dataclass(frozen=True)
class PointStanding:
    """One addition's points on one occasion in the month. `not_known_from`: from that day the sources say nothing."""

    addition: Addition
    occasion: Occasion
    by_card: bool | None
    row: PointRow | None
    knowledge: Knowledge | None
    announced: PointRow | None
    not_known_from: date | None


@dataclass(frozen=True)
class Standing:
    """One month of application."""

    month: Month
    level: LevelStanding | None
    """None before there were levels, and where they are not known."""
    knowledge: Knowledge | None
    announced: LevelStanding | None
    """What a row that was only announced would come to; never asserted."""
    not_known: NotKnown[LevelRow] | None
    points: tuple[PointStanding, ...]
    requirements: tuple[Requirement, ...]
    requirements_knowledge: Knowledge


def occasions_of(kind: FacilityKind, *, is_dental: bool) -> tuple[Occasion, ...]:
    """What a facility of this kind claims the additions for; nothing where it claims none of them."""
    if kind is FacilityKind.PHARMACY:
        return (Occasion.DISPENSING,)
    if kind in (
        FacilityKind.VISITING_NURSING,
        FacilityKind.CHECK_UP_PROVIDER,
        FacilityKind.MIDWIFERY_HOME,
        FacilityKind.TREATMENT_PRACTICE,
    ):
        return ()
    return (Occasion.FIRST_VISIT, Occasion.FOLLOW_UP, Occasion.DENTAL if is_dental else Occasion.MEDICAL)


def months_needed(months: Sequence[Month], book: Rulebook) -> tuple[Month, ...]:
    """The months whose own counts these months of application may go by."""
    needed: set[Month] = set()
    for month in months:
        found = find(book.rows("levels", LevelRow), date(*month, 1))
        row = found.row if isinstance(found, Found) else found.announced if found is not None else None
        if row is not None:
            needed |= {one.month for one in months_compared(row, month)}
    return tuple(sorted(needed))


def standing_of(month: Month, figures: MonthFigures, occasions: Sequence[Occasion], book: Rulebook) -> Standing:
    """The month as the rules and the figures have it."""
    first = date(*month, 1)
    found = find(book.rows("levels", LevelRow), first)
    level = _level(found.row, month, figures) if isinstance(found, Found) else None
    announced = None
    if isinstance(found, NotKnown) and found.announced is not None:
        announced = _level(found.announced, month, figures)
    by = level or announced
    reached = by.answer.level if by is not None else None
    asked_for = book.rows("requirements", Requirement)
    return Standing(
        month=month,
        level=level,
        knowledge=found.knowledge if isinstance(found, Found) else None,
        announced=announced,
        not_known=found if isinstance(found, NotKnown) else None,
        points=tuple(_points(month, occasions, reached, book.rows("points", PointRow))),
        requirements=requirements(reached, first, asked_for) if reached is not None else (),
        requirements_knowledge=Knowledge.KNOWN if first <= KNOWN_AS_OF else Knowledge.AS_KNOWN_ON,
    )


def _level(row: LevelRow, month: Month, figures: MonthFigures) -> LevelStanding:
    compared = tuple(ComparedRate(one, figures.rate(one.kind, one.month)) for one in months_compared(row, month))
    rates = {one.compared: one.found.rate for one in compared if one.found is not None}
    return LevelStanding(row, answer_by(row, month, rates), compared)


def _points(
    month: Month, occasions: Sequence[Occasion], level: int | None, rows: tuple[PointRow, ...]
) -> list[PointStanding]:
    first, last = date(*month, 1), _last_day(month)
    points: list[PointStanding] = []
    for addition in Addition:
        for occasion in occasions:
            asked: dict[PointRow | None, PointStanding] = {}
            for by_card in (True, False):
                found = points_of(addition, occasion, first, by_card=by_card, level=level, rows=rows)
                at_end = points_of(addition, occasion, last, by_card=by_card, level=level, rows=rows)
                row = found.row if isinstance(found, Found) else None
                announced = found.announced if isinstance(found, NotKnown) else None
                named = row or announced
                if named is None:
                    continue
                ends = KNOWN_AS_OF + timedelta(days=1)
                asked[named] = PointStanding(
                    addition,
                    occasion,
                    named.by_card,
                    row,
                    found.knowledge if isinstance(found, Found) else None,
                    announced,
                    max(first, ends) if isinstance(at_end, NotKnown) else None,
                )
            points += asked.values()
    return points


def _last_day(month: Month) -> date:
    return date(month[0] + month[1] // 12, month[1] % 12 + 1, 1) - timedelta(days=1)
