"""What the rulebook's route gives: every row with its period, its source, and why it says what it says."""

from datetime import date
from typing import Any

import msgspec

from kazasu.rules import Say
from kazasu.rules.override import OverrideFault
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, Nature, NotKnown, Row, Vouched, find, say_knowledge
from kazasu.rules.rulebook import FIXED, RulebookReading
from kazasu.rules.wording import why

__all__ = ["RulebookView", "rulebook_view"]

_COMMON = frozenset({"key", "since", "until", "cites", "known_as_of", "vouched", "say"})


class RuleView(msgspec.Struct, frozen=True):
    """One row as it stands on the day asked for."""

    row: str
    since: date
    until: date | None
    known_as_of: date
    cites: str
    say: Say
    values: dict[str, Any]
    """The table's own fields."""
    by_facility: Vouched | None
    """Who in the facility stands for the row, where it is one of its own."""
    in_force: bool
    knowledge: Knowledge | None
    """How well the row is known for the day; None where it is not in force, or where it is money that is not known."""
    not_known: Say | None
    """Why a row of money says nothing for the day, where the sources end before it."""
    beside: Say | None
    """What to show beside the row's answer: as known on a day, or the facility's own."""


class TableView(msgspec.Struct, frozen=True):
    """One table, by the name that `rules.d` uses."""

    table: str
    nature: Nature
    may_be_changed: bool
    rows: list[RuleView]


class FaultView(msgspec.Struct, frozen=True):
    """What of the facility's files is left out, and what to do about it."""

    file: str
    row: str
    field: str
    why: str
    say: Say


class RulebookView(msgspec.Struct, frozen=True):
    """The rules as they hold for this facility on one day."""

    day: date
    known_as_of: date
    tables: list[TableView]
    faults: list[FaultView]


def rulebook_view(reading: RulebookReading, day: date) -> RulebookView:
    """All tables with the facility's own rows in their places."""
    return RulebookView(
        day=day,
        known_as_of=KNOWN_AS_OF,
        tables=[
            TableView(table, rows[0].nature, table not in FIXED, [_rule(table, row, day) for row in rows])
            for table, rows in reading.rulebook.tables.items()
        ],
        faults=[_fault(fault) for fault in reading.faults],
    )


def _rule(table: str, row: Row, day: date) -> RuleView:
    # Each row is asked for itself: what it would say alone.
    found = find([row], day) if row.holds_on(day) else None
    knowledge = found.knowledge if isinstance(found, Found) else None
    return RuleView(
        row=f"{table}.{row.key}",
        since=row.since,
        until=row.until,
        known_as_of=row.known_as_of,
        cites=row.cites,
        say=why(row),
        values={
            name: msgspec.to_builtins(value, enc_hook=_plain)
            for name, value in msgspec.structs.asdict(row).items()
            if name not in _COMMON
        },
        by_facility=row.vouched,
        in_force=row.holds_on(day),
        knowledge=knowledge,
        not_known=found.say if isinstance(found, NotKnown) else None,
        beside=say_knowledge(knowledge) if knowledge is not None else None,
    )


def _plain(value: Any) -> Any:
    raise NotImplementedError(type(value).__name__)


def _fault(fault: OverrideFault) -> FaultView:
    return FaultView(fault.file, fault.row, fault.field, fault.why, fault.say)
