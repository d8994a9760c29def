"""Virtual time under one seed: everything that happens is an event, and every process is a task that yields to it.

The real code runs unchanged: it is synchronous, and a task is a greenlet, so that a call which waits for the network
waits here while other devices, the server and the disks go on. Knows nothing of the protocol.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

BEGIN = datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC)


class DeathError(BaseException):
    """The process is gone in the middle of what it did; no handler of ours runs after it in earnest."""


class World:
    """The clock, the queue of events, and chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a seed is what it is for
        self.now_s = 0.0
        self.trace: list[str] = []
        self.happened: Counter[str] = Counter()
        """How often each kind of event came about; the kinds are `plan.EVENTS`."""
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self.hub = getcurrent()

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now_s)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def note(self, text: str) -> None:
        self.trace.append(f"{self.now_s:10.3f} {text}")

    def count(self, event: str, times: int = 1) -> None:
        self.happened[event] += times

    def after(self, delay_s: float, act: Callable[[], object]) -> None:
        heapq.heappush(self._events, (self.now_s + delay_s, next(self._order), act))

    def run(self, until_s: float) -> None:
        """Lets everything happen up to that moment."""
        while self._events and self._events[0][0] <= until_s:
            self.now_s, _, act = heapq.heappop(self._events)
            act()
        self.now_s = max(self.now_s, until_s)


class Task:
    """One process. What it raises, but its own death, ends the whole run."""

    def __init__(self, world: World, act: Callable[["Task"], None]) -> None:
        self.world = world
        self._act = act
        self._greenlet = greenlet(self._live, parent=world.hub)
        self._wait = 0
        self.nudge: Callable[..., None] = lambda: None
        self.is_alive = True
        world.after(0.0, self._greenlet.switch)

    def _live(self) -> None:
        try:
            if self.is_alive:
                self._act(self)
        except DeathError:
            pass
        finally:
            self.is_alive = False

    def sleep(self, delay_s: float) -> None:
        """Until then, or until somebody calls `nudge`."""
        self.nudge = self.waker()
        self.world.after(delay_s, self.nudge)
        self.wait()

    def waker(self) -> Callable[..., None]:
        """Wakes the wait that follows, once, with a value; later calls do nothing."""
        self._wait += 1
        wait = self._wait

        def wake(value: Any = None) -> None:
            if self.is_alive and self._wait == wait:
                self._wait += 1
                self._greenlet.switch(value)

        return wake

    def wait(self) -> Any:
        value = self.world.hub.switch()
        if not self.is_alive:
            raise DeathError
        return value

    def kill(self) -> None:
        """Ends the task where it waits. Not from within itself."""
        if not self.is_alive:
            return
        self.is_alive = False
        self._wait += 1
        if self._greenlet:
            self._greenlet.throw(DeathError())
