"""The bodies of all kinds of entries. Imports no transport and no storage.

Each names a check or, where no card was touched, a visit.
"""

from typing import ClassVar, Final, Literal, TypeAlias

from checksync.check import CheckBody
from checksync.encoding import Identifier, PrivateRecord, RandomIdentifier
from checksync.intent import ConsentChoice

FieldValue: TypeAlias = str | int | bool | None


class _AboutBody(PrivateRecord, frozen=True, kw_only=True):
    check: RandomIdentifier | None = None
    visit: Identifier | None = None
    duty_pass: Identifier


class SubstituteBody(_AboutBody, frozen=True, kw_only=True):
    """A document or statement in place of the card: which, why, and what it says."""

    kind: ClassVar[str] = "substitute"
    reason: str
    document: str
    fields: dict[str, FieldValue]


class DeclarationBody(_AboutBody, frozen=True, kw_only=True):
    """The declaration that the patient signed, by the edition of its form."""

    kind: ClassVar[str] = "declaration"
    form: Literal["2023-07", "2024-12"]
    fields: dict[str, FieldValue]


class ConsentBody(_AboutBody, frozen=True, kw_only=True):
    """Consents given or declined apart from a check."""

    kind: ClassVar[str] = "consent"
    consent: RandomIdentifier
    patient: Identifier | None = None
    kinds: list[ConsentChoice]


class ConsentWithdrawnBody(PrivateRecord, frozen=True, kw_only=True):
    """Takes back the patient's consent, wherever it was recorded."""

    kind: ClassVar[str] = "consent_withdrawn"
    consent: RandomIdentifier
    duty_pass: Identifier
    reason: str


class VoidBody(PrivateRecord, frozen=True, kw_only=True):
    """Takes back a check of the same log; nothing is deleted."""

    kind: ClassVar[str] = "void"
    check: RandomIdentifier
    duty_pass: Identifier
    reason: str


class TroubleBody(_AboutBody, frozen=True, kw_only=True):
    """What went wrong at the door, what was done, and whether the patient paid in full."""

    kind: ClassVar[str] = "trouble"
    category: str
    response: str
    full_charge: bool
    note: str


Body: TypeAlias = (
    CheckBody | SubstituteBody | DeclarationBody | ConsentBody | ConsentWithdrawnBody | VoidBody | TroubleBody
)

BODIES: Final[dict[str, type[Body]]] = {
    form.kind: form
    for form in (
        CheckBody,
        SubstituteBody,
        DeclarationBody,
        ConsentBody,
        ConsentWithdrawnBody,
        VoidBody,
        TroubleBody,
    )
}
