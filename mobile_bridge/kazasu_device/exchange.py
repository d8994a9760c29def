"""What goes between the device and its server once something is recorded: push, feed, policy, anchors.

Whatever fails here, what was recorded stays recorded.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import msgspec

from checksync.client import SyncClient
from checksync.deadline import Line
from checksync.encoding import MalformedError, Record, decode
from checksync.feed import AnchorItem, Destroyed, FeedItem, Hold
from checksync.feed_stream import FeedStream
from checksync.outbox import Failure, OutboxError
from checksync.received import ReceivedStore
from checksync.sync_report import SyncReport
from checksync.transport import DeviceToken, Reply, TokenSource, Transport, TransportError
from checksync.trust import pinned_context
from kazasu_device.device import Device
from kazasu_device.errors import ClockWrongError, DeviceError, ServerNotTrustedError, ServerUnreachableError
from kazasu_device.home import Home
from kazasu_device.link import Link

MakeTransport = Callable[[Device, TokenSource], Transport]


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


@runtime_checkable
class _Streaming(Protocol):
    def stream_feed(self, after: str | None, line: Line) -> Iterator[bytes]: ...


class _Seen(Record, frozen=True, kw_only=True):
    """How far the feed was seen by processes that could keep nothing of it; an opaque place."""

    cursor: str


@dataclass(frozen=True)
class Exchanged:
    """One round. `news` is what the feed brought, oldest first; `problem` is the last thing that went wrong."""

    report: SyncReport
    news: list[FeedItem] = field(repr=False)
    feed_failure: Failure | None
    problem: DeviceError | None

    @property
    def is_connected(self) -> bool:
        return not self.report.failures and self.feed_failure is None


class Exchange:
    """Rounds with one server. The store keeps what the feed brings if it has the day key."""

    def __init__(
        self, device: Device, link: Link, store: ReceivedStore, make_transport: MakeTransport | None = None
    ) -> None:
        self._device = device
        self._link = link
        self._store = store
        self._problem: DeviceError | None = None
        self._inner = (make_transport or http_transport)(device, self._token)
        self._transport = _FromSeen(self._inner, device.home, store)
        self._client = SyncClient(device.outbox, self._transport, device.policy.verifying_key, now=device.now)

    def close(self) -> None:
        if isinstance(self._inner, _Closable):
            self._inner.close()

    def round(self) -> Exchanged:
        """Pushes what waits, then reads what is new."""
        self._problem = None
        epoch = self._device.outbox.epoch
        report = self._client.push()
        # The feed would find the same road closed; a log that was refused keeps nobody from reading it.
        if report.failures and not (report.acknowledged or report.is_refused or report.closed_logs):
            return Exchanged(report, [], None, self._problem)
        news, failure = self.read_feed()
        if epoch != self._device.outbox.epoch and epoch is not None and report.is_complete:
            # A new life of the server, met on the way: it is told at once how far this device goes.
            report = self._client.push()
        return Exchanged(report, news, failure, self._problem)

    def read_feed(self) -> tuple[list[FeedItem], Failure | None]:
        """What is new, its anchors and policy changes taken."""
        news, failure = self._client.fetch_feed(self._store)
        self._take(news)
        return news, failure

    def stream(self) -> FeedStream | None:
        """The feed as it comes, from where it was read last; None where the transport can only be asked."""
        inner = self._inner
        if not isinstance(inner, _Streaming):
            return None
        after = self._transport.place(self._store.cursor)
        return FeedStream(lambda line: inner.stream_feed(after, line))

    def take_page(self, octets: bytes) -> tuple[list[FeedItem], Failure | None]:
        """What a page of the stream brings, taken as if it had been fetched."""
        page = self._client.take_feed_page(octets, self._store)
        if isinstance(page, Failure):
            # Of another life: asking for it anew also asks which one is the present.
            return self.read_feed() if page.name == "other-life" else ([], page)
        self._take(page.items)
        return page.items, None

    def _take(self, news: list[FeedItem]) -> None:
        # Before the place is kept, so that a process that ends here hears of it again.
        self._destroy(news)
        self._transport.keep_place()
        for item in news:
            if item.kind == "anchor":
                self._take_anchor(item)
            elif item.kind == "hold":
                self._take_hold(item)
        if any(item.kind == "policy" for item in news):
            self.refresh_policy()

    def refresh_policy(self) -> None:
        """The policy as it is now; where it cannot be had, the one that is there holds."""
        try:
            self._device.use_policy(self._link.refresh_policy())
        except DeviceError as error:
            self._problem = error

    def next_delay_s(self, exchanged: Exchanged) -> float:
        return self._client.next_delay_s(exchanged.report)

    @property
    def feed_pause_s(self) -> float:
        """How long the server asked not to be asked for the feed again."""
        return self._client.feed_retry_after_s

    def _destroy(self, news: list[FeedItem]) -> None:
        """What the server destroyed goes here too; again is harmless, and what it has not acknowledged stays."""
        told = list(self._store.items("destroyed", Destroyed))
        for item in news:
            if item.kind == "destroyed":
                with suppress(MalformedError):
                    told.append(decode(bytes(item.data), Destroyed, "destroyed"))
        for one in told:
            with suppress(OutboxError):
                self._device.outbox.destroy(one.log, one.number)

    def _take_anchor(self, item: FeedItem) -> None:
        try:
            self._device.anchors.keep(decode(bytes(item.data), AnchorItem, "anchor").statement)
        except (MalformedError, msgspec.MsgspecError):
            return

    def _take_hold(self, item: FeedItem) -> None:
        """A certificate that came damaged must not be taken for the card's when the card comes again."""
        with suppress(MalformedError, OutboxError):
            if decode(bytes(item.data), Hold, "hold").reason == "certificate_not_trusted":
                self._store.drop_read_certificates()

    def _token(self, is_new: bool) -> DeviceToken:
        try:
            if is_new:
                self._link.drop_token()
            token = self._link.token()
            # A server restored from a backup has no feed yet, and waits for every device to say what it has.
            self._device.outbox.enter_life(token.epoch)
            return DeviceToken(token.token, token.epoch)
        except ServerUnreachableError as error:
            self._problem = error
            failure = TransportError("timeout" if error.reason == "timeout" else "no-connection")
        except ClockWrongError as error:
            self._problem = error
            failure = TransportError("clock-wrong")
        except ServerNotTrustedError as error:
            self._problem = error
            failure = TransportError("not-trusted")
        except DeviceError as error:
            self._problem = error
            failure = TransportError("no-token")
        raise failure


class _FromSeen:
    """A transport whose feed goes on, for a store without day key, where an earlier process stopped looking.

    What that process saw it could not keep, and nobody could open it now; answers that come later are all ahead.
    """

    def __init__(self, inner: Transport, home: Home, store: ReceivedStore) -> None:
        self._inner = inner
        self._home = home
        self._store = store
        seen = home.read_if_whole(home.seen_file, _Seen)
        self._start = None if seen is None else seen.cursor

    def post_entries(self, log: str, body: bytes) -> Reply:
        return self._inner.post_entries(log, body)

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._inner.post_gap(log, body)

    def present_life(self) -> str:
        return self._inner.present_life()

    def get_feed(self, after: str | None) -> Reply:
        return self._inner.get_feed(self.place(after))

    def place(self, after: str | None) -> str | None:
        """Where to go on, for a store that goes on after this cursor."""
        return self._start if after is None and not self._store.is_open else after

    def keep_place(self) -> None:
        cursor = self._store.cursor
        if not self._store.is_open and cursor is not None and cursor != self._start:
            self._home.write(self._home.seen_file, _Seen(cursor=cursor))


def http_transport(device: Device, token: TokenSource) -> Transport:
    """The server of the device's settings, by the root that enrolment pinned."""
    # The HTTP client takes longer to load than a check to be recorded.
    from checksync.http_transport import HttpTransport

    root = device.home.root_file
    context: ssl.SSLContext | None = pinned_context(root.read_bytes()) if root.exists() else None
    return HttpTransport(device.settings.server_url, token, context=context)
