"""Points of the additions (加算) that go by the use of the card: facts/rules.md section 9 [000][002][003]. Pure.

Judged by the day of the visit; beyond the sources nothing here is known (`period`).
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from kazasu.rules.period import Found, Nature, NotKnown, Row, find
from kazasu.rules.say import Say

__all__ = ["POINT_ROWS", "Addition", "Occasion", "PointRow", "Requirement", "points_of", "requirements"]


class Addition(StrEnum):
    """The additions by their English words."""

    SYSTEM_FOUNDATION = "system_foundation"
    """医療情報・システム基盤整備体制充実加算"""
    INFORMATION_OBTAINED = "information_obtained"
    """医療情報取得加算"""
    DX_PROMOTION = "dx_promotion"
    """医療DX推進体制整備加算"""


class Occasion(StrEnum):
    """For what it is claimed."""

    FIRST_VISIT = "first_visit"
    FOLLOW_UP = "follow_up"
    DISPENSING = "dispensing"
    MEDICAL = "medical"
    DENTAL = "dental"


class PointRow(Row, frozen=True, kw_only=True):
    """The points for one addition on one occasion.

    `by_card` None: whichever way the person was checked. `level` None: the addition has no levels. `once_in_months`:
    claimed at most once in so many months.
    """

    nature: ClassVar[Nature] = Nature.MONEY

    addition: Addition
    occasion: Occasion
    points: int
    title: str
    by_card: bool | None = None
    level: int | None = None
    once_in_months: int | None = None
    is_plan: bool = False
    """The source marks it as a plan (案)."""


_S: Final = Addition.SYSTEM_FOUNDATION
_I: Final = Addition.INFORMATION_OBTAINED
_D: Final = Addition.DX_PROMOTION
_TITLES: Final = {
    _S: "医療情報・システム基盤整備体制充実加算",
    _I: "医療情報取得加算",
    _D: "医療DX推進体制整備加算",
}
_JUNE: Final = date(2024, 6, 1)
_OCTOBER: Final = date(2024, 10, 1)
_DECEMBER: Final = date(2024, 12, 1)


def _system(key: str, occasion: Occasion, by_card: bool, points: int, number: str) -> PointRow:
    # A card without consent, or a broken reader, counts as not by card [004].
    return PointRow(
        key=key,
        addition=_S,
        occasion=occasion,
        by_card=by_card,
        points=points,
        title=_TITLES[_S] + number,
        since=date(2022, 10, 1),
        until=date(2024, 5, 31),
        cites="rules.md 9 [002][003]; broken reader [004]",
    )


def _obtained(
    key: str, occasion: Occasion, by_card: bool | None, points: int, number: str, once_in_months: int | None
) -> PointRow:
    is_later = by_card is None
    return PointRow(
        key=key,
        addition=_I,
        occasion=occasion,
        by_card=by_card,
        points=points,
        title=_TITLES[_I] + number,
        once_in_months=once_in_months,
        since=_DECEMBER if is_later else _JUNE,
        until=None if is_later else date(2024, 11, 30),
        cites="rules.md 9, 12 [002]",
    )


def _dx(level: int | None, occasion: Occasion, points: int) -> PointRow:
    suffix = "" if level is None else f"_{level}"
    kind = {Occasion.DENTAL: "（歯科）", Occasion.DISPENSING: "（調剤）"}.get(occasion, "")
    return PointRow(
        key=f"dx_promotion{suffix}_{occasion}",
        addition=_D,
        occasion=occasion,
        level=level,
        points=points,
        title=f"{_TITLES[_D]}{'' if level is None else level}{kind}",
        since=_JUNE if level is None else _OCTOBER,
        until=date(2024, 9, 30) if level is None else None,
        cites="rules.md 9, 12 [002]",
        is_plan=False,
    )


_O: Final = Occasion

POINT_ROWS: Final[tuple[PointRow, ...]] = (
    _system("system_foundation_without_card", _O.FIRST_VISIT, False, 4, "1"),
    _system("system_foundation_by_card", _O.FIRST_VISIT, True, 2, "2"),
    _obtained("information_obtained_1", _O.FIRST_VISIT, False, 3, "1", None),
    _obtained("information_obtained_2", _O.FIRST_VISIT, True, 1, "2", None),
    _obtained("information_obtained_3", _O.FOLLOW_UP, False, 2, "3", 3),
    _obtained("information_obtained_4", _O.FOLLOW_UP, True, 1, "4", 3),
    _obtained("information_obtained_dispensing_1", _O.DISPENSING, False, 3, "1", 6),
    _obtained("information_obtained_dispensing_2", _O.DISPENSING, True, 1, "2", 6),
    _obtained("information_obtained_first_visit", _O.FIRST_VISIT, None, 1, "", None),
    _obtained("information_obtained_follow_up", _O.FOLLOW_UP, None, 1, "", 3),
    _obtained("information_obtained_dispensing", _O.DISPENSING, None, 1, "", 12),
    _dx(None, _O.MEDICAL, 8),
    _dx(None, _O.DENTAL, 6),
    _dx(None, _O.DISPENSING, 4),
    _dx(1, _O.MEDICAL, 11),
    _dx(1, _O.DENTAL, 9),
    _dx(1, _O.DISPENSING, 7),
    _dx(2, _O.MEDICAL, 10),
    _dx(2, _O.DENTAL, 8),
    _dx(2, _O.DISPENSING, 6),
    _dx(3, _O.MEDICAL, 8),
    _dx(3, _O.DENTAL, 6),
    _dx(3, _O.DISPENSING, 4),
)


def points_of(
    addition: Addition,
    occasion: Occasion,
    day: date,
    *,
    by_card: bool | None = None,
    level: int | None = None,
    rows: tuple[PointRow, ...] = POINT_ROWS,
) -> Found[PointRow] | NotKnown[PointRow] | None:
    """The points for a visit on that day; None where the addition does not exist then.

    2023-04 to 2023-12 a special measure raised the earliest addition (6, and 2 for follow-up) [public]; the sources do
    not have it, and it is left to the facility's own rows.
    """
    answering = [
        row
        for row in rows
        if row.addition is addition
        and row.occasion is occasion
        and (row.by_card is None or row.by_card == by_card)
        and (row.level is None or row.level == level)
    ]
    return find(answering, day)


class Requirement(Row, frozen=True, kw_only=True):
    """What a facility needs for the DX addition beside the usage rate."""

    levels: frozenset[int]
    say: Say


_EVERY_LEVEL: Final = frozenset({1, 2, 3})

REQUIREMENTS: Final[tuple[Requirement, ...]] = (
    Requirement(
        key="information_in_the_consulting_room",
        levels=_EVERY_LEVEL,
        since=_JUNE,
        cites="rules.md 12 [002]",
        say=Say(
            ja="マイナ保険証で取得した情報を診療室で使用できる体制",
            en="Information obtained by the card can be used in the consulting room.",
        ),
    ),
    Requirement(
        key="poster",
        levels=_EVERY_LEVEL,
        since=_JUNE,
        cites="rules.md 12 [002]",
        say=Say(ja="マイナ保険証の利用勧奨の掲示", en="A poster recommends the use of the card."),
    ),
    Requirement(
        key="health_advice",
        levels=frozenset({1, 2}),
        since=_OCTOBER,
        cites="rules.md 12 [002]",
        say=Say(
            ja="マイナポータルの医療情報等に基づき、患者からの健康管理に係る相談に応じること",
            en="Patients are given health advice on the data of the portal.",
        ),
    ),
    Requirement(
        key="electronic_prescription",
        levels=_EVERY_LEVEL,
        since=date(2025, 4, 1),
        cites="rules.md 12 [002]",
        say=Say(
            ja="電子処方箋を発行できる体制（薬局は受け付ける体制）",
            en="Electronic prescriptions can be issued (at a pharmacy: taken).",
        ),
    ),
    Requirement(
        key="record_sharing",
        levels=_EVERY_LEVEL,
        since=date(2025, 10, 1),
        cites="rules.md 12 [002]",
        say=Say(ja="電子カルテ情報共有サービスを活用できる体制", en="Electronic records can be shared."),
    ),
)


def requirements(level: int, day: date, rows: tuple[Requirement, ...] = REQUIREMENTS) -> tuple[Requirement, ...]:
    """What that level needs beside the rate on that day, as known on 2024-11-28."""
    return tuple(row for row in rows if level in row.levels and row.holds_on(day))
