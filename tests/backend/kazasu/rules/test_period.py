"""Periods, what is known beyond the sources, and that a facility's own row goes first."""

from datetime import date, timedelta
from typing import ClassVar

import pytest

from kazasu.rules import facilities
from kazasu.rules.period import (
    KNOWN_AS_OF,
    Found,
    Knowledge,
    Nature,
    NotKnown,
    Row,
    Vouched,
    find,
    knowledge_of_procedure,
    say_knowledge,
)


class Procedure(Row, frozen=True, kw_only=True):
    text: str = ""


class Money(Row, frozen=True, kw_only=True):
    nature: ClassVar[Nature] = Nature.MONEY
    yen: int = 0


DAY = timedelta(days=1)
VOUCHED = Vouched(source="通知", who="事務長", when=date(2025, 3, 20), file="points.toml")


def test_the_sources_end_on_one_day() -> None:
    assert date(2024, 11, 28) == KNOWN_AS_OF == facilities.KNOWN_AS_OF


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2024, 5, 31), False),
        (date(2024, 6, 1), True),
        (date(2024, 9, 30), True),
        (date(2024, 10, 1), False),
    ],
)
def test_a_row_holds_on_both_its_ends(day: date, holds: bool) -> None:
    row = Procedure(key="a", since=date(2024, 6, 1), until=date(2024, 9, 30), cites="x")
    assert row.holds_on(day) is holds


def test_a_procedure_beyond_the_sources_is_answered_as_last_known() -> None:
    row = Procedure(key="a", since=date(2024, 1, 1), cites="x")
    for day, knowledge in (
        (KNOWN_AS_OF - DAY, Knowledge.KNOWN),
        (KNOWN_AS_OF, Knowledge.KNOWN),
        (KNOWN_AS_OF + DAY, Knowledge.AS_KNOWN_ON),
    ):
        assert find([row], day) == Found(row, knowledge)
        assert knowledge_of_procedure(day) is knowledge
    assert say_knowledge(Knowledge.KNOWN) is None
    said = say_knowledge(Knowledge.AS_KNOWN_ON)
    assert said is not None
    assert "2024-11-28" in said.ja
    assert "2024-11-28" in said.en


def test_money_beyond_the_sources_is_not_known_and_names_what_was_announced() -> None:
    row = Money(key="a", since=date(2024, 6, 1), cites="x", yen=20)
    assert find([row], KNOWN_AS_OF) == Found(row, Knowledge.KNOWN)
    after = find([row], KNOWN_AS_OF + DAY)
    assert after == NotKnown(KNOWN_AS_OF + DAY, KNOWN_AS_OF, row)
    assert isinstance(after, NotKnown)
    assert "2024-11-28" in after.say.ja
    assert "rules.d" in after.say.en


def test_money_that_nobody_announced_is_not_known_either() -> None:
    row = Money(key="a", since=date(2024, 6, 1), until=date(2024, 9, 30), cites="x")
    assert find([row], date(2026, 1, 1)) == NotKnown(date(2026, 1, 1), KNOWN_AS_OF, None)
    assert find([row], date(2024, 10, 1)) is None
    assert find([row], KNOWN_AS_OF) is None
    assert find([row], KNOWN_AS_OF + DAY) == NotKnown(KNOWN_AS_OF + DAY, KNOWN_AS_OF, None)
    assert find([row], date(2024, 5, 31)) is None


def test_a_row_of_the_facility_answers_for_its_whole_period_and_goes_first() -> None:
    own = Money(key="b", since=date(2024, 11, 1), until=date(2025, 5, 31), cites="通知", yen=30, vouched=VOUCHED)
    source = Money(key="a", since=date(2024, 6, 1), cites="x", yen=20)
    assert find([source, own], date(2024, 10, 31)) == Found(source, Knowledge.KNOWN)
    assert find([source, own], date(2024, 11, 1)) == Found(own, Knowledge.BY_FACILITY)
    assert find([source, own], date(2025, 5, 31)) == Found(own, Knowledge.BY_FACILITY)
    assert find([source, own], date(2025, 6, 1)) == NotKnown(date(2025, 6, 1), KNOWN_AS_OF, source)


def test_a_procedure_that_has_ended_has_no_answer() -> None:
    row = Procedure(key="a", since=date(2024, 1, 1), until=date(2025, 12, 1), cites="x")
    assert find([row], date(2025, 12, 2)) is None
    assert find([], date(2025, 12, 2)) is None
