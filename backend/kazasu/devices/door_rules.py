"""What a device needs to propose a substitute, to log a trouble and to fill a declaration without a connection.

The rules' own rows and words as data, the same for the desk. The device evaluates them (`kazasu_device.proposal`); a
test holds its answers to those of `kazasu.rules`.
"""

from datetime import date

import msgspec

from kazasu.rules import KNOWN_AS_OF, Say
from kazasu.rules.declaration_form import FormField, FormRow
from kazasu.rules.rulebook import Rulebook
from kazasu.rules.substitute import SubstituteRow
from kazasu.rules.substitute_fault import DATE_FIELDS
from kazasu.rules.substitute_field import DOCUMENT_FIELDS, FROM_CARD, DocumentField
from kazasu.rules.substitution import GROUP_OF_REASON, WHY_CLOSED
from kazasu.rules.trouble import CATEGORIES, RESPONSES

__all__ = ["DoorRules", "door_rules"]


class DoorWord(msgspec.Struct, frozen=True):
    """A code and its words."""

    code: str
    say: Say


class DoorSubstitute(msgspec.Struct, frozen=True):
    """One row: in place of what it serves, for whom, over which days, and what it needs beside it."""

    substitute: str
    groups: list[str]
    schemes: list[str]
    """Empty: for all."""
    since: date
    until: date | None
    beside: list[str]
    say: Say
    cites: str
    by_facility: bool
    """The facility's own, which goes before the sources' on the days it holds."""


class DoorField(msgspec.Struct, frozen=True):
    """A field of a document."""

    name: str
    ja: str
    elderly_only: bool
    is_date: bool


class DoorDocument(msgspec.Struct, frozen=True):
    """A document and its fields."""

    substitute: str
    fields: list[DoorField]


class DoorOption(msgspec.Struct, frozen=True):
    """A box of the form."""

    value: str
    ja: str


class DoorFormField(msgspec.Struct, frozen=True):
    """A field of the declaration."""

    name: str
    ja: str
    section: str
    kind: str
    asked: str
    options: list[DoorOption]
    is_needed: bool
    is_optional: bool
    note: str


class DoorForm(msgspec.Struct, frozen=True):
    """One version of the declaration."""

    version: str
    since: date
    until: date | None
    statement: str
    instruction: str
    fields: list[DoorFormField]


class DoorRules(msgspec.Struct, frozen=True):
    """Everything, with the day up to which the sources speak."""

    known_as_of: date
    groups: dict[str, str]
    """Of the reasons why the card did not do."""
    substitutes: list[DoorSubstitute]
    """In the order to propose."""
    why_closed: dict[str, Say]
    documents: list[DoorDocument]
    from_card: list[DoorField]
    trouble_categories: list[DoorWord]
    trouble_responses: list[DoorWord]
    declarations: list[DoorForm]


def door_rules(rulebook: Rulebook) -> DoorRules:
    """The rules of every day, the facility's own among them: which row holds is asked of the day."""
    return DoorRules(
        known_as_of=KNOWN_AS_OF,
        groups={reason.value: group.value for reason, group in GROUP_OF_REASON.items()},
        substitutes=[_substitute(row) for row in rulebook.rows("substitutes", SubstituteRow)],
        why_closed=dict(WHY_CLOSED),
        documents=[
            DoorDocument(document.value, [_field(field) for field in fields])
            for document, fields in DOCUMENT_FIELDS.items()
        ],
        from_card=[_field(field) for field in FROM_CARD],
        trouble_categories=[DoorWord(code.value, word.say) for code, word in CATEGORIES.items()],
        trouble_responses=[DoorWord(code.value, word.say) for code, word in RESPONSES.items()],
        declarations=[_form(form) for form in rulebook.rows("declarations", FormRow)],
    )


def _substitute(row: SubstituteRow) -> DoorSubstitute:
    return DoorSubstitute(
        row.substitute.value,
        sorted(group.value for group in row.groups),
        sorted(scheme.value for scheme in row.schemes),
        row.since,
        row.until,
        [beside.value for beside in row.beside],
        row.say,
        row.cites,
        row.vouched is not None,
    )


def _field(field: DocumentField) -> DoorField:
    return DoorField(field.name, field.ja, field.elderly_only, field.name in DATE_FIELDS)


def _form(form: FormRow) -> DoorForm:
    fields = [_form_field(field) for field in form.fields]
    return DoorForm(form.version, form.since, form.until, form.statement, form.instruction, fields)


def _form_field(field: FormField) -> DoorFormField:
    options = [DoorOption(option.value, option.ja) for option in field.options]
    return DoorFormField(
        field.name, field.ja, field.section.value, field.kind.value, field.asked.value, options, field.is_needed,
        field.is_optional, field.note,
    )  # fmt: skip
