"""Reading the feed: what is new for this device, kept page by page. No clock and no HTTP of its own."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from checksync.backoff import parse_retry_after_s
from checksync.encoding import MalformedError
from checksync.feed import FeedItem, FeedPage, decode_feed_page
from checksync.outbox import Failure, Outbox, OutboxError
from checksync.problem import decode_problem, name_of_status
from checksync.received import ReceivedStore
from checksync.transport import Transport, TransportError

_MOST_FEED_PAGES: Final = 10_000


class FeedReader:
    """`retry_after_s`: how long the server asked to be left alone when it was asked last."""

    def __init__(self, outbox: Outbox, transport: Transport, now: Callable[[], datetime]) -> None:
        self.retry_after_s = 0.0
        self._outbox = outbox
        self._transport = transport
        self._now = now

    def fetch(self, received: ReceivedStore) -> tuple[list[FeedItem], Failure | None]:
        """What is new, kept in `received` page by page, and why it stopped where it did before the end.

        A page proves nothing by itself: one of another life than the present is believed when the server, asked for its
        life, says so. Then what was sent is due again, and the feed starts again by itself.
        """
        items: list[FeedItem] = []
        self.retry_after_s = 0.0
        for _ in range(_MOST_FEED_PAGES):
            try:
                reply = self._transport.get_feed(received.cursor)
            except TransportError as error:
                return items, self._failure(error.name)
            if reply.status != 200:
                problem = decode_problem(reply.body)
                name = None if problem is None else problem.name
                self.retry_after_s = parse_retry_after_s(reply.retry_after, self._now()) or 0.0
                # Only a restored server is closed, and it opens when every device said what it has.
                failure = self._ask_life() if name == "server-closed" else None
                return items, failure or self._failure(name or name_of_status(reply.status), f"{reply.status}")
            before = received.cursor
            page = self.take_page(reply.body, received)
            if isinstance(page, Failure) and page.name == "other-life":
                page = self._ask_life() or self.take_page(reply.body, received)
            if isinstance(page, Failure):
                return items, page
            items += page.items
            if not page.more:
                return items, None
            if page.cursor == before:
                break
        return items, self._failure("unexpected-answer", "a feed without end")

    def take_page(self, octets: bytes, received: ReceivedStore) -> FeedPage | Failure:
        """Keeps a page with the place after it, however it came; one of another life than the present is not taken."""
        try:
            page = decode_feed_page(octets)
        except MalformedError:
            return self._failure("not-verified")
        try:
            if page.epoch != self._outbox.epoch:
                return self._failure("other-life")
            received.receive(page.epoch, page.items, page.cursor)
        except OutboxError as error:
            return self._failure("device-storage", type(error).__name__)
        return page

    def _ask_life(self) -> Failure | None:
        try:
            self._outbox.enter_life(self._transport.present_life())
        except TransportError as error:
            return self._failure(error.name)
        return None

    def _failure(self, name: str, reason: str | None = None) -> Failure:
        # Not noted in the outbox: what is recorded does not wait for the feed.
        return Failure(self._now(), name, reason)
