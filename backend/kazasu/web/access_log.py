"""One line a request: method, path template, status, milliseconds. No path, no query, no header, no body.

Wraps the whole application, so that it also sees what no route answered.
"""

import logging
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_LOGGER = logging.getLogger("kazasu.access")


class AccessLog:
    """The ASGI application behind it, with a log line for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        status = 0
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            elapsed_ms = (time.perf_counter() - started) * 1000
            # The template, not the path: a path that no route has may hold anything.
            template = scope.get("path_template") or "(no route)"
            _LOGGER.info("%s %s %d %.1f ms", method, template, status, elapsed_ms)
