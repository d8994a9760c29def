"""The feed as a stream: pages as they come, each the same as a polled one. Imports no SQL and no framework.

The token is looked up at every turn, so that a revoked device's stream ends at once, and with it one whose token ran
out. Nothing is kept for a stream: whoever lost one goes on from the cursor that came last.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from kazasu.context import Context
from kazasu.devices.token.service import device_of_token
from kazasu.facility.anchor import make_anchor
from kazasu.problems import ProblemError
from kazasu.restoration.service import is_closed
from kazasu.sync.feed.cursor import cursor, seq_after
from kazasu.sync.feed.service import FeedSlice, read_feed
from kazasu.sync.feed.wake import are_ending, listen

__all__ = ["KEEP_ALIVE_S", "MOST_STREAMS", "Ended", "FeedPage", "feed_pages", "one_of_few"]

LOOK_EVERY_S: Final = 1.0
KEEP_ALIVE_S: Final = 15.0
ANCHOR_EVERY: Final = timedelta(minutes=5)
MOST_STREAMS: Final = 4
"""Of one device in one process."""

_OPEN: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What the polled feed would answer."""

    epoch: str
    items: list[tuple[str, str, dict[str, Any]]]
    """Id, kind, data."""
    cursor: str
    is_more: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is over; by which problem the device would be told why."""

    why: str


@contextmanager
def one_of_few(device: str) -> Iterator[None]:
    """One of the device's streams; problem `too-many-attempts` beyond the limit."""
    if _OPEN.get(device, 0) >= MOST_STREAMS:
        raise ProblemError("too-many-attempts", headers={"Retry-After": "30"})
    _OPEN[device] = _OPEN.get(device, 0) + 1
    try:
        yield
    finally:
        _OPEN[device] -= 1
        if not _OPEN[device]:
            del _OPEN[device]


async def feed_pages(
    context: Context,
    device: str,
    token: str,
    after: str | None,
    *,
    look_every_s: float = LOOK_EVERY_S,
    keep_alive_s: float = KEEP_ALIVE_S,
) -> AsyncIterator[FeedPage | Ended | None]:
    """Pages from the cursor on, the first at once; None where nothing came for a while: the line is alive."""
    epoch = context.facility.epoch
    seq = seq_after(after, epoch)
    woken = listen()
    anchored_at = None
    silent_s = 0.0
    while True:
        woken.clear()
        if are_ending():
            yield Ended("server-busy")
            return
        now = context.clock.now()
        try:
            found = await _look(context, device, token, seq)
        except ProblemError as error:
            yield Ended(error.problem.name)
            return
        is_anchor_due = anchored_at is None or now - anchored_at >= ANCHOR_EVERY
        if found.items or is_anchor_due:
            seq, silent_s = found.last_seq, 0.0
            items = [(item.id, item.kind, dict(item.data)) for item in found.items]
            if not found.is_more:
                anchor, anchored_at = make_anchor(context), now
                items.append((anchor.id, "anchor", {"statement": anchor.statement}))
            yield FeedPage(epoch, items, cursor(epoch, seq), found.is_more)
            if found.is_more:
                continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), look_every_s)
            continue
        silent_s += look_every_s
        if silent_s >= keep_alive_s:
            silent_s = 0.0
            yield None


async def _look(context: Context, device: str, token: str, seq: int) -> FeedSlice:
    async with context.database.reading() as session:
        await device_of_token(session, token, at=context.clock.now())
        if await is_closed(session):
            raise ProblemError("server-closed")
        return await read_feed(session, device, after=seq)
