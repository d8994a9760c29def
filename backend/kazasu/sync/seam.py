"""The seam between `sync` (stores entries) and `checks` (reads them). Imports neither.

`sync` calls `kazasu.checks.reading.read_entry(session, stored, context) -> EntryOutcome` for each new entry, in a
savepoint of its own inside the push's transaction. Whatever is raised there rolls that savepoint back, and the entry
stays stored and is `held`. Entries that are plain may be read many at once (`ReadsRuns`), to the same effect.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from kazasu.db import Session

if TYPE_CHECKING:
    from kazasu.context import Context


class Outcome(StrEnum):
    """What the acknowledgement says of an entry."""

    ACCEPTED = "accepted"
    ALREADY_HAD = "already_had"
    HELD = "held"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as stored: verified in its chain, still sealed."""

    id: int
    """The row in `log_entries`."""
    log: str
    number: int
    sealed: bytes
    previous_hash: bytes
    hash: bytes
    device: str
    """The device's id; its key signed the log's heads."""
    device_thumbprint: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of an entry when it was read."""

    outcome: Outcome
    reason: str | None = None
    """For `held`: the hold's reason. Never free text, never patient data."""
    check: str | None = None


@runtime_checkable
class ReadsRuns(Protocol):
    """A `ReadEntry` that can also read many entries by a few statements."""

    async def read_run(
        self, session: Session, entries: Sequence[StoredEntry], context: "Context"
    ) -> Sequence[EntryOutcome]:
        """What became of the first so many of the entries, in order; none where the first is to be read alone.

        Within a savepoint of the caller's: whatever is raised rolls all of them back, and each is then read alone.
        """
        ...


ReadEntry = Callable[[Session, StoredEntry, "Context"], Awaitable[EntryOutcome]]
