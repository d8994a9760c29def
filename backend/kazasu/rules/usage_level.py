"""The level of the DX addition by the usage rate, with the months compared: facts/rules.md section 9 [002]. Pure.

The rate used is the claim-count-based one of 3 months before the month of application; from 2024-10 to 2025-01 the
check-count-based one of 2 months before may be used instead. The percentages are a plan (案) in the source.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from kazasu.rules.period import Found, Nature, NotKnown, Row, find
from kazasu.rules.say import Say
from kazasu.rules.usage import month_before

__all__ = ["LEVEL_ROWS", "Compared", "LevelAnswer", "LevelRow", "RateKind", "level_for", "months_compared"]

Month = tuple[int, int]


class RateKind(StrEnum):
    """By what a usage rate is counted."""

    CLAIM_COUNT = "claim_count"
    CHECK_COUNT = "check_count"


class LevelRow(Row, frozen=True, kw_only=True):
    """The least rates of levels 1, 2 and 3, in percent, for months of application in this period."""

    nature: ClassVar[Nature] = Nature.MONEY

    least_percents: tuple[int, ...]
    claim_months_before: int = 3
    check_months_before: int | None = None
    """How many months back the alternative rate is taken; None where there is no alternative."""
    is_plan: bool = True


LEVEL_ROWS: Final[tuple[LevelRow, ...]] = (
    LevelRow(
        key="level_2024_10",
        since=date(2024, 10, 1),
        until=date(2024, 12, 31),
        least_percents=(15, 10, 5),
        check_months_before=2,
        cites="rules.md 9 [002]",
    ),
    # The alternative rate ends with January.
    LevelRow(
        key="level_2025_01",
        since=date(2025, 1, 1),
        until=date(2025, 1, 31),
        least_percents=(30, 20, 10),
        check_months_before=2,
        cites="rules.md 9 [002]",
    ),
    LevelRow(
        key="level_2025_02",
        since=date(2025, 2, 1),
        until=date(2025, 3, 31),
        least_percents=(30, 20, 10),
        cites="rules.md 9 [002]",
    ),
    # From 2025-04 the percentages are set anew; the facility's own rows have them.
)


@dataclass(frozen=True)
class Compared:
    """One rate that counts: of which month, and counted how."""

    kind: RateKind
    month: Month


@dataclass(frozen=True)
class LevelAnswer:
    """The level (None: below all), the rate that gave it, and every rate that could have."""

    level: int | None
    by: Compared | None
    compared: tuple[Compared, ...]
    missing: tuple[Compared, ...]
    row: LevelRow
    say: Say


def months_compared(row: LevelRow, month: Month) -> tuple[Compared, ...]:
    """The months whose rates count for this month of application."""
    compared = [Compared(RateKind.CLAIM_COUNT, month_before(month, row.claim_months_before))]
    if row.check_months_before is not None:
        compared.append(Compared(RateKind.CHECK_COUNT, month_before(month, row.check_months_before)))
    return tuple(compared)


def level_for(
    month: Month, rates: dict[Compared, Fraction], rows: tuple[LevelRow, ...] = LEVEL_ROWS
) -> LevelAnswer | NotKnown[LevelRow] | None:
    """The level in a month of application, by the better of the rates that count; None where there are no levels.

    `missing` names the rates that count but were not given: with one missing the level may be higher than said.
    """
    found = find(rows, date(month[0], month[1], 1))
    if not isinstance(found, Found):
        return found
    return answer_by(found.row, month, rates)


def answer_by(row: LevelRow, month: Month, rates: dict[Compared, Fraction]) -> LevelAnswer:
    """The level by this very row: also for showing what an announced row would come to."""
    compared = months_compared(row, month)
    best: Compared | None = None
    level: int | None = None
    for one in compared:
        reached = _level(row, rates.get(one))
        if reached is not None and (level is None or reached < level):
            level, best = reached, one
    missing = tuple(one for one in compared if one not in rates)
    return LevelAnswer(level, best, compared, missing, row, _say(level, best))


def _level(row: LevelRow, rate: Fraction | None) -> int | None:
    if rate is None:
        return None
    reached = (level for level, percent in enumerate(row.least_percents, start=1) if rate * 100 >= percent)
    return next(reached, None)


def _say(level: int | None, by: Compared | None) -> Say:
    if level is None or by is None:
        return Say(
            ja="比べる月の利用率では、どの区分にも届きません。",
            en="The rates of the months compared reach no level.",
        )
    counted = {
        RateKind.CLAIM_COUNT: ("レセプト件数ベース", "claim-count-based"),
        RateKind.CHECK_COUNT: ("オンライン資格確認件数ベース", "check-count-based"),
    }[by.kind]
    return Say(
        ja=f"{by.month[0]}年{by.month[1]}月の{counted[0]}の利用率で、加算{level}です。",
        en=f"Level {level} by the {counted[1]} rate of {by.month[0]}-{by.month[1]:02d}.",
    )
