"""A break of the code on purpose, and who must see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Simulation:
    """So many schedules from `first` on; one that fails is enough."""

    schedules: int = 40
    first: int = 1


@dataclass(frozen=True)
class Mutation:
    """`old` stands once in its file and becomes `new`; `caught_by` names the tests that must fail then."""

    invariant: str
    """`I1` to `I18` of docs/protocol/sync-v1.md, or `1` to `10` of docs/invariants.md."""
    name: str
    file: str
    old: str
    new: str
    caught_by: Simulation | str
