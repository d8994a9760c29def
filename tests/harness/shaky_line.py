"""A line on loopback between a device and its server: octets are passed on as they are, TLS and all, while it is up; it
comes and goes, and carries no more than it is told.
"""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_SLICE = 2048


class ShakyLine:
    """Started with `with`. While it is down, connections are refused, and those that were there end at once."""

    def __init__(self, server_port: int, *, octets_per_s: int | None = None) -> None:
        self.server_port = server_port
        self.octets_per_s = octets_per_s
        self.is_up = True
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ends.set()
        with contextlib.suppress(OSError):
            # Wakes the thread that waits in it.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listening.join(10)
        self._listener.close()
        self.set_up(False)

    def set_up(self, is_up: bool) -> None:
        self.is_up = is_up
        if not is_up:
            with self._lock:
                ended, self._open = self._open, set()
            for one in ended:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def flicker(self, up_s: float, down_s: float) -> None:
        """Comes and goes from now on, until the end or until somebody calls `steady`."""
        self._flickers = threading.Event()
        threading.Thread(target=self._flicker, args=(self._flickers, up_s, down_s), daemon=True).start()

    def steady(self) -> None:
        self._flickers.set()
        self.set_up(True)

    def _flicker(self, stop: threading.Event, up_s: float, down_s: float) -> None:
        while not stop.is_set() and not self._ends.is_set():
            self.set_up(True)
            stop.wait(up_s)
            if not stop.is_set():
                self.set_up(False)
                stop.wait(down_s)

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self.is_up:
                # As a line that is not there: reset, no goodbye.
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                near.close()
                continue
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.server_port), timeout=10)
            except OSError:
                near.close()
                continue
            threading.Thread(target=self._connect, args=(near, far), daemon=True).start()

    def _connect(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            with self._lock:
                self._open |= {near, far}
            back = threading.Thread(target=self._carry, args=(far, near), daemon=True)
            back.start()
            self._carry(near, far)
            back.join()
            with self._lock:
                self._open -= {near, far}

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(_SLICE):
                target.sendall(octets)
                if self.octets_per_s:
                    time.sleep(len(octets) / self.octets_per_s)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
