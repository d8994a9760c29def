"""What an outbox shows of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QueueName(StrEnum):
    """The state of the queue, in one word for a screen; what each asks of people is in docs/device.md."""

    EMPTY = "empty"
    WAITING = "waiting"
    SENDING = "sending"
    HELD_BACK = "held_back"
    CLOCK_WRONG = "clock_wrong"
    CLOSED = "closed"
    FULL = "full"


@dataclass(frozen=True)
class Capacity:
    """How much a device keeps. What is acknowledged counts until it may be forgotten."""

    octets: int = 512 * 1024 * 1024
    warn_at: float = 0.8


@dataclass(frozen=True)
class Failure:
    """One attempt that did not succeed: by name, with what the server or the system gave as reason."""

    at: datetime
    name: str
    reason: str | None = None
    log: str | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class MissingEntries:
    """Numbers that were recorded and cannot be read any more; `last` is None where it is not known either."""

    log: str
    first: int
    last: int | None
    at: datetime


@dataclass(frozen=True)
class QueueState:
    """`reason` says why, where the name is `held_back`."""

    name: QueueName
    reason: str | None
    log: str | None
    number: int
    waiting: int
    acknowledged: int
    held: int
    """Acknowledged, and the server holds them for a person to decide."""
    stranded: int
    """Recorded in a log that was closed before the server took them; kept, and offered to it as the other branch."""
    missing: tuple[MissingEntries, ...]
    """What damage of the storage took from this device; told to the server as gaps."""
    kept_octets: int
    capacity_octets: int
    is_nearly_full: bool
    oldest_waiting_at: datetime | None
    last_success_at: datetime | None
    last_failure: Failure | None
    epoch: str | None


@dataclass(frozen=True)
class RecordedEntry:
    """An entry that the device confirmed, as far as it can say so without opening it."""

    log: str
    number: int
    kind: str
    reference: str | None
    recorded_at: datetime
    is_acknowledged: bool
    is_stranded: bool
    outcome: str | None
    reason: str | None
