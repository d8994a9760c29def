"""An end for one exchange over HTTP: a line that gives an octet now and then never runs into a timeout of its own.

Imports no HTTP client; it is told by the client's trace which connection it is and how far it came.
"""

import socket
import threading
from collections.abc import Mapping
from typing import Any, Final, Self

LONGEST_REQUEST_S: Final = 600.0
"""To connect and to send; a full push at 7 KiB a second. Each pause in it has a shorter end of its own."""

LONGEST_ANSWER_S: Final = 60.0
"""From the last octet of the request to the last of the answer."""


class Line:
    """The connections of one client that does one thing after the other."""

    def __init__(
        self, *, longest_request_s: float = LONGEST_REQUEST_S, longest_answer_s: float = LONGEST_ANSWER_S
    ) -> None:
        self._longest_request_s = longest_request_s
        self._longest_answer_s = longest_answer_s
        self._socket: socket.socket | None = None
        self._is_ended = False

    def exchange(self) -> "Exchange":
        return Exchange(self, self._longest_request_s, self._longest_answer_s)

    def connected(self, stream: Any) -> None:
        found = stream.get_extra_info("socket")
        self._socket = found if isinstance(found, socket.socket) else None
        if self._is_ended:
            self.cut()

    def end(self) -> None:
        """Cuts now, and whatever is still being connected as soon as it is."""
        self._is_ended = True
        self.cut()

    def cut(self) -> None:
        """Ends what waits for this connection in another thread."""
        if self._socket is not None:
            try:
                # Of the socket itself: TLS would want to say goodbye first.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                # It ended by itself meanwhile.
                return


class Exchange:
    """One request and its answer. `is_over`: they took too long, and the connection was cut."""

    def __init__(self, line: Line, longest_request_s: float, longest_answer_s: float) -> None:
        self._line = line
        self._longest_request_s = longest_request_s
        self._longest_answer_s = longest_answer_s
        self._timer: threading.Timer | None = None
        self.is_over = False
        self.was_connected = False
        """Whether there was a connection at all: where none was, nothing depends on how much was to be sent."""

    def __enter__(self) -> Self:
        self._start(self._longest_request_s)
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """The client's `trace` extension."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._line.connected(info["return_value"])
        elif event == "http11.send_request_headers.started":
            self.was_connected = True
        elif event == "http11.send_request_body.complete":
            self._start(self._longest_answer_s)

    def _start(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self.is_over = True
        self._line.cut()
