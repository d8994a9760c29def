"""The transport over HTTPS, trusting the facility's own root and nothing else.

The only module of the package that speaks HTTP.
"""

import ssl
from collections.abc import Iterator
from typing import Final, Self

import httpx
from httpx_sse import connect_sse

from checksync.deadline import Line
from checksync.transport import Reply, TokenSource, TransportError
from checksync.trust import why_distrusted

TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
_STREAM_TIMEOUT: Final = httpx.Timeout(40.0, connect=5.0)
"""The server shows every 15 seconds that the line is alive."""

MAX_ANSWER_OCTETS: Final = 16 * 1024 * 1024


class HttpTransport:
    """One server. Redirects are not followed: an entry goes where the enrolment code said, or nowhere."""

    def __init__(
        self,
        url: str,
        token: TokenSource,
        *,
        context: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
        line: Line | None = None,
    ) -> None:
        """`context` is None only for plain HTTP on loopback, which the enrolment code alone can bring about."""
        self._token = token
        self._line = line or Line()
        self._client = httpx.Client(
            base_url=url,
            # A context without any root where TLS is not spoken: it can trust nobody by accident.
            verify=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def post_entries(self, log: str, body: bytes) -> Reply:
        return self._ask("POST", f"/sync/logs/{log}/entries", body)

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._ask("POST", f"/sync/logs/{log}/gaps", body)

    def get_feed(self, after: str | None) -> Reply:
        return self._ask("GET", "/sync/feed", None, {} if after is None else {"after": after})

    def present_life(self) -> str:
        return self._token(True).epoch

    def stream_feed(self, after: str | None, line: Line) -> Iterator[bytes]:
        """Pages of the feed as they come, until the server ends the stream. `TransportError` where it breaks, and
        where whatever answers gives none.
        """
        exchange = line.exchange()
        try:
            with (
                exchange,
                connect_sse(
                    self._client,
                    "GET",
                    "/sync/feed/stream",
                    params={} if after is None else {"after": after},
                    headers={"Authorization": f"Bearer {self._token(False).token}"},
                    timeout=_STREAM_TIMEOUT,
                    extensions={"trace": exchange.trace},
                ) as source,
            ):
                if source.response.status_code == 200:
                    for event in source.iter_sse():
                        if event.event == "end":
                            break
                        if event.event == "page":
                            yield event.data.encode()
                return
        except httpx.HTTPError as error:
            failure = TransportError(why_distrusted(error) or "no-connection", is_cut=exchange.was_connected)
        raise failure

    def _ask(self, method: str, path: str, body: bytes | None, parameters: dict[str, str] | None = None) -> Reply:
        reply = self._send(method, path, body, parameters, self._token(False).token)
        if reply.status == 401:
            # Sending again is harmless, and a token that ran out is no reason to wait.
            reply = self._send(method, path, body, parameters, self._token(True).token)
        return reply

    def _send(self, method: str, path: str, body: bytes | None, parameters: dict[str, str] | None, token: str) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, application/problem+json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        exchange = self._line.exchange()
        try:
            with (
                exchange,
                self._client.stream(
                    method, path, content=body, params=parameters, headers=headers, extensions={"trace": exchange.trace}
                ) as response,
            ):
                content = b""
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_OCTETS:
                        # No answer of ours is so long; what came will not verify.
                        content = b""
                        break
                return Reply(response.status_code, content, response.headers.get("retry-after"))
        except httpx.TimeoutException:
            failure = TransportError("timeout", is_cut=exchange.was_connected)
        except httpx.HTTPError as error:
            name = "timeout" if exchange.is_over else why_distrusted(error) or "no-connection"
            failure = TransportError(name, is_cut=exchange.was_connected)
        # Raised outside, so that no foreign error with request or token in its frames hangs on ours.
        raise failure
