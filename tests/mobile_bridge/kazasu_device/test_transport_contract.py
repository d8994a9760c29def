"""The device's own transport, between its client and the server's: the contract of transports holds through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contract.transport import NextFault, TransportContract

import checksync as cs
from checksync.direct_transport import DirectServer, DirectTransport
from checksync.received import ReceivedStore
from checksync.transport import Transport
from kazasu_device import Home
from kazasu_device.exchange import _FromSeen


class TestFromSeen(TransportContract):
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path) -> None:
        self._folder = tmp_path / "home"
        self._folder.mkdir()

    @contextmanager
    def road(self, server: DirectServer, device: cs.EnrolledDevice, fault: NextFault) -> Iterator[Transport]:
        with ReceivedStore(self._folder / "received.db") as store:
            yield _FromSeen(DirectTransport(server, device, fault), Home(self._folder), store)
