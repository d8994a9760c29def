"""What the log routes give."""

from datetime import datetime

import msgspec

from kazasu.rules import Say
from kazasu.sync.log_state import SAY, LogStanding, standing_of
from kazasu.sync.models import DeviceLogRow, LogGapRow, RefusedPushRow
from kazasu.sync.office import BranchEntry, LogDetail

__all__ = [
    "BranchEntryView",
    "GapView",
    "LogDetailView",
    "LogStandingView",
    "RefusedPushPage",
    "RefusedPushView",
    "branch_view",
    "gap_view",
    "log_detail_view",
    "log_standing_view",
    "refused_view",
]


class LogStandingView(msgspec.Struct, frozen=True):
    """A log in a device's list."""

    log: str
    standing: LogStanding
    say: Say
    number: int
    newest_number: int
    still_out: int
    held: int
    forgettable: int
    heard_at: datetime | None


class LogDetailView(msgspec.Struct, frozen=True):
    """One log."""

    log: str
    device: str | None
    thumbprint: str
    standing: LogStanding
    say: Say
    predecessor: str | None
    successor: str | None
    number: int
    hash: str
    newest_number: int
    still_out: int
    oldest_on_device: int
    forgettable: int
    held: int
    branch_entries: int
    gaps: int
    opened_at: datetime
    last_push_at: datetime
    heard_at: datetime | None
    closed_at: datetime | None


class BranchEntryView(msgspec.Struct, frozen=True):
    """An entry of the other branch; `kind` null where it cannot be opened."""

    number: int
    digest: str
    received_at: datetime
    kind: str | None
    device_recorded_at: datetime | None
    is_in_the_log: bool


class GapView(msgspec.Struct, frozen=True):
    """Numbers that the device has no more; `statement` is its signature under that."""

    from_number: int
    to_number: int
    why: str
    statement: str
    received_at: datetime


class RefusedPushView(msgspec.Struct, frozen=True):
    """A push that did not verify; `is_kept_whole` false where only its hash is kept."""

    log: str
    thumbprint: str
    reason: str
    octets_hash: str
    is_kept_whole: bool
    received_at: datetime


class RefusedPushPage(msgspec.Struct, frozen=True):
    """Some, and `before` of the next ones."""

    items: list[RefusedPushView]
    before: int | None


def _standing(row: DeviceLogRow) -> LogStanding:
    return standing_of(is_closed=row.is_closed, number=row.number, newest_number=row.newest_number)


def log_standing_view(row: DeviceLogRow, *, held: int) -> LogStandingView:
    """The log as listed for its device."""
    standing = _standing(row)
    return LogStandingView(
        row.log,
        standing,
        SAY[standing],
        row.number,
        row.newest_number,
        max(row.newest_number - row.number, 0),
        held,
        row.forgettable,
        row.heard_at,
    )


def log_detail_view(detail: LogDetail) -> LogDetailView:
    """The log as shown."""
    row = detail.row
    standing = _standing(row)
    return LogDetailView(
        log=row.log,
        device=detail.device,
        thumbprint=row.device,
        standing=standing,
        say=SAY[standing],
        predecessor=row.predecessor,
        successor=detail.successor,
        number=row.number,
        hash=row.hash.hex(),
        newest_number=row.newest_number,
        still_out=max(row.newest_number - row.number, 0),
        oldest_on_device=row.oldest_number,
        forgettable=row.forgettable,
        held=detail.held,
        branch_entries=detail.branch_entries,
        gaps=detail.gaps,
        opened_at=row.opened_at,
        last_push_at=row.last_push_at,
        heard_at=row.heard_at,
        closed_at=row.closed_at,
    )


def branch_view(entry: BranchEntry) -> BranchEntryView:
    """The entry as shown."""
    return BranchEntryView(
        entry.number, entry.digest.hex(), entry.received_at, entry.kind, entry.device_recorded_at, entry.is_in_the_log
    )


def gap_view(row: LogGapRow) -> GapView:
    """The gap as shown."""
    return GapView(row.from_number, row.to_number, row.why, row.statement, row.received_at)


def refused_view(row: RefusedPushRow) -> RefusedPushView:
    """The refused push as shown."""
    return RefusedPushView(
        row.log, row.device, row.reason, row.octets_hash.hex(), row.octets is not None, row.received_at
    )
