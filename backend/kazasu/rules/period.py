"""What every row of a rule has in common: its period, its source, and up to which day the source can speak. Pure.

The source documents end on `KNOWN_AS_OF`. A question about a later day is answered with the last known procedure and
says so; about money (points, levels, support, limits) the answer is "not known", with what was announced beside it,
until the facility's own file of rules says more. Never a guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Generic, TypeVar

import msgspec

from kazasu.rules.say import Say

__all__ = [
    "KNOWN_AS_OF",
    "Found",
    "Knowledge",
    "Nature",
    "NotKnown",
    "Row",
    "Vouched",
    "find",
    "knowledge_of_procedure",
    "say_knowledge",
]

KNOWN_AS_OF: Final = date(2024, 11, 28)
"""The day of the source documents: what changed after it is in no row of theirs."""


class Nature(StrEnum):
    """What a rule is about, which decides how far it carries beyond its source."""

    PROCEDURE = "procedure"
    MONEY = "money"


class Knowledge(StrEnum):
    """How well an answer is known for the day it was asked for."""

    KNOWN = "known"
    AS_KNOWN_ON = "as_known_on"
    BY_FACILITY = "by_facility"


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Who in the facility stands for a row of its own, on what source, since when."""

    source: str
    who: str
    when: date
    file: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table. It holds from `since` to `until`, both included; `key` is its name in `rules.d`."""

    nature: ClassVar[Nature] = Nature.PROCEDURE

    key: str
    since: date
    cites: str
    until: date | None = None
    known_as_of: date = KNOWN_AS_OF
    vouched: Vouched | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the row's own period has this day; says nothing of whether that is known."""
        return self.since <= day and (self.until is None or day <= self.until)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Found(Generic[R]):
    """The row that answers for this day, and how well that is known."""

    row: R
    knowledge: Knowledge


@dataclass(frozen=True)
class NotKnown(Generic[R]):
    """The day is beyond the source, and the rule is one of money. `announced` is what the source said would come."""

    day: date
    known_as_of: date
    announced: R | None

    @property
    def say(self) -> Say:
        """For the person who asked."""
        return Say(
            ja=f"{self.known_as_of:%Y-%m-%d}時点の資料より後の日付のため、点数や金額はわかりません。"
            "施設の規則ファイル（rules.d）に、出典とともに登録してください。",
            en=f"The sources end on {self.known_as_of:%Y-%m-%d}; points and amounts after that day are not known."
            " Enter them with their source in the facility's rules.d.",
        )


def find(rows: Iterable[R], day: date) -> Found[R] | NotKnown[R] | None:
    """Which of these rows, all answers to one question, answers for the day; None where none is in force.

    A row of the facility's own goes before the source's.
    """
    candidates = tuple(rows)
    in_force = [row for row in candidates if row.holds_on(day)]
    own = next((candidate for candidate in in_force if candidate.vouched is not None), None)
    if own is not None:
        return Found(own, Knowledge.BY_FACILITY)
    row = in_force[0] if in_force else None
    if row is not None and day <= row.known_as_of:
        return Found(row, Knowledge.KNOWN)
    is_money = any(candidate.nature is Nature.MONEY for candidate in candidates)
    if is_money and day > KNOWN_AS_OF:
        return NotKnown(day, KNOWN_AS_OF, row)
    return None if row is None else Found(row, Knowledge.AS_KNOWN_ON)


def knowledge_of_procedure(day: date) -> Knowledge:
    """How well a procedure of the sources is known for the day; for the tables that keep one date for all rows."""
    return Knowledge.KNOWN if day <= KNOWN_AS_OF else Knowledge.AS_KNOWN_ON


_SAY: Final = {
    Knowledge.AS_KNOWN_ON: Say(
        ja=f"{KNOWN_AS_OF:%Y-%m-%d}時点の資料による取扱いです。その後の変更は反映されていません。",
        en=f"As known on {KNOWN_AS_OF:%Y-%m-%d}; what changed later is not in it.",
    ),
    Knowledge.BY_FACILITY: Say(
        ja="施設が登録した規則による取扱いです。",
        en="By a rule that the facility entered itself.",
    ),
}


def say_knowledge(knowledge: Knowledge) -> Say | None:
    """What to show beside an answer; None where the source itself speaks for the day."""
    return _SAY.get(knowledge)
