"""The device's outbox, and everything that it says and raises."""

from checksync.outbox.choice import IntentChoices
from checksync.outbox.delivery import Batch, GapToReport
from checksync.outbox.error import (
    AcknowledgementError,
    IntentOfOtherCheckError,
    IntentOutdatedError,
    LogReservedError,
    OtherOwnerError,
    OutboxBusyError,
    OutboxDamagedError,
    OutboxError,
    OutboxNotDurableError,
    OutboxStorageError,
    QueueFullError,
)
from checksync.outbox.outbox import LONGEST_TOUCH_S, Outbox
from checksync.outbox.recording import Confirmed
from checksync.outbox.state import Capacity, Failure, MissingEntries, QueueName, QueueState, RecordedEntry

__all__ = [
    "LONGEST_TOUCH_S",
    "AcknowledgementError",
    "Batch",
    "Capacity",
    "Confirmed",
    "Failure",
    "GapToReport",
    "IntentChoices",
    "IntentOfOtherCheckError",
    "IntentOutdatedError",
    "LogReservedError",
    "MissingEntries",
    "OtherOwnerError",
    "Outbox",
    "OutboxBusyError",
    "OutboxDamagedError",
    "OutboxError",
    "OutboxNotDurableError",
    "OutboxStorageError",
    "QueueFullError",
    "QueueName",
    "QueueState",
    "RecordedEntry",
]
