"""Which substitutes are open at the door, in the order to propose, and why the rest is not. Pure.

Evaluates the rows of the policy as the server's own rule does (`kazasu.rules.substitution`, to whose answers a test
holds this). A proposal, never a reason to refuse a valid document that is being shown.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from checksync.feed import Say
from kazasu_device.door_rules import DoorField, DoorRules, DoorSubstitute

_LATE_STAGE: Final = "late_stage_elderly"
_UNKNOWN: Final = "unknown"
_SHARE_AGE: Final = 70
_LATE_STAGE_AGE: Final = 75
_NEEDS_CARD: Final = ("portal_screen", "saved_pdf", "notice")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A document that the person shows. None: not looked at yet, or it does not say."""

    substitute: str
    valid_until: date | None = None
    is_newer_than_change: bool | None = None
    has_insurer_changed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything the rule goes by. `is_unchanged`: what a returning patient says; None where not asked yet."""

    reason: str
    day: date
    has_my_number_card: bool
    is_returning: bool = False
    has_data_on_file: bool = False
    is_unchanged: bool | None = None
    scheme: str = _UNKNOWN
    birth_date: date | None = None
    shown: tuple[Shown, ...] = ()

    def __repr__(self) -> str:
        return f"<Case {self.reason} {self.day}>"


@dataclass(frozen=True)
class OpenWay:
    """What it needs beside it, whether it is being shown, and what there is to type from it and from the card."""

    substitute: str
    beside: tuple[str, ...]
    is_shown: bool
    say: Say
    cites: str
    fields: tuple[DoorField, ...]
    from_card: tuple[DoorField, ...]


@dataclass(frozen=True)
class ClosedWay:
    substitute: str
    why: str
    say: Say
    cites: str


@dataclass(frozen=True)
class Proposal:
    """What is open, best first, and why the rest is not. `is_as_known`: the day lies beyond the sources."""

    open: tuple[OpenWay, ...]
    closed: tuple[ClosedWay, ...]
    is_as_known: bool


def propose(rules: DoorRules, case: Case) -> Proposal:
    """Every substitute of the rules is either open or closed with its reason.

    A reason that the rules do not know counts as a card that cannot be read.
    """
    ways = [_ask(rules, case, substitute) for substitute in dict.fromkeys(row.substitute for row in rules.substitutes)]
    opened = sorted((way for way in ways if isinstance(way, OpenWay)), key=lambda way: not way.is_shown)
    closed = tuple(way for way in ways if isinstance(way, ClosedWay))
    return Proposal(tuple(opened), closed, case.day > rules.known_as_of)


def fields_of(
    rules: DoorRules, substitute: str, birth_date: date | None, scheme: str, day: date
) -> tuple[tuple[DoorField, ...], tuple[DoorField, ...]]:
    """What to type from the document, and what from the card beside it."""
    is_elderly = scheme == _LATE_STAGE or (birth_date is not None and day >= _birthday(birth_date, _SHARE_AGE))
    found = next((one.fields for one in rules.documents if one.substitute == substitute), [])
    document = tuple(field for field in found if is_elderly or not field.elderly_only)
    return document, tuple(rules.from_card) if substitute in _NEEDS_CARD else ()


def _ask(rules: DoorRules, case: Case, substitute: str) -> OpenWay | ClosedWay:
    group = rules.groups.get(case.reason, "cannot_read")
    scheme = _scheme(case)
    of_kind = [
        row for row in rules.substitutes if row.substitute == substitute and (not row.schemes or scheme in row.schemes)
    ]
    in_force = [row for row in of_kind if group in row.groups and row.holds_on(case.day)]
    row = min(in_force, key=lambda row: not row.by_facility, default=None)
    if row is None:
        return _not_in_force(rules, case, substitute, of_kind, group)
    shown = next((one for one in case.shown if one.substitute == substitute), None)
    why = _missing(row, case, shown)
    if why is not None:
        return ClosedWay(substitute, why, _why(rules, why), row.cites)
    fields, from_card = fields_of(rules, substitute, case.birth_date, case.scheme, case.day)
    return OpenWay(substitute, tuple(row.beside), shown is not None, row.say, row.cites, fields, from_card)


def _scheme(case: Case) -> str:
    if case.scheme != _UNKNOWN or case.birth_date is None:
        return case.scheme
    return _LATE_STAGE if case.day >= _birthday(case.birth_date, _LATE_STAGE_AGE) else _UNKNOWN


def _missing(row: DoorSubstitute, case: Case, shown: Shown | None) -> str | None:
    if "my_number_card" in row.beside and not case.has_my_number_card:
        return "never_alone"
    if "data_on_file" in row.beside and not (case.is_returning and case.has_data_on_file):
        return "no_data_on_file"
    if "unchanged" in row.beside and case.is_unchanged is False:
        return "data_changed"
    if shown is None:
        return None
    if "within_validity" in row.beside and shown.valid_until is not None and shown.valid_until < case.day:
        return "past_its_date"
    if "same_insurer" in row.beside and shown.has_insurer_changed:
        return "insurer_changed"
    if "newer_than_change" in row.beside and shown.is_newer_than_change is False:
        return "older_than_change"
    return None


def _not_in_force(
    rules: DoorRules, case: Case, substitute: str, of_kind: list[DoorSubstitute], group: str
) -> ClosedWay:
    on_the_day = [row for row in of_kind if row.holds_on(case.day)]
    cites = (on_the_day or of_kind)[0].cites if of_kind else "rules.md 6"
    if on_the_day:
        why = {"no_card": "no_card", "no_valid_answer": "shows_no_valid_either"}.get(group, "certificate_past_grace")
        return ClosedWay(substitute, why, _why(rules, why), cites)
    ends = [row.until for row in of_kind if row.until is not None and row.until < case.day]
    if ends:
        last = max(ends)
        say = Say(ja=f"この方法は{last:%Y-%m-%d}で終わりました。", en=f"This way ended on {last:%Y-%m-%d}.")
        return ClosedWay(substitute, "ended", say, cites)
    since = min((row.since for row in of_kind), default=case.day)
    say = Say(ja=f"この方法は{since:%Y-%m-%d}からです。", en=f"This way is open from {since:%Y-%m-%d}.")
    return ClosedWay(substitute, "not_yet", say, cites)


def _why(rules: DoorRules, why: str) -> Say:
    return rules.why_closed.get(why, Say(ja=why, en=why))


def _birthday(birth_date: date, age: int) -> date:
    """For someone born on 29 February, 1 March in other years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)
