"""Making this machine a device of a clinic: pin, key, thumbprint, the administrator's confirmation, policy."""

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from checksync.enrolment import NO_PIN, EnrolmentCode, EnrolmentCodeError
from checksync.key import SigningKey
from checksync.trust import pinned_context
from kazasu_device.errors import (
    AlreadyEnrolledError,
    DeviceWaitingError,
    EnrolmentCodeNotValidError,
    ServerAnswerError,
    ServerUnreachableError,
)
from kazasu_device.home import DeviceSettings, Home
from kazasu_device.storage import write_durably
from kazasu_device.tls import context_before_trust, pinned_root

if TYPE_CHECKING:
    from kazasu_device.server import Server

POLL_S: Final = 1.0


def parse_code(text: str) -> EnrolmentCode:
    """`EnrolmentCodeNotValidError`, without what was typed, where it is none."""
    try:
        return EnrolmentCode.parse(text)
    except EnrolmentCodeError:
        pass
    raise EnrolmentCodeNotValidError


Connect = Callable[[str, ssl.SSLContext | None], "Server"]


def connect_server(url: str, context: ssl.SSLContext | None) -> "Server":
    """Loads the HTTP client, which what is only recorded or looked at need not wait for."""
    from kazasu_device.server import Server

    return Server(url, context)


def enrol(home: Home, code: EnrolmentCode, name: str, connect: Connect = connect_server) -> DeviceSettings:
    """Asks the server to take this device; from then on it waits for the administrator's confirmation.

    The key is made before anything is sent and kept whatever happens, so that a broken attempt can be made again.
    """
    home.make()
    with home.lock():
        if home.is_enrolled:
            raise AlreadyEnrolledError
        key = _device_key(home)
        root = _fetch_root(code, connect)
        if root is not None:
            write_durably(home.root_file, root)
        server = connect(code.url, _trust(root))
        try:
            enrolled = server.enrol(code, name, key)
        finally:
            server.close()
        if enrolled.thumbprint != key.thumbprint:
            # The administrator would compare another key's thumbprint with the one on this screen.
            raise ServerAnswerError("enrolment", 200)
        settings = DeviceSettings(
            name=name,
            server_url=code.url,
            facility=enrolled.facility,
            device=enrolled.device,
            thumbprint=key.thumbprint,
        )
        home.write(home.settings_file, settings)
    return settings


def open_server(home: Home, connect: Connect = connect_server) -> "Server":
    """The server of this device, trusted by the root that enrolment pinned."""
    settings = home.settings()
    root = home.root_file.read_bytes() if home.root_file.exists() else None
    if root is None and settings.server_url.startswith("https:"):
        raise ServerAnswerError("certificate")
    return connect(settings.server_url, _trust(root))


def wait_for_confirmation(
    fetch: Callable[[], object], wait_s: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Calls `fetch` until the administrator has confirmed; `DeviceWaitingError` when the time is over."""
    deadline = time.monotonic() + wait_s
    while True:
        with suppress(ServerUnreachableError):
            try:
                fetch()
                return
            except DeviceWaitingError:
                if time.monotonic() >= deadline:
                    raise
        if time.monotonic() >= deadline:
            fetch()
            return
        sleep(POLL_S)


def _device_key(home: Home) -> SigningKey:
    with suppress(FileExistsError):
        SigningKey.generate().save(home.key_file)
    return home.signing_key()


def _fetch_root(code: EnrolmentCode, connect: Connect) -> bytes | None:
    if code.pin == NO_PIN:
        return None
    server = connect(code.url, context_before_trust())
    try:
        return pinned_root(server.fetch_certificate(), code.pin)
    finally:
        server.close()


def _trust(root: bytes | None) -> ssl.SSLContext | None:
    return None if root is None else pinned_context(root)
