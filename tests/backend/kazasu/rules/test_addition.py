"""Points, levels and support money: every figure of the source, every day of change, and what is not known."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from kazasu.rules.addition import POINT_ROWS, REQUIREMENTS, Addition, Occasion, points_of, requirements
from kazasu.rules.period import Found, Knowledge, NotKnown, Vouched
from kazasu.rules.support_money import SUPPORT_ROWS, Half, MonthCount, SupportRow, estimate, months_of
from kazasu.rules.usage_level import (
    LEVEL_ROWS,
    Compared,
    LevelAnswer,
    LevelRow,
    RateKind,
    answer_by,
    level_for,
    months_compared,
)

S, OBTAINED, D = Addition.SYSTEM_FOUNDATION, Addition.INFORMATION_OBTAINED, Addition.DX_PROMOTION
DAY = timedelta(days=1)


def known(
    addition: Addition, occasion: Occasion, day: date, by_card: bool | None = None, level: int | None = None
) -> int | None:
    found = points_of(addition, occasion, day, by_card=by_card, level=level)
    assert not isinstance(found, NotKnown)
    return None if found is None else found.row.points


def announced(
    addition: Addition, occasion: Occasion, day: date, by_card: bool | None = None, level: int | None = None
) -> int | None:
    found = points_of(addition, occasion, day, by_card=by_card, level=level)
    assert isinstance(found, NotKnown)
    return None if found.announced is None else found.announced.points


@pytest.mark.parametrize(
    ("addition", "occasion", "by_card", "level", "first_day", "last_day", "points"),
    [
        (S, Occasion.FIRST_VISIT, False, None, date(2022, 10, 1), date(2024, 5, 31), 4),
        (S, Occasion.FIRST_VISIT, True, None, date(2022, 10, 1), date(2024, 5, 31), 2),
        (D, Occasion.MEDICAL, None, None, date(2024, 6, 1), date(2024, 9, 30), 8),
        (D, Occasion.DENTAL, None, None, date(2024, 6, 1), date(2024, 9, 30), 6),
        (D, Occasion.DISPENSING, None, None, date(2024, 6, 1), date(2024, 9, 30), 4),
    ],
)
def test_points_stand_from_their_first_to_their_last_day(
    addition: Addition,
    occasion: Occasion,
    by_card: bool | None,
    level: int | None,
    first_day: date,
    last_day: date,
    points: int,
) -> None:
    for day, expected in (
        (first_day - DAY, None),
        (first_day, points),
        (first_day + DAY, points),
        (last_day - DAY, points),
        (last_day, points),
        (last_day + DAY, None),
    ):
        assert known(addition, occasion, day, by_card, level) == expected


@pytest.mark.parametrize(
    ("occasion", "by_card", "points", "once", "title"),
    [
        (Occasion.FIRST_VISIT, False, 3, None, "医療情報取得加算1"),
        (Occasion.FIRST_VISIT, True, 1, None, "医療情報取得加算2"),
        (Occasion.FOLLOW_UP, False, 2, 3, "医療情報取得加算3"),
        (Occasion.FOLLOW_UP, True, 1, 3, "医療情報取得加算4"),
        (Occasion.DISPENSING, False, 3, 6, "医療情報取得加算1"),
        (Occasion.DISPENSING, True, 1, 6, "医療情報取得加算2"),
    ],
)
def test_information_obtained_goes_by_the_card_until_november_2024(
    occasion: Occasion, by_card: bool, points: int, once: int | None, title: str
) -> None:
    assert known(OBTAINED, occasion, date(2024, 5, 31), by_card) is None
    for day in (date(2024, 6, 1), date(2024, 6, 2), date(2024, 11, 28)):
        found = points_of(OBTAINED, occasion, day, by_card=by_card)
        assert isinstance(found, Found)
        assert (found.row.points, found.row.once_in_months, found.row.title) == (points, once, title)
    # The 29th and 30th are beyond the source: what it announced is named, and not asserted.
    assert announced(OBTAINED, occasion, date(2024, 11, 29), by_card) == points
    assert announced(OBTAINED, occasion, date(2024, 11, 30), by_card) == points
    assert announced(OBTAINED, occasion, date(2024, 12, 1), by_card) == 1


@pytest.mark.parametrize(
    ("occasion", "once"), [(Occasion.FIRST_VISIT, None), (Occasion.FOLLOW_UP, 3), (Occasion.DISPENSING, 12)]
)
@pytest.mark.parametrize("by_card", [True, False])
def test_from_december_2024_one_point_was_announced_for_all(
    occasion: Occasion, once: int | None, by_card: bool
) -> None:
    found = points_of(OBTAINED, occasion, date(2024, 12, 1), by_card=by_card)
    assert isinstance(found, NotKnown)
    assert found.announced is not None
    assert (found.announced.points, found.announced.once_in_months) == (1, once)


@pytest.mark.parametrize(
    ("level", "occasion", "points"),
    [
        (1, Occasion.MEDICAL, 11),
        (1, Occasion.DENTAL, 9),
        (1, Occasion.DISPENSING, 7),
        (2, Occasion.MEDICAL, 10),
        (2, Occasion.DENTAL, 8),
        (2, Occasion.DISPENSING, 6),
        (3, Occasion.MEDICAL, 8),
        (3, Occasion.DENTAL, 6),
        (3, Occasion.DISPENSING, 4),
    ],
)
def test_the_dx_addition_has_levels_from_october_2024(level: int, occasion: Occasion, points: int) -> None:
    for day in (date(2024, 10, 1), date(2024, 10, 2), date(2024, 11, 28)):
        assert known(D, occasion, day, level=level) == points
    assert announced(D, occasion, date(2024, 11, 29), level=level) == points
    before = points_of(D, occasion, date(2024, 9, 30), level=level)
    assert isinstance(before, Found)
    assert before.row.level is None


def test_a_facility_s_own_row_answers_where_the_source_cannot() -> None:
    own = next(row for row in POINT_ROWS if row.key == "dx_promotion_1_medical")
    vouched = Vouched(source="告示", who="事務長", when=date(2025, 3, 20), file="a.toml")
    own = type(own)(
        key="dx_2025",
        addition=D,
        occasion=Occasion.MEDICAL,
        level=1,
        points=12,
        title="x",
        since=date(2025, 4, 1),
        cites="告示",
        vouched=vouched,
    )
    found = points_of(D, Occasion.MEDICAL, date(2025, 4, 1), level=1, rows=(*POINT_ROWS, own))
    assert found == Found(own, Knowledge.BY_FACILITY)
    assert isinstance(points_of(D, Occasion.MEDICAL, date(2025, 3, 31), level=1, rows=(*POINT_ROWS, own)), NotKnown)


@pytest.mark.parametrize(
    ("level", "day", "keys"),
    [
        (3, date(2024, 6, 1), ["information_in_the_consulting_room", "poster"]),
        (1, date(2024, 9, 30), ["information_in_the_consulting_room", "poster"]),
        (1, date(2024, 10, 1), ["information_in_the_consulting_room", "poster", "health_advice"]),
        (3, date(2024, 10, 1), ["information_in_the_consulting_room", "poster"]),
        (3, date(2025, 3, 31), ["information_in_the_consulting_room", "poster"]),
        (3, date(2025, 4, 1), ["information_in_the_consulting_room", "poster", "electronic_prescription"]),
        (
            2,
            date(2025, 10, 1),
            [
                "information_in_the_consulting_room",
                "poster",
                "health_advice",
                "electronic_prescription",
                "record_sharing",
            ],
        ),
    ],
)
def test_what_the_levels_need_beside_the_rate(level: int, day: date, keys: list[str]) -> None:
    assert [row.key for row in requirements(level, day)] == keys
    assert len(REQUIREMENTS) == 5


CLAIM, CHECK = RateKind.CLAIM_COUNT, RateKind.CHECK_COUNT


def level(month: tuple[int, int], claim: Fraction | None = None, check: Fraction | None = None) -> int | None:
    row = next(row for row in LEVEL_ROWS if row.holds_on(date(*month, 1)))
    rates = {}
    for one in months_compared(row, month):
        rate = claim if one.kind is CLAIM else check
        if rate is not None:
            rates[one] = rate
    return answer_by(row, month, rates).level


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ((2024, 10), [Compared(CLAIM, (2024, 7)), Compared(CHECK, (2024, 8))]),
        ((2024, 12), [Compared(CLAIM, (2024, 9)), Compared(CHECK, (2024, 10))]),
        ((2025, 1), [Compared(CLAIM, (2024, 10)), Compared(CHECK, (2024, 11))]),
        ((2025, 2), [Compared(CLAIM, (2024, 11))]),
        ((2025, 3), [Compared(CLAIM, (2024, 12))]),
    ],
)
def test_the_months_compared_are_three_and_for_a_time_two_before(
    month: tuple[int, int], expected: list[Compared]
) -> None:
    row = next(row for row in LEVEL_ROWS if row.holds_on(date(*month, 1)))
    assert list(months_compared(row, month)) == expected


@pytest.mark.parametrize(
    ("month", "rate", "expected"),
    [
        ((2024, 10), Fraction(15, 100), 1),
        ((2024, 10), Fraction(1499, 10000), 2),
        ((2024, 11), Fraction(10, 100), 2),
        ((2024, 11), Fraction(999, 10000), 3),
        ((2024, 12), Fraction(5, 100), 3),
        ((2024, 12), Fraction(499, 10000), None),
        ((2025, 1), Fraction(30, 100), 1),
        ((2025, 1), Fraction(2999, 10000), 2),
        ((2025, 2), Fraction(20, 100), 2),
        ((2025, 2), Fraction(1999, 10000), 3),
        ((2025, 3), Fraction(10, 100), 3),
        ((2025, 3), Fraction(999, 10000), None),
    ],
)
def test_a_level_is_reached_at_its_very_percentage(
    month: tuple[int, int], rate: Fraction, expected: int | None
) -> None:
    assert level(month, claim=rate) == expected


def test_the_better_of_the_two_rates_counts_while_there_are_two() -> None:
    assert level((2024, 11), claim=Fraction(4, 100), check=Fraction(16, 100)) == 1
    assert level((2024, 11), claim=Fraction(16, 100), check=Fraction(4, 100)) == 1
    assert level((2025, 2), claim=Fraction(9, 100), check=Fraction(90, 100)) is None


def test_a_level_within_the_source_is_known_and_beyond_it_announced() -> None:
    rates = {Compared(CLAIM, (2024, 8)): Fraction(12, 100)}
    answer = level_for((2024, 11), rates)
    assert isinstance(answer, LevelAnswer)
    assert (answer.level, answer.by) == (2, Compared(CLAIM, (2024, 8)))
    assert answer.missing == (Compared(CHECK, (2024, 9)),)
    assert "2024年8月" in answer.say.ja
    december = level_for((2024, 12), rates)
    assert isinstance(december, NotKnown)
    assert december.announced is not None
    assert december.announced.least_percents == (15, 10, 5)
    april = level_for((2025, 4), rates)
    assert isinstance(april, NotKnown)
    assert april.announced is None
    assert level_for((2024, 9), rates) is None


def test_a_facility_s_own_percentages_answer_from_april_2025() -> None:
    own = LevelRow(
        key="level_2025_04",
        since=date(2025, 4, 1),
        least_percents=(45, 30, 15),
        cites="通知",
        vouched=Vouched(source="通知", who="事務長", when=date(2025, 3, 1), file="a.toml"),
    )
    answer = level_for((2025, 4), {Compared(CLAIM, (2025, 1)): Fraction(31, 100)}, (*LEVEL_ROWS, own))
    assert isinstance(answer, LevelAnswer)
    assert answer.level == 2


BASE = MonthCount((2023, 10), 100, 10_000)  # 1 %


def half(rate_percent: int, which: Half, checks: int = 1000) -> tuple[MonthCount, ...]:
    return tuple(MonthCount(month, checks * rate_percent // 100, checks) for month in months_of(which))


@pytest.mark.parametrize(
    ("rise", "first", "second"),
    [
        (4, 0, 0),
        (5, 20, 0),
        (9, 20, 0),
        (10, 40, 40),
        (19, 40, 40),
        (20, 60, 60),
        (30, 80, 80),
        (40, 100, 100),
        (49, 100, 100),
        (50, 120, 120),
        (99, 120, 120),
    ],
)
def test_the_support_goes_by_the_rise_over_october_2023(rise: int, first: int, second: int) -> None:
    for which, yen in ((Half.FIRST, first), (Half.SECOND, second)):
        found = estimate(which, BASE, half(rise + 1, which))
        assert found is not None
        assert found.yen == yen * found.card_checks
        assert found.yen_pooled == found.yen_by_month


def test_the_halves_have_their_months() -> None:
    assert months_of(Half.FIRST) == tuple((2024, month) for month in range(1, 6))
    assert months_of(Half.SECOND) == tuple((2024, month) for month in range(6, 12))
    assert {row.since for row in SUPPORT_ROWS} == {date(2024, 1, 1), date(2024, 6, 1)}
    assert len(SUPPORT_ROWS) == 11
    assert all(isinstance(row, SupportRow) and row.is_plan for row in SUPPORT_ROWS)


def test_where_the_two_readings_of_average_differ_none_is_chosen() -> None:
    months = list(half(5, Half.FIRST))
    months[0] = MonthCount((2024, 1), 9_000, 10_000)  # one busy month draws the pooled rate up
    found = estimate(Half.FIRST, BASE, tuple(months))
    assert found is not None
    assert found.yen is None
    assert found.yen_pooled != found.yen_by_month


def test_a_missing_month_leaves_the_amount_open() -> None:
    found = estimate(Half.FIRST, BASE, half(30, Half.FIRST)[1:])
    assert found is not None
    assert found.yen is None
    assert found.missing_months == ((2024, 1),)


def test_without_the_base_month_there_is_no_estimate() -> None:
    assert estimate(Half.FIRST, MonthCount((2023, 9), 1, 10), half(30, Half.FIRST)) is None
    assert estimate(Half.FIRST, MonthCount((2023, 10), 0, 0), half(30, Half.FIRST)) is None
    assert estimate(Half.FIRST, BASE, half(30, Half.SECOND)) is None
