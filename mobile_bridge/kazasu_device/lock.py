"""One lock for the device's directory, between processes. Imports nothing of ours but the errors.

The operating system lets go of it when its holder dies, however that happens.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from kazasu_device.errors import HomeBusyError

_PAUSE_S: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def locked(path: Path, wait_s: float = 10.0) -> Iterator[None]:
    """Holds the lock for the block; `HomeBusyError` after waiting in vain."""
    deadline = time.monotonic() + wait_s
    with path.open("ab") as file:
        while not _try(file):
            if time.monotonic() >= deadline:
                raise HomeBusyError
            time.sleep(_PAUSE_S)
        # Closing the file lets go.
        yield
