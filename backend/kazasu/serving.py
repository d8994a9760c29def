"""The server's process: TLS, the port, the worker beside it, one ready line, a graceful stop."""

import asyncio
import contextlib
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, cast

import uvicorn

from kazasu.app import asgi, create_app
from kazasu.clock import SystemClock
from kazasu.context import Context
from kazasu.opening import NoHomeError, is_pair, open_facility, renew_own_certificate
from kazasu.run_record import record_path
from kazasu.settings import FILE_NAME, Settings
from kazasu.sync.feed.wake import end_streams

_LOGGER = logging.getLogger("kazasu.serving")
_WORKER_REST_S = 5.0
_WORKERS = ("inquiries.worker", "inquiries.bulk.worker", "declarations.worker")


class PlainHttpRefusedError(Exception):
    """Plain HTTP beyond loopback, and no proxy in front was declared."""


class CertificateNotUsableError(Exception):
    """The TLS certificate and key cannot be read or do not belong together."""


class AlreadyServedError(Exception):
    """Another process serves this home; the embedded database is one process's."""


def refuse_unsafe(settings: Settings) -> None:
    """Raises where this would be served in clear beyond loopback, or with TLS that cannot be spoken."""
    if settings.has_tls:
        if not is_pair(settings.path(settings.tls_certificate), settings.path(settings.tls_key)):
            raise CertificateNotUsableError
    elif not settings.behind_proxy and not _is_loopback(settings.host):
        raise PlainHttpRefusedError


async def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    if not (settings.home / FILE_NAME).exists():
        raise NoHomeError
    renew_own_certificate(settings, SystemClock())
    refuse_unsafe(settings)
    with only_one(settings), _listening(settings) as listener:
        port = listener.getsockname()[1]
        scheme = "https" if settings.has_tls else "http"
        local = f"{scheme}://{_local_host(settings.host)}:{port}"
        async with open_facility(settings, url=settings.public_url or local) as context:
            server = _Server(_config(context), lambda: _announce(settings, local, context))
            stopper = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                stopper.add_signal_handler(number, server.stop)
            async with _worker(context):
                try:
                    await server.serve(sockets=[listener])
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        record_path(settings).unlink()


class _Server(uvicorn.Server):
    """uvicorn's server, with our ready line, and signals that end it instead of the process."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would raise the signal once more afterwards and cut off what has to be closed.
        yield

    def stop(self) -> None:
        """Lets running requests end; the second time, does not wait for them."""
        end_streams()
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(context: Context) -> uvicorn.Config:
    settings = context.settings
    tls: dict[str, Any] = {}
    if settings.has_tls:
        tls = {
            "ssl_certfile": str(settings.path(settings.tls_certificate)),
            "ssl_keyfile": str(settings.path(settings.tls_key)),
        }
    return uvicorn.Config(
        cast(Any, asgi(create_app(context))),
        log_config=None,
        access_log=False,  # it would log paths and queries; kazasu.web.access_log logs neither
        server_header=False,
        lifespan="off",
        proxy_headers=settings.behind_proxy,
        timeout_graceful_shutdown=10,
        **tls,
    )


@asynccontextmanager
async def _worker(context: Context) -> AsyncIterator[None]:
    runs: list[Callable[[Context], Awaitable[None]]] = [import_module(f"kazasu.{room}").run for room in _WORKERS]
    tasks = [asyncio.create_task(_run_for_ever(run, context)) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run_for_ever(run: Callable[[Context], Awaitable[None]], context: Context) -> None:
    # Checks are taken in whether or not anything can be asked: a worker that falls must not take the server along.
    while True:
        try:
            await run(context)
        except Exception as error:
            _LOGGER.error("a worker fell and starts again: %s", type(error).__qualname__)
        await asyncio.sleep(_WORKER_REST_S)


def _announce(settings: Settings, url: str, context: Context) -> None:
    record = record_path(settings)
    record.parent.mkdir(mode=0o700, exist_ok=True)
    draft = record.with_suffix(".new")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid()}), "utf-8")
    draft.replace(record)
    exercise = " (EXERCISE / 訓練)" if context.facility.is_exercise else ""
    print(f"kazasu: ready at {url}{exercise}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """While it runs nobody else serves or restores this home; `AlreadyServedError` where somebody does."""
    if settings.database or os.name != "posix":
        yield
        return
    import fcntl

    folder = settings.home / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServedError from None
        yield


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    with listener:
        # asyncio sets this only on sockets that were made with the protocol's number, which create_server's are not;
        # without it each answer waits some 40 ms for the client's delayed acknowledgement. Accepted sockets inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _local_host(host: str) -> str:
    if host in ("0.0.0.0", "::", "localhost"):  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
