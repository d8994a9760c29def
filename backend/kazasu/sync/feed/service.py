"""Writing and reading the feed. Items are idempotent by id; a device reads its own and those for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, or_, select
from sqlalchemy.orm import Session as SyncSession

from kazasu.db import Session, lock_order, new_id
from kazasu.sync.feed.wake import wake
from kazasu.sync.models import FeedItemRow

PAGE = 200
_TOLD = "kazasu_feed_told"


@event.listens_for(SyncSession, "after_commit")
def _wake_streams(session: SyncSession) -> None:
    # A savepoint that is released says nothing yet.
    if not session.in_nested_transaction() and session.info.pop(_TOLD, False):
        wake()


@dataclass(frozen=True, slots=True)
class FeedSlice:
    """Some items in order, the sequence number to go on from, and whether more are there."""

    items: Sequence[FeedItemRow]
    last_seq: int
    is_more: bool


async def publish(
    session: Session, device: str | None, kind: str, data: Mapping[str, Any], *, at: datetime, id: str | None = None
) -> str:
    """Tells a device (by id; None: every device) of `kind` with the caller's transaction; gives the item's id.

    Kinds and their data: docs/protocol/sync-v1.md section 5. Items come in the order of commits: a reader that has seen
    a later one has seen every earlier one.
    """
    await lock_order(session)
    item = FeedItemRow(id=id or new_id(), device=device, kind=kind, data=dict(data), made_at=at)
    session.add(item)
    await session.flush()
    wake_on_commit(session)
    return item.id


def wake_on_commit(session: Session) -> None:
    """Open streams look again when the caller's transaction stands."""
    session.info[_TOLD] = True


async def read_feed(session: Session, device: str, *, after: int, limit: int = PAGE) -> FeedSlice:
    """What this device has not read yet."""
    statement = (
        select(FeedItemRow)
        .where(FeedItemRow.seq > after, or_(FeedItemRow.device == device, FeedItemRow.device.is_(None)))
        .order_by(FeedItemRow.seq)
        .limit(limit + 1)
    )
    rows = (await session.scalars(statement)).all()
    items = rows[:limit]
    return FeedSlice(items, items[-1].seq if items else after, len(rows) > limit)
