"""Watches a reader while its service restarts, its plug is pulled and cards come and go; always has a state to show.

The loop belongs to this library, since pyscard's stops for good with the service and tells no one. Nothing that a
driver or a listener raises ends it; only `stop` does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from mynacard.connection import ReaderState
from mynacard.errors import NoServiceError, ReaderError
from mynacard.readers.reader import Reader

INTERVAL_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0


class ReaderWatch:
    """A thread that keeps `state` true. `on_change` is called from it, with each new state.

    `find` opens the reader, again whenever it was lost; the open one is `reader`, for connecting to a card.
    """

    def __init__(
        self,
        find: Callable[[], Reader],
        on_change: Callable[[ReaderState], None] | None = None,
        *,
        interval_s: float = INTERVAL_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
    ) -> None:
        self._find = find
        self._on_change = on_change
        self._interval_s = interval_s
        self._longest_pause_s = longest_pause_s
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = ReaderState.NO_SERVICE
        self._has_shown = False
        self._reader: Reader | None = None
        self._failures = 0

    @property
    def state(self) -> ReaderState:
        return self._state

    @property
    def reader(self) -> Reader | None:
        """The open reader, None while there is none."""
        return self._reader

    @property
    def failures(self) -> int:
        """Looks in a row that found no reader or failed; 0 when all is well."""
        return self._failures

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Self:
        if not self.is_running:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="reader-watch", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the thread and lets go of the reader; may be called twice."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def wait_for(self, state: ReaderState, timeout_s: float | None = None) -> bool:
        """Whether the state was reached in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._state is state, timeout_s)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._show(self._look())
            self._stopping.wait(self._pause_s())
        self._let_go()

    def _pause_s(self) -> float:
        # No reader: look again soon, then less and less often, since some services are costly to ask in vain.
        doubled: float = self._interval_s * 2 ** min(self._failures, 10)
        return min(doubled, self._longest_pause_s) if self._failures else self._interval_s

    def _look(self) -> ReaderState:
        try:
            if self._reader is None:
                self._reader = self._find()
            state = self._reader.state()
        except NoServiceError:
            state = ReaderState.NO_SERVICE
        except ReaderError:
            state = ReaderState.NO_READER
        except Exception:
            # A driver's fault is not the watch's end; the reader counts as gone until it answers again.
            state = ReaderState.NO_READER
        if state in (ReaderState.NO_SERVICE, ReaderState.NO_READER):
            self._failures += 1
            self._let_go()
        else:
            self._failures = 0
        return state

    def _let_go(self) -> None:
        reader, self._reader = self._reader, None
        try:
            if reader is not None:
                reader.close()
        except Exception:
            return

    def _show(self, state: ReaderState) -> None:
        with self._changed:
            if state is self._state and self._has_shown:
                return
            self._state, self._has_shown = state, True
            self._changed.notify_all()
        try:
            if self._on_change is not None:
                self._on_change(state)
        except Exception:
            # A listener that fails keeps its own counsel; it is called again with the next change.
            return
