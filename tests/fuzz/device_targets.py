"""Readers on the device of what its server, or whoever answers in its place, sends."""

import sqlite3
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx
from fuzz import seeds
from fuzz.target import target
from harness.clinic import NOON, Clinic
from harness.outbox_device import Device, trouble

import checksync as cs
from checksync.encoding import encode
from checksync.outbox import OutboxError
from checksync.transport import Reply
from kazasu_device import Home
from kazasu_device.anchor import KeptAnchor
from kazasu_device.door import parse_fields
from kazasu_device.enrolment import parse_code
from kazasu_device.errors import DeviceError
from kazasu_device.home import DeviceSettings
from kazasu_device.password import Password
from kazasu_device.server import Server, Token

_CLINIC = Clinic()
_TOKEN = Token(token="t", expires_in=60, epoch="e1", anchor="")


def policies() -> list[bytes]:
    return [encode(_CLINIC.policy()), seeds.problems()[1]]


def _answering(octets: bytes) -> Server:
    """A server whose every answer is the input: its first octet says how."""
    how = octets[0] if octets else 0
    status = (200, 200, 200, 401, 409, 422, 500, 503)[how % 8]
    media = ("application/json", "application/problem+json", "text/html", "")[how // 8 % 4]

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": media, "retry-after": "5"} if media else {}
        return httpx.Response(status, headers=headers, content=octets[1:])

    return Server("http://localhost:1", transport=httpx.MockTransport(answer))


def _server_answers() -> list[bytes]:
    token = b'{"token":"t","expires_in":3600,"epoch":"e1","anchor":"' + seeds.anchor().encode() + b'"}'
    enrolled = b'{"device":"d1","facility":"fa","thumbprint":"' + b"A" * 43 + b'","state":"waiting"}'
    signed_in = (
        b'{"duty_pass":"x.y.z","day_key":"' + b"A" * 43 + b'=","staff":{"id":"a1","name":"'
        + seeds.NAME.encode() + b'","roles":[]},"anchor":"a.b.c"}'
    )  # fmt: skip
    return [bytes([0]) + body for body in (token, enrolled, signed_in, *policies(), b'{"nonce":"n"}')]


@target("server's answer", DeviceError, seeds=_server_answers)
def server_answer(octets: bytes) -> object:
    server = _answering(octets)
    key = _CLINIC.key
    try:
        for ask in (
            lambda: server.fetch_certificate(),
            lambda: server.enrol(cs.EnrolmentCode("http://localhost:1", "A" * 22, "-"), "tablet", key),
            lambda: server.fetch_token("d1", "fa", key),
            lambda: server.fetch_token("d1", "fa", key, key.verifying_key),
            lambda: server.sign_in(_TOKEN, "hanako", Password("exercise-password-1")),
        ):
            try:
                repr(ask())
            except DeviceError:
                continue
        return server.fetch_policy(_TOKEN)
    finally:
        server.close()


@target("typed code", DeviceError, seeds=seeds.codes)
def typed_code(octets: bytes) -> object:
    return type(parse_code(octets.decode("utf-8", "replace")))


@target("typed fields", DeviceError, seeds=lambda: ['{"name":"見本　花子","number":"88776655"}'.encode()])
def typed_fields(octets: bytes) -> object:
    return len(parse_fields(octets))


class Anyone:
    """A transport behind which anybody answers: pieces of the input, with a status of its choice."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def _reply(self) -> Reply:
        how = self._octets[0] if self._octets else 0
        status = (200, 200, 200, 409, 409, 413, 422, 429, 500, 502, 503, 401)[how % 12]
        return Reply(status, self._octets[1:], ("5", None, "x")[how // 12 % 3])

    def post_entries(self, log: str, body: bytes) -> Reply:
        return self._reply()

    def post_gap(self, log: str, body: bytes) -> Reply:
        return self._reply()

    def get_feed(self, after: str | None) -> Reply:
        return self._reply()

    def present_life(self) -> str:
        return "e1" * 16


@cache
def _outbox_device() -> tuple[Device, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    return Device(Path(folder.name)), folder


@cache
def _home() -> tuple[Home, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    return Home(Path(folder.name)), folder


def close() -> None:
    """The device's folders are gone."""
    for opened in (_outbox_device, _home):
        if opened.cache_info().currsize:
            opened()[1].cleanup()
            opened.cache_clear()


def _client_answers() -> list[bytes]:
    return [bytes([0]) + body for body in (*seeds.answers(), *seeds.feed_pages())] + [
        bytes([3]) + body for body in seeds.problems()
    ]


@target("sync client", seeds=_client_answers)
def sync_client(octets: bytes) -> object:
    """Whatever answers a push or the feed: nothing is raised, and nothing is taken for acknowledged."""
    device, _ = _outbox_device()
    with device.outbox() as outbox:
        if not outbox.recorded():
            outbox.append(trouble("見本　花子"), NOON)
        client = cs.SyncClient(
            outbox, Anyone(octets), device.server_key.verifying_key, now=lambda: NOON + timedelta(seconds=1),
            chance=lambda: 0.5,
        )  # fmt: skip
        report = client.push()
        assert report.acknowledged == 0
        assert outbox.pending() is not None
        return report.failures, client.next_delay_s(report)


def _outbox_files() -> list[bytes]:
    """An outbox of a few entries; the same with nothing but its first page."""
    with tempfile.TemporaryDirectory() as folder:
        device = Device(Path(folder))
        with device.outbox() as outbox:
            for number in range(3):
                outbox.append(trouble(f"見本　花子 {number}"), NOON)
        connection = sqlite3.connect(device.path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        whole = device.path.read_bytes()
    return [whole, whole[:4096]]


@target("outbox file", OutboxError, seeds=_outbox_files)
def outbox_file(octets: bytes) -> object:
    """Whatever lies where the outbox should be: the person can record all the same, or is told why not, at once."""
    with tempfile.TemporaryDirectory() as folder:
        device = Device(Path(folder))
        device.path.write_bytes(octets)
        with device.outbox() as outbox:
            confirmed = outbox.append(trouble("after that"), NOON)
            assert confirmed.number in [row.number for row in outbox.recorded() if row.log == confirmed.log]
            return outbox.state(), outbox.recorded()


def _device_files() -> list[bytes]:
    kept = KeptAnchor(statement=seeds.anchor(), boot="b", nanoseconds=1)
    settings = DeviceSettings(
        name="tablet", server_url="https://clinic.example", facility="fa" * 16, device="d1", thumbprint="A" * 43
    )
    return [
        bytes([number]) + octets
        for number, octets in enumerate((encode(settings), encode(_CLINIC.policy()), b"", encode(kept)))
    ]


@target("device's files", DeviceError, seeds=_device_files)
def device_files(octets: bytes) -> object:
    """What a device finds in its own folder after a bad disk or a helping hand."""
    home, _ = _home()
    readers = (
        (home.settings_file, home.settings), (home.policy_file, home.policy), (home.key_file, home.signing_key),
        (home.anchor_file, lambda: home.read_if_whole(home.anchor_file, KeptAnchor)),
    )  # fmt: skip
    file, read = readers[(octets[0] if octets else 0) % len(readers)]
    file.write_bytes(octets[1:])
    return read()
