"""Waiting for a card on a reader. Knows no card command."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from kazasu_device.errors import CardNotShownError
from mynacard import CardConnection, CardSession, NoCardError, NoReaderError, NoServiceError, Reader, ReaderError
from mynacard.errors import TransportError

_PAUSE_S: Final = 0.1


class Presence:
    """Gives sessions with whatever card is held to one reader, waiting for it a limited time each."""

    def __init__(self, reader: Reader, within_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._reader = reader
        self._within_s = within_s
        self._sleep = sleep
        self._was_there = False

    @contextmanager
    def session(self, on_wait: Callable[[], None] = lambda: None) -> Iterator[CardSession]:
        """A session with the card that is there or comes in time; `on_wait` is called once if none is there yet.

        Raises CardNotShownError when the time is over. A reader or a service that was there and went away may come
        back within the time as well; one that never was is told at once.
        """
        with CardSession(self._connect(on_wait)) as session:
            self._was_there = True
            yield session

    def _connect(self, on_wait: Callable[[], None]) -> CardConnection:
        deadline = time.monotonic() + self._within_s
        has_waited = False
        while True:
            problem: ReaderError | TransportError
            try:
                return self._reader.connect()
            except (NoServiceError, NoReaderError) as error:
                if not self._was_there:
                    raise
                problem = error
            except (ReaderError, TransportError) as error:
                problem = error
            if not has_waited:
                on_wait()
                has_waited = True
            if time.monotonic() >= deadline:
                if isinstance(problem, NoCardError):
                    raise CardNotShownError(int(self._within_s))
                raise problem
            self._sleep(_PAUSE_S)
