"""The contract of transports, in this process and over real sockets with a road that breaks things."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from contract.transport import NextFault, TransportContract

import checksync as cs
from checksync.direct_transport import DirectServer, DirectTransport, Fault
from checksync.http_transport import HttpTransport
from checksync.transport import DeviceToken, Reply, Transport


class TestDirectTransport(TransportContract):
    @contextmanager
    def road(self, server: DirectServer, device: cs.EnrolledDevice, fault: NextFault) -> Iterator[Transport]:
        yield DirectTransport(server, device, fault)


class TestHttpTransport(TransportContract):
    @contextmanager
    def road(self, server: DirectServer, device: cs.EnrolledDevice, fault: NextFault) -> Iterator[Transport]:
        def token(_: bool) -> DeviceToken:
            return DeviceToken("token", server.epoch)

        with _misbehaving(server, device, fault) as url, HttpTransport(url, token) as transport:
            yield transport

    @pytest.mark.parametrize("status", [502, 504])
    def test_a_proxy_that_answers_for_the_server_is_no_success(self, status: int) -> None:
        reply = Reply(status, b"<html>Bad Gateway</html>")
        with _answering(reply) as url, HttpTransport(url, lambda _: DeviceToken("token", "e1")) as transport:
            assert transport.post_entries("ab", b"{}") == reply


def _misbehaving_handler(
    server: DirectServer, device: cs.EnrolledDevice, fault: NextFault
) -> type[http.server.BaseHTTPRequestHandler]:
    inner = DirectTransport(server, device, lambda: Fault.NONE)
    late: list[Reply] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            log = self.path.split("/")[3]
            call = inner.post_entries if self.path.endswith("/entries") else inner.post_gap
            now = fault()
            if now is Fault.LOSE_REQUEST:
                return self._hang_up()
            if now in {Fault.PORTAL, Fault.BUSY, Fault.FAIL_BEFORE_COMMIT}:
                return self._say(DirectTransport(server, device, lambda: now).post_entries(log, body))
            if now is Fault.REPEAT_REQUEST:
                call(log, body)
            reply = call(log, body)
            late.append(reply)
            if now is Fault.LOSE_ANSWER:
                return self._hang_up()
            if now is Fault.LATE_ANSWER:
                return self._say(late[0])
            self._say(reply, is_cut=now is Fault.CUT_ANSWER)

        def _say(self, reply: Reply, *, is_cut: bool = False) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            if reply.retry_after is not None:
                self.send_header("Retry-After", reply.retry_after)
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if is_cut else reply.body)
            if is_cut:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def _running(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}"
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


@contextmanager
def _misbehaving(server: DirectServer, device: cs.EnrolledDevice, fault: NextFault) -> Iterator[str]:
    with _running(_misbehaving_handler(server, device, fault)) as url:
        yield url


@contextmanager
def _answering(reply: Reply) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    with _running(Handler) as url:
        yield url
