"""What became of an entry after it was sent: its outcome, the answer to its check, and what is held. No clock of its
own but the one that measures waiting.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from checksync.feed import FeedItem
from checksync.feed_stream import FeedStream
from checksync.outbox import Confirmed, Failure
from kazasu_device.errors import DeviceError
from kazasu_device.exchange import Exchanged
from kazasu_device.session import Session

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 1.0
_GRACE_S: Final = 1.5
"""A held check may be answered as well; where nothing can be asked, no answer ever comes."""

_NEVER_ASKED: Final = frozenset({"cannot_be_asked", "not_known_for_mobile"})
"""Holds for which nothing is asked of anybody: no answer can come, and the patient is not kept waiting for one."""

_NO_ROAD: Final = frozenset({"no-connection", "timeout", "not-trusted", "clock-wrong", "no-token"})


@dataclass
class Fate:
    """How it stands now. `is_sent`: the server acknowledged the entry."""

    is_sent: bool = False
    outcome: str | None = None
    reason: str | None = None
    answer: dict[str, Any] | None = field(default=None, repr=False)
    holds: list[dict[str, Any]] = field(default_factory=list, repr=False)
    problem: DeviceError | None = None
    failure: str | None = None

    @property
    def is_held(self) -> bool:
        return self.outcome == "held" or bool(self.holds)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to be waited for."""
        reasons = {self.reason, *(hold.get("reason") for hold in self.holds)}
        return self.answer is not None or self.failure in _NO_ROAD or not reasons.isdisjoint(_NEVER_ASKED)

    def take(self, news: Iterable[FeedItem], check: str | None) -> None:
        """What the feed says of this check. Items come again after a restart: the same one counts once."""
        for item in news:
            if item.kind not in {"answer", "hold"} or check is None:
                continue
            data = _members(item)
            if data is None or data.get("check") != check:
                continue
            if item.kind == "answer":
                self.answer = data
            elif data not in self.holds:
                self.holds.append(data)


def follow(
    session: Session,
    confirmed: Confirmed,
    check: str | None,
    *,
    wait_s: float,
    on_wait: Callable[[float], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Fate:
    """Sends at once, then waits for the answer as long as told; at once over where there is no connection.

    The answer is read as it comes where a stream of the feed can be had, and asked for now and then where not.
    """
    fate = Fate()
    asked = _round(session, fate, confirmed, check)
    start = time.monotonic()
    held_since: float | None = None
    pause = _FIRST_PAUSE_S
    stream: FeedStream | None = None
    with ExitStack() as closing:
        while not fate.is_settled:
            now = time.monotonic()
            left = wait_s - (now - start)
            if fate.is_held:
                held_since = now if held_since is None else held_since
                left = min(left, _GRACE_S - (now - held_since))
            if left <= 0:
                break
            on_wait(now - start)
            if fate.is_sent and stream is None:
                stream = session.exchange.stream()
                if stream is not None:
                    closing.enter_context(stream)
            if stream is not None and not stream.is_over:
                page = stream.next_page(min(_LONGEST_PAUSE_S, left))
                if page is not None:
                    _take_news(fate, check, *session.exchange.take_page(page))
                continue
            sleep(min(max(pause, asked), left))
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)
            if fate.is_sent:
                _take_news(fate, check, *session.exchange.read_feed())
                asked = session.exchange.feed_pause_s
            else:
                asked = _round(session, fate, confirmed, check)
    return fate


def _take_news(fate: Fate, check: str | None, news: list[FeedItem], failure: Failure | None) -> None:
    fate.take(news, check)
    fate.failure = None if failure is None else failure.name


def _round(session: Session, fate: Fate, confirmed: Confirmed, check: str | None) -> float:
    """How long to leave the server alone after it."""
    done = session.exchange.round()
    _take_round(session, fate, done, confirmed, check)
    return max(session.exchange.next_delay_s(done), session.exchange.feed_pause_s)


def _take_round(session: Session, fate: Fate, done: Exchanged, confirmed: Confirmed, check: str | None) -> None:
    fate.take(done.news, check)
    fate.problem = done.problem
    failures = [*done.report.failures, *([done.feed_failure] if done.feed_failure else [])]
    fate.failure = failures[-1].name if failures else None
    for entry in session.device.outbox.recorded():
        if (entry.log, entry.number) == (confirmed.log, confirmed.number):
            fate.is_sent, fate.outcome, fate.reason = entry.is_acknowledged, entry.outcome, entry.reason


def _members(item: FeedItem) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(bytes(item.data), type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
