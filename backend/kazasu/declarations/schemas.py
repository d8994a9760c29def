"""What the declaration routes take and give. The repr of none shows a patient."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.declarations.content import Declaration
from kazasu.declarations.destroying import DeclarationStanding
from kazasu.rules import Say
from kazasu.rules.declaration import Answers, DeclarationFault, asked_fields
from kazasu.rules.declaration_end import EndWhy
from kazasu.rules.declaration_form import FormRow, FormVersion

__all__ = [
    "ClaimAsked",
    "DeclarationInput",
    "DeclarationView",
    "FilledView",
    "StandingView",
    "declaration_view",
    "filled_view",
    "standing_view",
]

FieldValue = str | int | bool | None
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Fields = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=60)], FieldValue],
    Meta(
        max_length=40, description="answers by field name; the signature as docs/protocol/sync-v1.md section 3 has it"
    ),
]


class DeclarationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration typed at the desk; `form` None: the version of the day."""

    form: FormVersion | None = None
    check: Id | None = None
    visit: Id | None = None
    fields: Fields = {}

    def __repr__(self) -> str:
        return "<DeclarationInput>"


class DeclarationFaultView(msgspec.Struct, frozen=True):
    """A field, and what is wrong with it."""

    field: str
    why: str
    is_serious: bool
    say: Say


class FilledView(msgspec.Struct, frozen=True):
    """What is asked given the answers so far, and what is wrong; never an answer."""

    form: FormVersion
    asked: list[str]
    faults: list[DeclarationFaultView]


class DeclarationView(msgspec.Struct, frozen=True):
    """A declaration, opened for somebody who makes the claim."""

    id: str
    exercise: bool
    form: FormVersion
    check: str | None
    visit: str | None
    origin: str
    day: date
    recorded_at: datetime
    fields: dict[str, FieldValue]

    def __repr__(self) -> str:
        return f"<DeclarationView {self.id}>"


class StandingView(msgspec.Struct, frozen=True):
    """A declaration that is there, and when it is destroyed."""

    id: str
    check: str | None
    visit: str | None
    origin: str
    recorded_at: datetime
    destroyed_on: date | None
    """None: as long as the claim has not gone out and nobody said that the work is done."""
    why: EndWhy
    say: Say
    cites: str


class ClaimAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What the clinic did since the declaration, for the claim as unknown; never stored."""

    contacted_on: date | None = None
    is_inpatient_or_returning: bool = False
    was_asked_again: bool = False


def filled_view(form: FormRow, answers: Answers, faults: tuple[DeclarationFault, ...], day: date) -> FilledView:
    """As shown while it is being filled in."""
    known = {field.name for field in form.fields}
    return FilledView(
        form.version,
        [field.name for field in asked_fields(form, answers, day)],
        [
            DeclarationFaultView(one.field if one.field in known else "", one.why.value, one.is_serious, one.say)
            for one in faults
        ],
    )


def standing_view(standing: DeclarationStanding) -> StandingView:
    """As listed."""
    row, end = standing.row, standing.end
    return StandingView(
        row.id, row.check, row.visit, row.origin, row.device_recorded_at, end.day, end.why, end.say, end.cites
    )


def declaration_view(declared: Declaration, *, is_exercise: bool) -> DeclarationView:
    """As shown."""
    return DeclarationView(
        declared.id,
        is_exercise,
        declared.version,
        declared.check,
        declared.visit,
        declared.origin,
        declared.day,
        declared.recorded_at,
        dict(declared.answers),
    )
