"""What is measured: a system that takes batches of records and says which of them are safe."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import httpx
from benchmarks.ingest.sending import Sent
from harness.server import free_port

BATCH = 100


class System(Protocol):
    """One system, prepared once, measured in several rounds."""

    name: str

    def start(self) -> None: ...

    def prepare(self, batches: int, writers: int) -> None:
        """Makes what the next round sends, outside of its time."""
        ...

    def measure(self) -> list[Sent]:
        """Sends it."""
        ...

    def missing(self, sent: Sequence[Sent]) -> int:
        """How many of the records that were acknowledged are not there, and whether each is there once."""
        ...

    def processes(self) -> list[int]:
        """Whose syncs to count."""
        ...

    def stop(self) -> None: ...


class Server:
    """A server's process, started in a folder and asked until it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, command: Sequence[str], path: str = "/", **environment: str) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "server.log").read_text("utf-8")[-2000:])
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            self._process.wait(30)
            self._process = None


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
