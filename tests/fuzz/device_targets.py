"""Readers on the device of what its server, or whoever answers in its place, sends."""

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
from checksync.transport import Reply
from kazasu_device.door import parse_fields
from kazasu_device.enrolment import parse_code
from kazasu_device.errors import DeviceError
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


@cache
def _outbox_device() -> tuple[Device, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    return Device(Path(folder.name)), folder


def close() -> None:
    """The outbox is gone."""
    if _outbox_device.cache_info().currsize:
        _outbox_device()[1].cleanup()
        _outbox_device.cache_clear()


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
