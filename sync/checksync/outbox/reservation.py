"""Holding the log for one touch, so that two processes on one outbox do not outdate each other's intents.

An intent names the log's last hash. Whoever has fixed one holds this lock until the check is recorded, dropped, or a
time is over; whoever else wants to record waits meanwhile. The operating system lets go when the holder dies. Nothing
but patience depends on the lock: that an intent still fits is checked in the transaction that records it.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from checksync.outbox.database import translated_errors
from checksync.outbox.error import LogReservedError

_PAUSE_S: Final = 0.02

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Reservation:
    """Held from its making until `release`, or until its time is over."""

    def __init__(self, path: Path, *, patience_s: float, longest_s: float | None) -> None:
        """`LogReservedError` when others hold it for longer than `patience_s`.

        None for `longest_s`: no end by itself.
        """
        deadline = time.monotonic() + patience_s
        with translated_errors():
            self._file = path.open("ab")
        try:
            while not _take(self._file):
                if time.monotonic() >= deadline:
                    raise LogReservedError
                time.sleep(_PAUSE_S)
        except BaseException:
            self._file.close()
            raise
        self._end: threading.Timer | None = None
        if longest_s is not None:
            # A dialogue that someone left open must not keep other lanes from recording.
            self._end = threading.Timer(longest_s, self._file.close)
            self._end.daemon = True
            self._end.start()

    @property
    def is_held(self) -> bool:
        return not self._file.closed

    def release(self) -> None:
        """Closing the file lets go; once is enough, more does no harm."""
        if self._end is not None:
            self._end.cancel()
        self._file.close()


class Lane:
    """One lane's turns at the log: the touch for which it is held, and moments alone beside or within one."""

    def __init__(self, path: Path, *, patience_s: float, longest_touch_s: float) -> None:
        self._path = path
        self._patience_s = patience_s
        self._longest_touch_s = longest_touch_s
        self._touch: Reservation | None = None
        self._check: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether a touch holds the log now."""
        return self._touch is not None and self._touch.is_held

    def begin_touch(self) -> None:
        """Holds the log for a touch; one that this lane began before is given up. `LogReservedError` while another
        lane's lasts.
        """
        self.end_touch()
        self._touch = Reservation(self._path, patience_s=self._patience_s, longest_s=self._longest_touch_s)

    def name_touch(self, check: str) -> None:
        self._check = check

    def end_touch(self, check: str | None = None) -> None:
        """Lets go of the log; with `check` only if it is that check's touch which holds it."""
        if check is not None and check != self._check:
            return
        if self._touch is not None:
            self._touch.release()
        self._touch = self._check = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For the block no other lane records."""
        if self.is_held:
            yield
            return
        reservation = Reservation(self._path, patience_s=self._patience_s, longest_s=None)
        try:
            yield
        finally:
            reservation.release()
