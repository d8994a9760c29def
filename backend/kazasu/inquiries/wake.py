"""Waking the workers of this process when an inquiry was committed; another process finds it at its next look."""

import asyncio
from weakref import WeakSet

__all__ = ["listen", "wake"]

_LISTENING: "WeakSet[asyncio.Event]" = WeakSet()


def listen() -> asyncio.Event:
    """An event that is set at each wake; the caller clears it, and is forgotten when it lets go of it."""
    event = asyncio.Event()
    _LISTENING.add(event)
    return event


def wake() -> None:
    """There is something to ask. Called in the event loop's thread."""
    for event in list(_LISTENING):
        event.set()
