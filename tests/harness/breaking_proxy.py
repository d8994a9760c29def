"""A proxy on loopback that breaks things between a device and its server, one fault a request, as a seed chooses or a
test says.

Plain HTTP/1.1 with content lengths, which is all that our device speaks to a server on loopback.
"""

import contextlib
import http.client
import random
import threading
import time
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
    TOO_MANY = "too_many"
    """429, asked to come back in half a minute."""
    UNAVAILABLE = "unavailable"
    """503, asked to come back in half a minute."""
    REQUEST_LATE = "request_late"
    """The connection ends, and the request goes on to the server when a test lets it, after others."""
    TRICKLE = "trickle"
    """The answer comes octet by octet."""


_BY_CHANCE = [fault for fault in Breakage if fault not in {Breakage.NONE, Breakage.REQUEST_LATE, Breakage.TRICKLE}]
RETRY_AFTER_S = 30

_PAGES = {
    Breakage.PORTAL: (200, "Welcome to our Wi-Fi"),
    Breakage.BAD_GATEWAY: (502, "502 Bad Gateway"),
    Breakage.TOO_MANY: (429, "429 Too Many Requests"),
    Breakage.UNAVAILABLE: (503, "503 Service Unavailable"),
}


_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_Answer = tuple[int, list[tuple[str, str]], bytes]


class BreakingProxy:
    """Started with `with`; `url` is what a device is told."""

    def __init__(self, server_port: int, seed: int, share: float = 0.5) -> None:
        self.server_port = server_port
        self.share = share
        """Of the requests, how many are broken; 0 lets everything through."""
        self.done: Counter[Breakage] = Counter()
        self.largest: int | None = None
        """A request of more octets is answered 413, as proxies do that have a limit of their own."""
        self.trickle_s = 0.2
        self._planned: dict[str, list[Breakage]] = {}
        self._late: list[tuple[str, str, Mapping[str, str], bytes]] = []
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

    def plan(self, path: str, *faults: Breakage) -> None:
        """What happens to the next requests whose path begins so, one after the other."""
        with self._lock:
            self._planned[path] = list(faults)

    def deliver_late(self) -> list[int]:
        """Lets the requests go on that were kept back; what the server answered to nobody."""
        with self._lock:
            late, self._late = self._late, []
        return [self._ask_server(*request)[0] for request in late]

    def _choose(self, path: str) -> Breakage:
        with self._lock:
            fault = Breakage.NONE
            planned = next((faults for start, faults in self._planned.items() if faults and path.startswith(start)), [])
            if planned:
                fault = planned.pop(0)
            elif self._dice.random() < self.share:
                fault = self._dice.choice(_BY_CHANCE)
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
        if self.largest is not None and len(body) > self.largest:
            return self._give(handler, _page(413, "413 Request Entity Too Large"))
        if fault in _PAGES:
            return self._give(handler, _page(*_PAGES[fault]))
        if fault is Breakage.REQUEST_LATE:
            with self._lock:
                self._late.append((handler.command, handler.path, _passed_on(handler.headers), body))
            return self._hang_up(handler)
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
        if fault is Breakage.TRICKLE:
            return self._give(handler, answer, pause_s=self.trickle_s)
        return self._give(handler, answer, is_cut=fault is Breakage.ANSWER_CUT)

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> _Answer:
        return self._ask_server(handler.command, handler.path, _passed_on(handler.headers), body)

    def _ask_server(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def _give(
        self, handler: BaseHTTPRequestHandler, answer: _Answer, *, is_cut: bool = False, pause_s: float = 0.0
    ) -> None:
        status, headers, body = answer
        with contextlib.suppress(OSError):
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            if pause_s:
                for octet in body:
                    handler.wfile.write(bytes([octet]))
                    handler.wfile.flush()
                    time.sleep(pause_s)
            else:
                handler.wfile.write(body[: len(body) // 2] if is_cut else body)
                handler.wfile.flush()
        if is_cut:
            self._hang_up(handler)

    def _hang_up(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}


def _page(status: int, title: str) -> _Answer:
    headers = [("Content-Type", "text/html")]
    if status in {429, 503}:
        headers.append(("Retry-After", str(RETRY_AFTER_S)))
    return status, headers, f"<html>{title}</html>".encode()
