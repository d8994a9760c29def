"""A virtual card as a process of its own, which nfcpy reads over UDP."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def card_over_udp(*options: str) -> Iterator[str]:
    """`mynacard emulate` with these options; gives the reader's name."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mynacard.cli", "emulate", "--udp", "127.0.0.1:0", *options],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        ready = process.stderr.readline()
        assert ready.startswith("ready: "), ready
        yield ready.split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert process.returncode == 0
