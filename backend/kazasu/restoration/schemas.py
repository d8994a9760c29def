"""What the restoration routes take and give."""

from datetime import datetime

import msgspec

from kazasu.restoration.standing import LogRefill, Standing

__all__ = ["LogRefillView", "ReopenInput", "Reopened", "StandingView", "log_refill_view", "standing_view"]


class LogRefillView(msgspec.Struct, frozen=True):
    """A log: how far it is here, and how far its device is known to go; `newest` null where only the journal
    remembers it."""

    log: str
    device: str
    number: int
    newest: int | None
    is_heard: bool
    is_refilled: bool


class StandingView(msgspec.Struct, frozen=True):
    """A closed server: from which backup, and what it waits for."""

    epoch: str
    backup_made_at: datetime
    restored_at: datetime
    is_journal_whole: bool
    logs: list[LogRefillView]


class ReopenInput(msgspec.Struct, frozen=True):
    """`declares_missing`: what is not back will not come, and the server opens all the same."""

    declares_missing: bool


class Reopened(msgspec.Struct, frozen=True):
    """What was declared missing; it is taken as ever if it comes."""

    missing: list[LogRefillView]


def log_refill_view(log: LogRefill) -> LogRefillView:
    """The log as shown."""
    return LogRefillView(log.log, log.device, log.number, log.newest, log.is_heard, log.is_refilled)


def standing_view(standing: Standing) -> StandingView:
    """The standing as shown."""
    return StandingView(
        standing.epoch,
        standing.backup_made_at,
        standing.restored_at,
        standing.is_journal_whole,
        [log_refill_view(log) for log in standing.logs],
    )
