"""What the devices told their users, kept beside the system under test, and what every invariant says of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

Excuse = Literal["rolled_back", "damaged"]


class InvariantError(AssertionError):
    """An invariant of docs/protocol/sync-v1.md does not hold; carries its number."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant
        self.what = what


def require(condition: bool, invariant: str, what: str) -> None:
    if not condition:
        raise InvariantError(invariant, what)


@dataclass
class Confirmed:
    """One entry that a device confirmed. `excuses` say why it may be missing: nothing else may."""

    device: str
    log: str
    number: int
    hash: str
    token: str
    kind: str
    excuses: set[Excuse] = field(default_factory=set)


@dataclass(frozen=True)
class Issued:
    """An acknowledgement as the server gave it out."""

    epoch: str
    log: str
    number: int
    hash: str
    forgettable: int


class Ledger:
    """Obligations, by the entry's hash, which names log, number and octets at once."""

    def __init__(self) -> None:
        self.confirmed: dict[str, Confirmed] = {}
        self.of_check: dict[str, str] = {}
        self.in_doubt: set[str] = set()
        self.refused: set[str] = set()
        self.issued: dict[str, list[Issued]] = defaultdict(list)
        self.backed_up: dict[str, int] = defaultdict(int)
        self.lost_by_restore: dict[str, set[int]] = defaultdict(set)
        self.bases: dict[tuple[str, str], int] = defaultdict(int)
        self.times: dict[str, set[str]] = defaultdict(set)
        """Of each token, what its device believed the time to be."""
        self.published: set[str] = set()
        self.counted = 0
        self._tokens = 0
        self._names: dict[str, str] = {}

    def new_token(self) -> str:
        self._tokens += 1
        return f"{self._tokens:032x}"

    def name(self, log: str) -> str:
        """A log by the order of its coming: ids of successors depend on what was sealed, which no seed decides."""
        return self._names.setdefault(log, f"L{len(self._names) + 1}")

    def confirm(self, entry: Confirmed) -> None:
        before = self.confirmed.setdefault(entry.hash, entry)
        require(
            (before.log, before.number, before.token) == (entry.log, entry.number, entry.token),
            "I1", f"two entries confirmed under one hash, number {entry.number}",
        )  # fmt: skip
        if entry.kind == "check":
            first = self.of_check.setdefault(entry.token, entry.hash)
            require(first == entry.hash, "I4", f"check {entry.token} confirmed as two entries")

    def refuse(self, token: str) -> None:
        """The user was told that nothing was recorded."""
        if token not in self.in_doubt:
            self.refused.add(token)

    def of_device(self, device: str) -> list[Confirmed]:
        return [entry for entry in self.confirmed.values() if entry.device == device]

    def excuse(self, log: str, number: int, excuse: Excuse) -> None:
        for entry in self.confirmed.values():
            if (entry.log, entry.number) == (log, number):
                entry.excuses.add(excuse)
