"""Writers as processes of their own: each sends its bodies one after the other over one connection that is kept."""

import http.client
import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PROCESSES = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Load:
    """What one writer sends, and where."""

    port: int
    path: str
    bodies: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """One writer's run. Times are of the monotonic clock, which processes share."""

    began: float
    ended: float
    seconds: Sequence[float]
    """Of each body, from the first octet sent to the last one read."""
    statuses: Sequence[int]
    acknowledged: Sequence[Any]
    """What `told` made of each answer."""


def send_all(loads: Sequence[Load], told: Callable[[bytes, bytes], Any]) -> list[Sent]:
    """All writers at once; `told` is given body and answer, in the writer, after its clock stopped."""
    ready = _PROCESSES.Barrier(len(loads))
    results = _PROCESSES.SimpleQueue()
    processes = [_PROCESSES.Process(target=_send, args=(load, told, ready, results)) for load in loads]
    for process in processes:
        process.start()
    sent = [results.get() for _ in processes]
    for process in processes:
        process.join()
    failed = [found for found in sent if isinstance(found, str)]
    if failed:
        raise RuntimeError(failed[0])
    return sent


def rate(sent: Sequence[Sent], records: int) -> float:
    """Records a second, of all writers together."""
    return records / (max(one.ended for one in sent) - min(one.began for one in sent))


def _send(load: Load, told: Callable[[bytes, bytes], Any], ready: Any, results: Any) -> None:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=300)
        connection.connect()
        headers = {"Content-Type": "application/json", **load.headers}
        seconds, statuses, answers = [], [], []
        ready.wait()
        began = time.monotonic()
        for body in load.bodies:
            sending = time.monotonic()
            connection.request("POST", load.path, body, headers)
            answer = connection.getresponse()
            answers.append(answer.read())
            seconds.append(time.monotonic() - sending)
            statuses.append(answer.status)
        ended = time.monotonic()
        results.put(
            Sent(
                began,
                ended,
                seconds,
                statuses,
                [told(body, answer) for body, answer in zip(load.bodies, answers, strict=True)],
            )
        )
    except Exception as error:  # told to the parent, which waits for one answer a writer
        ready.abort()
        results.put(f"{type(error).__name__}: {error}")
