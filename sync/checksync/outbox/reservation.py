"""Holding the log for one touch, so that two processes on one outbox do not outdate each other's intents.

An intent names the log's last hash. Whoever has fixed one holds this lock until the check is recorded, dropped, or a
time is over; whoever else wants to record waits meanwhile. The operating system lets go when the holder dies. Nothing
but patience depends on the lock: that an intent still fits is checked in the transaction that records it.
"""

import sys
import threading
import time
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
