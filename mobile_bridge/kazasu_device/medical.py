"""Medical information on this device: asked of the server for the screen, in memory alone, closed as soon as told.

Never written: not to the store of what was received either. Only somebody who signed in during this run can ask,
because the day key makes the proof. docs/protocol/sync-v1.md section 5.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from checksync.encoding import Identifier, PrivateRecord, Record, Time
from checksync.feed import FeedItem, Say
from checksync.look import look_proof, look_subject
from kazasu_device.errors import SignInNeededError
from kazasu_device.link import SignedInStaff
from kazasu_device.session import Session

__all__ = ["About", "MedicalView", "OpenKind", "Shown", "ask_kinds", "ask_look", "watch"]

WITHDRAWN: Final = "consent_withdrawn"
_LOOK_EVERY_S: Final = 1.0


class Reason(Record, frozen=True, kw_only=True):
    """Why a kind is closed, and the source."""

    reason: str
    say: Say
    cites: str = ""


class OpenKind(Record, frozen=True, kw_only=True):
    """One kind of a check: open, or closed for these reasons."""

    kind: str
    open: bool
    parts: list[str] = msgspec.field(default_factory=list)
    closes_at: Time | None = None
    reasons: list[Reason] = msgspec.field(default_factory=list)


class _Kinds(Record, frozen=True, kw_only=True):
    check: Identifier
    kinds: list[OpenKind]


class Entry(PrivateRecord, frozen=True, kw_only=True):
    """One record: names and values in their order."""

    fields: list[tuple[str, str]]


class Section(PrivateRecord, frozen=True, kw_only=True):
    """The records of one part."""

    part: str
    entries: list[Entry]


class Shown(PrivateRecord, frozen=True, kw_only=True):
    """What may stand on the screen now, until `ask_again_at` at the latest."""

    check: Identifier
    kind: str
    parts: list[str]
    sections: list[Section]
    fetched_at: Time
    simulated: bool
    exercise: str | None = None
    closes_at: Time | None = None
    ask_again_at: Time


class MedicalView:
    """What is on the screen; `shown` is None once it is closed, and why is in `closed_because`."""

    def __init__(self, shown: Shown) -> None:
        self.shown: Shown | None = shown
        self.closed_because: str | None = None
        # The server's times against each other: a device's clock may be wrong.
        self._lasts_s = max(0.0, (shown.ask_again_at - shown.fetched_at).total_seconds())
        self._since = time.monotonic()

    def __repr__(self) -> str:
        return "<MedicalView>"

    def take(self, news: Iterable[FeedItem]) -> None:
        """What the feed brought: any withdrawal closes it, whosever it was; it can be asked for again."""
        if any(item.kind == WITHDRAWN for item in news):
            self.close(WITHDRAWN)

    def pass_time(self) -> None:
        """Closes it when its time is over."""
        if time.monotonic() - self._since >= self._lasts_s:
            self.close("time_over")

    def close(self, because: str) -> None:
        """Lets go of everything; the first reason stands."""
        if self.shown is not None:
            self.shown, self.closed_because = None, because


@dataclass(frozen=True)
class About:
    """A check, or a visit at which no card is touched: then what the patient's earlier consents still open."""

    check: str | None = None
    visit: str | None = None


def ask_kinds(session: Session, staff: SignedInStaff, about: About) -> tuple[str, list[OpenKind]]:
    """The check whose consents count, and which kinds are open for who signed in; errors as of the server."""
    body = _proven(session, staff, about, "")
    found = session.link.server.ask_medical("kinds", session.link.token(), body, _Kinds)
    return found.check, found.kinds


def ask_look(
    session: Session, staff: SignedInStaff, about: About, kind: str, *, since: str = "", until: str = ""
) -> MedicalView:
    """One kind for the screen; `MedicalClosedError` says every reason why not."""
    body = _proven(session, staff, about, kind) | {"kind": kind, "since": since, "until": until}
    return MedicalView(session.link.server.ask_medical("looks", session.link.token(), body, Shown))


def watch(
    session: Session,
    view: MedicalView,
    seconds: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Keeps it open that long at most: a withdrawal, its own end, or a lost connection closes it before."""
    start = now()
    while view.shown is not None and now() - start < seconds:
        news, failure = session.exchange.read_feed()
        view.take(news)
        view.pass_time()
        if failure is not None:
            # Without a connection no withdrawal could be told.
            view.close("no_connection")
        if view.shown is not None:
            sleep(min(_LOOK_EVERY_S, max(0.0, seconds - (now() - start))))
    view.close("watched")


def _proven(session: Session, staff: SignedInStaff, about: About, kind: str) -> dict[str, object]:
    acting = session.device.duty.acting(session.device.now(), staff.login)
    subject = look_subject(check=about.check, visit=about.visit)
    if acting is None or subject is None:
        raise SignInNeededError
    nonce = session.link.server.fetch_nonce()
    proof = look_proof(staff.day_key, duty_pass=acting.pass_id, about=subject, kind=kind, nonce=nonce)
    named = {"check": about.check} if about.visit is None else {"visit": about.visit}
    return {**named, "duty_pass": acting.pass_id, "nonce": nonce, "proof": proof}
