"""What is typed for a claim as unknown. The repr shows no patient."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.rules.claim_fields import UnknownFacts
from kazasu.rules.substitute import Scheme

__all__ = ["UnknownInput", "unknown_facts"]

Short = Annotated[str, Meta(max_length=200)]


class UnknownInput(msgspec.Struct, frozen=True):
    """What the declaration and the clinic's own asking brought, typed for a claim as unknown (不詳).

    Kept with a decision alone, encrypted; asked for a look at the claim it is not stored.
    """

    name_kana: Annotated[str, Meta(min_length=1, max_length=200)]
    scheme: Scheme
    has_declaration: bool
    contacted_on: date | None = None
    addresses: Annotated[list[Short], Meta(max_length=3)] = []
    telephone: Annotated[str, Meta(max_length=40)] = ""
    declared_on: date | None = None
    insurer_name: Short = ""
    workplace: Short = ""
    is_inpatient_or_returning: bool = False
    was_asked_again: bool = False

    def __repr__(self) -> str:
        return "<UnknownInput>"


def unknown_facts(typed: UnknownInput) -> UnknownFacts:
    """The input as the rule takes it."""
    return UnknownFacts(**{**msgspec.structs.asdict(typed), "addresses": tuple(typed.addresses)})
