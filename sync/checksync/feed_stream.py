"""The feed as it comes, read beside what the device does meanwhile. Imports no HTTP.

Where it ends or never begins (a network that cuts streams, a proxy that keeps them back), the feed is polled.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final, Self

from checksync.deadline import Line
from checksync.transport import TransportError

_BEGIN_S: Final = 30.0
_LONGEST_S: Final = 3600.0
_GOODBYE_S: Final = 5.0


class FeedStream:
    """Reads in a thread of its own from its making until `close`."""

    def __init__(self, pages: Callable[[Line], Iterator[bytes]]) -> None:
        self.is_over = False
        """Whether it broke or ended, and everything that came by it was given."""
        self._pages = pages
        self._line = Line(longest_request_s=_BEGIN_S, longest_answer_s=_LONGEST_S)
        self._came: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._line.end()
        self._thread.join(_GOODBYE_S)

    def next_page(self, within_s: float) -> bytes | None:
        """None where none came in that time, and where none will."""
        if self.is_over:
            return None
        try:
            page = self._came.get(timeout=within_s)
        except queue.Empty:
            return None
        self.is_over = page is None
        return page

    def _read(self) -> None:
        try:
            for page in self._pages(self._line):
                self._came.put(page)
        except TransportError:
            # The next poll meets the same trouble and names it.
            pass
        finally:
            self._came.put(None)
