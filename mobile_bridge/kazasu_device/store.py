"""Opening the store of what was received, so that no fault of it ever keeps a check from being recorded.

It holds nothing that the server could not give again, but for a draft that the next touch would have finished.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from checksync.outbox import OutboxBusyError, OutboxDamagedError, OutboxError
from checksync.received import ReceivedStore
from kazasu_device.home import Home

_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.1


@contextmanager
def open_store(home: Home) -> Iterator[ReceivedStore]:
    """The device's store; a damaged one is made anew, and where none can be had one for this run alone is given."""
    store = _opened(home.received_file)
    if store is not None:
        with store:
            yield store
        return
    # Ciphertext only, as the other; gone with this run.
    with tempfile.TemporaryDirectory() as folder, ReceivedStore(Path(folder) / "received.db") as store:
        yield store


def _opened(path: Path) -> ReceivedStore | None:
    for _ in range(_ATTEMPTS):
        try:
            return ReceivedStore(path)
        except OutboxBusyError:
            # Another process makes or opens it this very moment.
            time.sleep(_PAUSE_S)
        except OutboxDamagedError:
            _remove(path)
        except (OutboxError, OSError):
            return None
    return None


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
