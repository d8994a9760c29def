"""A proxy on loopback that breaks things between a device and its server, one fault a request, as a seed chooses.

Plain HTTP/1.1 with content lengths, which is all that our device speaks to a server on loopback.
"""

import contextlib
import http.client
import random
import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Breakage(StrEnum):
    """What happens to one request."""

    NONE = "none"
    REQUEST_LOST = "request_lost"
    """The connection ends before anything went on."""
    ANSWER_LOST = "answer_lost"
    """The server did its work, and nobody hears of it."""
    ANSWER_CUT = "answer_cut"
    REQUEST_REPEATED = "request_repeated"
    """The server gets it twice; the second answer goes back."""
    ANSWER_OF_BEFORE = "answer_of_before"
    """The answer to an earlier request of this path goes back instead."""
    PORTAL = "portal"
    """Somebody else answers: 200, and a page."""
    BAD_GATEWAY = "bad_gateway"


_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_Answer = tuple[int, list[tuple[str, str]], bytes]


class BreakingProxy:
    """Started with `with`; `url` is what a device is told."""

    def __init__(self, server_port: int, seed: int, share: float = 0.5) -> None:
        self.server_port = server_port
        self.share = share
        """Of the requests, how many are broken; 0 lets everything through."""
        self.done: Counter[Breakage] = Counter()
        self._dice = random.Random(seed)  # noqa: S311 - a test's dice
        self._lock = threading.Lock()
        self._before: dict[str, _Answer] = {}
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                proxy._handle(self)

            def do_POST(self) -> None:
                proxy._handle(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is logged: a path may say which log."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A device that was killed leaves its connection; that is what this is for."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self.port = self._http.server_port
        self.url = f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _choose(self, path: str) -> Breakage:
        with self._lock:
            fault = Breakage.NONE
            if self._dice.random() < self.share:
                fault = self._dice.choice([found for found in Breakage if found is not Breakage.NONE])
            if fault is Breakage.ANSWER_OF_BEFORE and path not in self._before:
                fault = Breakage.NONE
            self.done[fault] += 1
            return fault

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        path = handler.path.partition("?")[0]
        fault = self._choose(path)
        if fault is Breakage.REQUEST_LOST:
            return self._hang_up(handler)
        if fault is Breakage.PORTAL:
            return self._give(handler, (200, [("Content-Type", "text/html")], b"<html>Welcome to our Wi-Fi</html>"))
        if fault is Breakage.BAD_GATEWAY:
            return self._give(handler, (502, [("Content-Type", "text/html")], b"<html>502 Bad Gateway</html>"))
        with self._lock:
            before = self._before.get(path)
        try:
            answer = self._forward(handler, body)
            if fault is Breakage.REQUEST_REPEATED:
                answer = self._forward(handler, body)
        except (OSError, http.client.HTTPException):
            return self._hang_up(handler)
        with self._lock:
            self._before[path] = answer
        if fault is Breakage.ANSWER_LOST:
            return self._hang_up(handler)
        if fault is Breakage.ANSWER_OF_BEFORE and before is not None:
            return self._give(handler, before)
        return self._give(handler, answer, is_cut=fault is Breakage.ANSWER_CUT)

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> _Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        try:
            connection.request(handler.command, handler.path, body or None, _passed_on(handler.headers))
            answer = connection.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _give(self, handler: BaseHTTPRequestHandler, answer: _Answer, *, is_cut: bool = False) -> None:
        status, headers, body = answer
        with contextlib.suppress(OSError):
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2] if is_cut else body)
            handler.wfile.flush()
        if is_cut:
            self._hang_up(handler)

    def _hang_up(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}
