"""Waking the open streams of this process when a feed item or a revocation was committed; others look every second."""

import asyncio
from weakref import WeakSet

__all__ = ["are_ending", "end_streams", "listen", "wake"]


class _Streams:
    """The streams of this process."""

    def __init__(self) -> None:
        self.listening: WeakSet[asyncio.Event] = WeakSet()
        self.are_ending = False


_STREAMS = _Streams()


def listen() -> asyncio.Event:
    """An event that is set at each wake; forgotten when its holder lets go of it."""
    event = asyncio.Event()
    _STREAMS.listening.add(event)
    return event


def wake() -> None:
    """There may be something to tell. Called in the event loop's thread."""
    for event in list(_STREAMS.listening):
        event.set()


def end_streams() -> None:
    """The server stops: every stream ends now, so that nobody waits for it."""
    _STREAMS.are_ending = True
    wake()


def are_ending() -> bool:
    """Whether the server stops."""
    return _STREAMS.are_ending
