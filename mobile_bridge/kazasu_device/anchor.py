"""The last anchor: the server's signed time, and how long ago it came by a clock that nobody can set. No transport."""

from datetime import datetime

from checksync.encoding import Record
from checksync.intent import AnchorSeen
from checksync.key import VerifyingKey
from checksync.statement import Anchor, StatementError, verify
from kazasu_device.clock import Mark, TakeMark, boot_mark
from kazasu_device.home import Home


class KeptAnchor(Record, frozen=True, kw_only=True):
    """An anchor at rest, with the mark of the moment it came."""

    statement: str
    boot: str
    nanoseconds: int


class AnchorKeeper:
    """Keeps the newest anchor of this server for this facility, over restarts of the process.

    After a restart of the machine nothing has measured the time since, and the elapsed time is None.
    """

    def __init__(self, home: Home, server_key: VerifyingKey, facility: str, take_mark: TakeMark = boot_mark) -> None:
        self._home = home
        self._server_key = server_key
        self._facility = facility
        self._take_mark = take_mark

    def keep(self, statement: str) -> bool:
        """Whether the statement was taken: it verifies, is of this facility, and is newer than the one kept."""
        came = self._take_mark()
        anchor = self._verified(statement)
        if anchor is None:
            return False
        with self._home.lock():
            kept = self._kept()
            known = None if kept is None else self._verified(kept.statement)
            # Another epoch is another life of the server's database: its time counts even if it was set back.
            if known is not None and known.epoch == anchor.epoch and anchor.time <= known.time:
                return False
            self._home.write(
                self._home.anchor_file,
                KeptAnchor(statement=statement, boot=came.boot, nanoseconds=came.nanoseconds),
            )
        return True

    def seen(self) -> AnchorSeen | None:
        """What an intent says of it now; None where there was no anchor yet."""
        kept = self._kept()
        if kept is None or self._verified(kept.statement) is None:
            return None
        elapsed = Mark(kept.boot, kept.nanoseconds).milliseconds_until(self._take_mark())
        return AnchorSeen(statement=kept.statement, elapsed_ms=elapsed)

    def last_time(self) -> datetime | None:
        """The server's time in the newest anchor: what the device's own clock can be held against."""
        kept = self._kept()
        anchor = None if kept is None else self._verified(kept.statement)
        return None if anchor is None else anchor.time

    def _kept(self) -> KeptAnchor | None:
        return self._home.read_if_whole(self._home.anchor_file, KeptAnchor)

    def _verified(self, statement: str) -> Anchor | None:
        try:
            anchor = verify(statement, Anchor, self._server_key)
        except StatementError:
            return None
        return anchor if anchor.facility == self._facility else None
