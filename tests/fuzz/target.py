"""What is fuzzed, and what must hold whatever comes: nothing is raised but what is declared, and no error, log line or
repr tells of the patient who stands in the seeds.

A target is a function of octets, registered in `TARGETS` by the modules beside this one; the property-based driver
(test_targets.py) and the coverage-guided one (coverage_guided.py) run the same.
"""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

PATIENT: Final = ("見本　花子", "見本", "ﾐﾎﾝ", "架空県", "19500102", "1950-01-02", "88776655", "123456789018")
"""What seeds hold of a person, and no error may."""

Read = Callable[[bytes], object]
Seeds = Callable[[], Sequence[bytes]]


@dataclass(frozen=True)
class Target:
    """One reader of what a device, a card or a network sent."""

    name: str
    read: Read
    declared: tuple[type[Exception], ...]
    seeds: Seeds


TARGETS: Final[dict[str, Target]] = {}


class LeakError(AssertionError):
    """Something of the patient was found where errors and logs go."""


def target(name: str, *declared: type[Exception], seeds: Seeds) -> Callable[[Read], Read]:
    """Registers a function of octets that may raise what is declared, and nothing else."""

    def register(read: Read) -> Read:
        assert name not in TARGETS, name
        TARGETS[name] = Target(name, read, declared, seeds)
        return read

    return register


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def run(found: Target, octets: bytes) -> None:
    """Runs the target once; raises where it breaks what must hold."""
    heard = _Heard()
    root = logging.getLogger()
    root.addHandler(heard)
    try:
        told = [repr(found.read(octets))]
    except found.declared as error:
        told = _texts(error)
    finally:
        root.removeHandler(heard)
    for text in (*told, *heard.lines):
        leaked = [part for part in PATIENT if part in text]
        if leaked:
            # The part alone: whoever reads the failure sees which field, and the input is kept by the driver.
            raise LeakError(f"{found.name} tells {leaked[0]}")


def _texts(error: BaseException) -> list[str]:
    """Everything that a log, a screen or a bug report could show of an error, the errors behind it included."""
    texts = ["".join(traceback.format_exception(error))]
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr({name: _shown(value) for name, value in vars(one).items()})]
        waiting += [one.__cause__, None if one.__suppress_context__ else one.__context__]
    return texts


def _shown(value: Any) -> str:
    return repr(value)
