"""What can go wrong with an outbox. Every error carries data; none carries what was recorded."""

from typing import Literal


class OutboxError(Exception):
    """Nothing of what was asked for was recorded or changed."""


class QueueFullError(OutboxError):
    """No room for another entry: by the set capacity, or the disk itself is full."""

    def __init__(self, limit: Literal["capacity", "disk"], kept_octets: int | None = None) -> None:
        super().__init__(limit)
        self.limit = limit
        self.kept_octets = kept_octets


class OutboxBusyError(OutboxError):
    """Another process kept the file for longer than patience lasts."""


class OutboxDamagedError(OutboxError):
    """The file is not an outbox that can be read."""


class OutboxStorageError(OutboxError):
    """The storage failed; carries SQLite's name for how."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class OutboxNotDurableError(OutboxError):
    """The file does not take a setting without which a confirmed entry could be lost."""

    def __init__(self, setting: str, found: str) -> None:
        super().__init__(f"{setting} is {found}")
        self.setting = setting
        self.found = found


class OtherOwnerError(OutboxError):
    """The file belongs to another device key or facility."""


class IntentOutdatedError(OutboxError):
    """Something else was recorded since the intent was fixed: the card has to sign a new one."""


class IntentOfOtherCheckError(OutboxError):
    """The intent is not of this check, log's facility or device."""


class LogReservedError(OutboxError):
    """A touch in progress in another process or thread holds the log; it does so for a short while only."""


class AcknowledgementError(OutboxError):
    """A verified acknowledgement that does not fit what this device recorded; nothing was taken from it.

    `other_hash` and `ahead` mean that the server has another history of this log: a copy of this device is or was
    about.
    """

    def __init__(self, fault: Literal["unknown_log", "other_hash", "ahead"]) -> None:
        super().__init__(fault)
        self.fault = fault
