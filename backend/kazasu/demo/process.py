"""Programs of ours as processes: run to the end, or kept while a scene needs them."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PROGRAMS = {"kazasu": "kazasu.cli", "mynacard": "mynacard.cli"}


class ProgramError(Exception):
    """A program ended otherwise than the day needs; carries what it told people."""

    def __init__(self, what: str, told: str) -> None:
        super().__init__(f"{what}\n{told}")
        self.what = what


@dataclass(frozen=True)
class Ended:
    """What a program left: its exit status, the object it printed, what it told people meanwhile."""

    status: int
    printed: dict[str, Any]
    told: str


def _command(program: str, arguments: Sequence[str | Path]) -> list[str]:
    start = f"from {_PROGRAMS[program]} import main; main()"
    return [sys.executable, "-c", start, *map(str, arguments)]


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    # A day must not be steered by settings of the person who plays it.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAZASU_")}
    return kept | dict(extra)


def run(
    program: str,
    *arguments: str | Path,
    typed: str = "",
    expect: Sequence[int] = (0,),
    timeout_s: float = 120,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Runs a program to its end; `typed` is what is given on its standard input. Raises ProgramError."""
    process = start(program, *arguments, environment=environment)
    try:
        out, told = process.communicate(typed, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        _, told = process.communicate()
        raise ProgramError(f"{program} {arguments[0]}: no end within {timeout_s:g} s", told) from None
    what = f"{program} {' '.join(map(str, arguments[:4]))} … ended with {process.returncode}"
    if process.returncode not in expect:
        raise ProgramError(what, told + out)
    try:
        printed = json.loads(out) if out.strip() else {}
    except ValueError:
        raise ProgramError(f"{what} and printed no JSON", told + out) from None
    return Ended(process.returncode, printed, told)


def start(program: str, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The program as a running process with its three streams."""
    return subprocess.Popen(  # noqa: S603 - our own programs, no shell
        _command(program, arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(environment or {}),
    )


class Kept:
    """A program that runs until it is stopped; ready when a line of its standard error begins as told."""

    def __init__(
        self,
        program: str,
        *arguments: str | Path,
        ready: str,
        timeout_s: float = 60,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._what = f"{program} {arguments[0]}"
        self._process = start(program, *arguments, environment=environment)
        self.ready_line = self._wait_for(ready, timeout_s)

    def _wait_for(self, beginning: str, timeout_s: float) -> str:
        told, until = "", time.monotonic() + timeout_s
        stream = self._process.stderr
        if stream is None:
            raise ProgramError(self._what, "no standard error")
        while time.monotonic() < until:
            if not select.select([stream], [], [], 0.1)[0]:
                continue
            line = stream.readline()
            told += line
            if line.startswith(beginning):
                return line.strip()
            if not line and self._process.poll() is not None:
                break
        self.stop()
        raise ProgramError(f"{self._what} did not become ready", told)

    def stop(self) -> None:
        """Asks it to end, and waits; may be called twice."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
