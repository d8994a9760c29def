"""How far the logs are refilled after a restore. Pure values."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["LogRefill", "Standing"]


@dataclass(frozen=True, slots=True)
class LogRefill:
    """One log that the restored server knows of. `newest` is None where only the journal names the log."""

    log: str
    device: str
    number: int
    newest: int | None
    is_heard: bool
    """Whether its device has spoken of it since the restore."""

    @property
    def is_refilled(self) -> bool:
        """Whether everything is here that the device is known to have."""
        return self.is_heard and self.newest is not None and self.number >= self.newest

    def missing(self) -> dict[str, object]:
        """For the audit and for people: how far it is here, and how far it is known to go."""
        return {"log": self.log, "device": self.device, "number": self.number, "newest": self.newest}


@dataclass(frozen=True, slots=True)
class Standing:
    """A server that is closed after a restore."""

    restoration: str
    epoch: str
    backup_made_at: datetime
    restored_at: datetime
    is_journal_whole: bool
    logs: tuple[LogRefill, ...]

    @property
    def waiting_for(self) -> tuple[LogRefill, ...]:
        """The logs that are not refilled."""
        return tuple(log for log in self.logs if not log.is_refilled)

    @property
    def may_open_by_itself(self) -> bool:
        """Whether nothing that is known of is missing, and what may not be undone was replayed whole."""
        return self.is_journal_whole and not self.waiting_for
