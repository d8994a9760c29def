"""A virtual My Number card, its synthetic people and its test CA, in process; see `vpcd` and `iso_dep` for real stacks.

Everything here is an exercise: a facility that is live trusts none of it. Must never be imported by the library's own
modules at import time; it loads keys that are public.
"""

from . import test_ca
from .card import CardGone, VirtualCard, virtual_card
from .card_kind import CARD_KINDS, CardKind
from .faults import Faults
from .people import EXERCISE_DATE, PEOPLE
from .person import Person
from .virtual_reader import VirtualConnection, VirtualReader

__all__ = [
    "CARD_KINDS",
    "EXERCISE_DATE",
    "PEOPLE",
    "CardGone",
    "CardKind",
    "Faults",
    "Person",
    "VirtualCard",
    "VirtualConnection",
    "VirtualReader",
    "test_ca",
    "virtual_card",
]
