"""The reader that a check is made at. A live facility takes none that simulates a card."""

from collections.abc import Iterator
from contextlib import contextmanager

from kazasu_device.errors import SimulatedReaderRefusedError
from kazasu_device.policy import Policy
from mynacard import Reader, ReaderKind, readers

_SIMULATED = ("emulator", "virtual", "udp")
"""Names of readers in this process, and of nfcpy's test driver. A virtual card behind a PC/SC service cannot be told
from here: its certificate is, by the server, which trusts no test CA in a live facility."""


@contextmanager
def open_reader(policy: Policy, name: str | None) -> Iterator[Reader]:
    """`SimulatedReaderRefusedError` before anything is opened."""
    if not policy.is_exercise and name is not None and name.partition(":")[0] in _SIMULATED:
        raise SimulatedReaderRefusedError
    reader = readers.open_reader(name)
    try:
        if not policy.is_exercise and reader.kind is ReaderKind.VIRTUAL:
            raise SimulatedReaderRefusedError
        yield reader
    finally:
        reader.close()
