"""The feed by server-sent events; polling stays for networks that cut streams."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, HeaderParameter
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from kazasu.context import Context
from kazasu.sync.feed.stream import Ended, FeedPage, feed_pages, one_of_few
from kazasu.sync.schemas import Feed, FeedItem
from kazasu.web import DeviceToken, InContext, InDevice, device_guard, problems

__all__ = ["ROUTES"]

_RETRY_MS = 5000


@get(
    "/sync/feed/stream",
    guards=[device_guard],
    media_type="text/event-stream",
    responses=problems("token-not-valid", "device-waiting", "device-revoked", "too-many-attempts"),
)
async def get_feed_stream(
    context: InContext,
    device: InDevice,
    device_token: DeviceToken,
    after: FromQuery[str | None] = None,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
) -> ServerSentEvent:
    """Events `page` (the body of `GET /sync/feed`; its id is the cursor) and at the end `end` with the reason."""
    with one_of_few(device.id):
        pass  # refused before the stream begins, where it can still be told
    return ServerSentEvent(_events(context, device.id, device_token, last_event_id or after))


async def _events(
    context: Context, device: str, token: str, after: str | None
) -> AsyncIterator[ServerSentEventMessage]:
    with one_of_few(device):
        async for found in feed_pages(context, device, token, after):
            match found:
                case None:
                    yield ServerSentEventMessage(comment="alive")
                case Ended():
                    yield ServerSentEventMessage(event="end", data=msgspec.json.encode({"why": found.why}))
                case FeedPage():
                    yield ServerSentEventMessage(
                        event="page", id=found.cursor, data=msgspec.json.encode(_feed(found)), retry=_RETRY_MS
                    )


def _feed(page: FeedPage) -> Feed:
    items = [FeedItem(id_, kind, data) for id_, kind, data in page.items]
    return Feed(page.epoch, items, page.cursor, page.is_more)


ROUTES = (get_feed_stream,)
