"""The rules of the door as the server hands them over in its policy: rows and words, good without a connection.

The form of `door` in `GET /device/policy` (docs/protocol/sync-v1.md section 5). Holds nothing of a patient; no I/O.
"""

from datetime import date

from checksync.encoding import Record
from checksync.feed import Say


class DoorWord(Record, frozen=True, kw_only=True):
    """A code and its words."""

    code: str
    say: Say


class DoorSubstitute(Record, frozen=True, kw_only=True):
    """One row: what serves in which groups, for which schemes (empty: all), over which days, with what beside it."""

    substitute: str
    groups: list[str]
    schemes: list[str]
    since: date
    until: date | None
    beside: list[str]
    say: Say
    cites: str
    by_facility: bool = False
    """The facility's own goes before the sources' on the days it holds."""

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class DoorField(Record, frozen=True, kw_only=True):
    name: str
    ja: str
    elderly_only: bool
    is_date: bool


class DoorDocument(Record, frozen=True, kw_only=True):
    substitute: str
    fields: list[DoorField]


class DoorOption(Record, frozen=True, kw_only=True):
    value: str
    ja: str


class DoorFormField(Record, frozen=True, kw_only=True):
    """A field of the declaration: `asked` says when (`always`, `workplace`, `share`, `other_signed`)."""

    name: str
    ja: str
    section: str
    kind: str
    asked: str
    options: list[DoorOption]
    is_needed: bool
    is_optional: bool
    note: str


class DoorForm(Record, frozen=True, kw_only=True):
    """One version of the declaration."""

    version: str
    since: date
    until: date | None
    statement: str
    instruction: str
    fields: list[DoorFormField]


class DoorRules(Record, frozen=True, kw_only=True):
    """All of them; `substitutes` in the order to propose."""

    known_as_of: date
    groups: dict[str, str]
    substitutes: list[DoorSubstitute]
    why_closed: dict[str, Say]
    documents: list[DoorDocument]
    from_card: list[DoorField]
    trouble_categories: list[DoorWord]
    trouble_responses: list[DoorWord]
    declarations: list[DoorForm]
