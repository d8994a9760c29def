"""Becoming a clinic's device, against answers written by hand."""

import ssl
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from harness.clinic import root_certificate

from checksync.enrolment import NO_PIN, EnrolmentCode, certificate_pin, new_enrolment_secret
from checksync.key import VerifyingKey
from checksync.statement import Assertion, Enrolment, verify
from kazasu_device.enrolment import enrol, open_server, parse_code, wait_for_confirmation
from kazasu_device.errors import (
    AlreadyEnrolledError,
    DeviceWaitingError,
    EnrolmentCodeNotValidError,
    PinMismatchError,
    ServerAnswerError,
    ServerProblemError,
    ServerUnreachableError,
)
from kazasu_device.home import Home
from kazasu_device.server import Server

URL = "https://clinic.example"
PROBLEM = "application/problem+json"


ROOT = root_certificate()


class FakeServer:
    """Answers as docs/protocol/sync-v1.md section 5 has it; remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.bodies: list[Any] = []
        self.contexts: list[ssl.SSLContext | None] = []
        self.is_confirmed = False
        self.thumbprint: str | None = None
        self.certificate = ROOT.public_bytes(Encoding.PEM)

    def connect(self, url: str, context: ssl.SSLContext | None) -> Server:
        self.contexts.append(context)
        return Server(url, context, httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = msgspec.json.decode(request.content) if request.content else None
        self.bodies.append(body)
        match request.url.path:
            case "/enrolment/certificate":
                return httpx.Response(200, content=self.certificate)
            case "/enrolment":
                self.key = VerifyingKey.from_jwk(body["key"])
                self.enrolment = verify(body["proof"], Enrolment, self.key)
                thumbprint = self.thumbprint or self.key.thumbprint
                return httpx.Response(
                    201, json={"device": "d1", "facility": "fa", "thumbprint": thumbprint, "state": "waiting"}
                )
            case "/device/nonce":
                return httpx.Response(200, json={"nonce": "n-1"})
            case "/device/token" if not self.is_confirmed:
                problem = {"type": "urn:kazasu:problem:device-waiting", "status": 403}
                return httpx.Response(403, json=problem, headers={"content-type": PROBLEM})
            case "/device/token":
                assertion = verify(body["assertion"], Assertion, self.key)
                assert (assertion.nonce, assertion.facility) == ("n-1", "fa")
                return httpx.Response(200, json={"token": "t", "expires_in": 60, "epoch": "e1", "anchor": "a"})
        return httpx.Response(404)


def code(pin: str | None = None) -> EnrolmentCode:
    return EnrolmentCode(URL, new_enrolment_secret(), pin or certificate_pin(ROOT))


def test_the_code_its_key_and_the_pinned_root_are_kept(tmp_path: Path) -> None:
    fake, home = FakeServer(), Home(tmp_path / "home")
    given = code()
    settings = enrol(home, given, "tablet 1", fake.connect)
    assert settings == home.settings()
    assert settings.thumbprint == home.signing_key().thumbprint == fake.key.thumbprint
    assert fake.enrolment.code == given.secret
    assert home.root_file.read_bytes() == ROOT.public_bytes(Encoding.PEM)
    assert given.secret.encode() not in b"".join(file.read_bytes() for file in home.path.iterdir())


def test_nothing_is_sent_before_the_key_is_known_to_be_the_pinned_one(tmp_path: Path) -> None:
    fake = FakeServer()
    fake.certificate = root_certificate().public_bytes(Encoding.PEM)
    with pytest.raises(PinMismatchError):
        enrol(Home(tmp_path), code(), "tablet 1", fake.connect)
    assert [(request.url.path, request.content) for request in fake.requests] == [("/enrolment/certificate", b"")]


def test_after_the_pin_only_that_root_is_trusted(tmp_path: Path) -> None:
    fake = FakeServer()
    enrol(Home(tmp_path), code(), "tablet 1", fake.connect)
    before, after = fake.contexts
    assert before is not None
    assert before.verify_mode is ssl.CERT_NONE
    assert after is not None
    assert (after.verify_mode, after.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert after.cert_store_stats()["x509"] == 1


def test_on_loopback_without_a_pin_no_certificate_is_fetched(tmp_path: Path) -> None:
    fake, home = FakeServer(), Home(tmp_path)
    enrol(home, EnrolmentCode("http://127.0.0.1:8000", new_enrolment_secret(), NO_PIN), "tablet 1", fake.connect)
    assert [request.url.path for request in fake.requests] == ["/enrolment"]
    open_server(home, fake.connect).close()


def test_without_its_root_an_enrolled_device_speaks_to_nobody(tmp_path: Path) -> None:
    fake, home = FakeServer(), Home(tmp_path)
    enrol(home, code(), "tablet 1", fake.connect)
    home.root_file.unlink()
    with pytest.raises(ServerAnswerError):
        open_server(home, fake.connect)


def test_a_server_that_shows_the_administrator_another_thumbprint_is_refused(tmp_path: Path) -> None:
    fake, home = FakeServer(), Home(tmp_path)
    fake.thumbprint = "B" * 43
    with pytest.raises(ServerAnswerError):
        enrol(home, code(), "tablet 1", fake.connect)
    assert not home.is_enrolled


def test_a_broken_attempt_can_be_made_again_with_the_same_key(tmp_path: Path) -> None:
    home = Home(tmp_path)

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    with pytest.raises(ServerUnreachableError):
        enrol(home, code(), "tablet 1", lambda url, trust: Server(url, trust, httpx.MockTransport(refuse)))
    key = home.signing_key().thumbprint
    assert enrol(home, code(), "tablet 1", FakeServer().connect).thumbprint == key


def test_a_device_is_not_enrolled_over_another(tmp_path: Path) -> None:
    home = Home(tmp_path)
    enrol(home, code(), "tablet 1", FakeServer().connect)
    with pytest.raises(AlreadyEnrolledError):
        enrol(home, code(), "tablet 2", FakeServer().connect)


def test_the_confirmation_is_waited_for(tmp_path: Path) -> None:
    fake, home = FakeServer(), Home(tmp_path)
    settings = enrol(home, code(), "tablet 1", fake.connect)
    server = open_server(home, fake.connect)

    def fetch() -> object:
        return server.fetch_token(settings.device, settings.facility, home.signing_key())

    with pytest.raises(DeviceWaitingError) as caught:
        fetch()
    assert caught.value.thumbprint == settings.thumbprint

    def confirm(_: float) -> None:
        fake.is_confirmed = True

    wait_for_confirmation(fetch, 60, confirm)
    fake.is_confirmed = False
    with pytest.raises(DeviceWaitingError):
        wait_for_confirmation(fetch, 0, confirm)


def test_what_is_no_code_is_not_repeated_in_the_error() -> None:
    with pytest.raises(EnrolmentCodeNotValidError) as caught:
        parse_code("KZ1.not-a-code.secret-part.pin")
    assert "secret-part" not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text="<html>Welcome to the hotel's network</html>"), ServerAnswerError),
        (httpx.Response(302, headers={"location": "https://portal.example"}), ServerAnswerError),
        (httpx.Response(502, text="bad gateway"), ServerAnswerError),
        (httpx.Response(403, json={"type": "about:blank"}, headers={"content-type": PROBLEM}), ServerAnswerError),
        (
            httpx.Response(
                429,
                json={"type": "urn:kazasu:problem:too-many-attempts"},
                headers={"content-type": PROBLEM, "retry-after": "7"},
            ),
            ServerProblemError,
        ),
    ],
)
def test_what_is_no_success_is_told_apart(tmp_path: Path, answer: httpx.Response, error: type[Exception]) -> None:
    home = Home(tmp_path)
    settings = enrol(home, code(), "tablet 1", FakeServer().connect)
    server = Server(URL, None, httpx.MockTransport(lambda _: answer))
    with pytest.raises(error) as caught:
        server.fetch_token(settings.device, settings.facility, home.signing_key())
    if isinstance(caught.value, ServerProblemError):
        assert (caught.value.name, caught.value.retry_after_s) == ("too-many-attempts", 7)
