"""The device's standing with its server: token, policy, sign-in; what of it is kept and what never."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from harness.clinic import NOON, Clinic
from harness.device import Tablet

from checksync.key import SigningKey
from checksync.statement import Assertion, sign, verify
from kazasu_device.device import open_device
from kazasu_device.errors import ServerAnswerError, ServerKeyChangedError, ServerProblemError
from kazasu_device.link import Link
from kazasu_device.password import Password
from kazasu_device.server import Server

DAY_KEY = bytes(range(200, 232))
PASSWORD = "fixture-password-4711"


class FakeServer:
    """Answers tokens, policy and sign-in of one clinic."""

    def __init__(self, tablet: Tablet) -> None:
        self.tablet = tablet
        self.clinic = tablet.clinic
        self.policy = tablet.clinic.policy()
        self.duty_pass = self.clinic.duty_pass(tablet.key.thumbprint)
        self.requests: list[str] = []
        self.tokens = 0
        self.refuses = False
        self.answered: str | None = None
        """The assertion that tokens answer to, where it is not the one that asks."""

    def connect(self, url: str, context: Any) -> Server:
        return Server(url, context, httpx.MockTransport(self.answer))

    def link(self) -> Link:
        return Link(self.tablet.home, self.connect, self.tablet.clock.mark)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        body = msgspec.json.decode(request.content) if request.content else {}
        match request.url.path:
            case "/device/nonce":
                return httpx.Response(200, json={"nonce": "n"})
            case "/device/token":
                verify(body["assertion"], Assertion, self.tablet.key.verifying_key)
                self.tokens += 1
                anchor = self.clinic.anchor(
                    NOON + timedelta(seconds=self.tokens), answers=self.answered or body["assertion"]
                )
                return httpx.Response(
                    200,
                    json={"token": f"t{self.tokens}", "expires_in": 60, "epoch": self.clinic.epoch, "anchor": anchor},
                )
            case "/device/policy":
                return httpx.Response(200, content=msgspec.json.encode(self.policy))
            case "/device/sign-in" if self.refuses:
                problem = {"type": "urn:kazasu:problem:sign-in-refused", "detail": body["password"]}
                return httpx.Response(401, json=problem, headers={"content-type": "application/problem+json"})
            case "/device/sign-in":
                assert body == {"login": "hanako", "password": PASSWORD}
                return httpx.Response(
                    200,
                    json={
                        "duty_pass": self.duty_pass,
                        "day_key": base64.b64encode(DAY_KEY).decode(),
                        "staff": {"id": "a1", "name": "看護 花子", "roles": ["visitor"]},
                        "anchor": self.clinic.anchor(NOON + timedelta(minutes=1), 99),
                    },
                )
        return httpx.Response(404)


@pytest.fixture
def fake(tmp_path: Path) -> FakeServer:
    return FakeServer(Tablet(tmp_path / "home"))


def everything_in(home: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_sign_in_keeps_the_pass_and_neither_day_key_nor_password(fake: FakeServer) -> None:
    with fake.link() as link:
        signed_in = link.sign_in("hanako", Password(PASSWORD))
    assert signed_in.day_key == DAY_KEY
    assert DAY_KEY not in repr(signed_in).encode()
    kept = everything_in(fake.tablet.path)
    for secret in (DAY_KEY, base64.b64encode(DAY_KEY), DAY_KEY.hex().encode(), PASSWORD.encode(), b'"t1"'):
        assert secret not in kept
    with open_device(fake.tablet.home) as device:
        acting = device.duty.acting(NOON, "hanako")
        assert acting is not None
        assert (acting.is_valid, acting.name) == (True, "看護 花子")


def test_a_token_is_used_until_shortly_before_its_end(fake: FakeServer) -> None:
    with fake.link() as link:
        assert link.token().token == link.token().token == "t1"
        link.drop_token()
        assert link.token().token == "t2"


def test_a_token_that_answers_another_question_is_none(fake: FakeServer) -> None:
    fake.answered = sign(Assertion(nonce="n", facility=fake.clinic.facility), fake.tablet.key)
    with fake.link() as link, pytest.raises(ServerAnswerError):
        link.token()
    with fake.tablet.open() as device:
        assert device.anchors.seen() is None


def test_the_tokens_anchor_is_kept(fake: FakeServer) -> None:
    with fake.link() as link:
        link.token()
    with fake.tablet.open() as device:
        assert device.anchors.seen() is not None


def test_a_refused_sign_in_repeats_nothing_of_the_password(fake: FakeServer) -> None:
    fake.refuses = True
    with fake.link() as link, pytest.raises(ServerProblemError) as caught:
        link.sign_in("hanako", Password(PASSWORD))
    import traceback

    whole = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "Password(****)" in whole
    assert PASSWORD not in whole


def test_a_pass_for_another_device_is_no_sign_in(fake: FakeServer) -> None:
    fake.duty_pass = fake.clinic.duty_pass(SigningKey.generate().thumbprint)
    with fake.link() as link, pytest.raises(ServerAnswerError):
        link.sign_in("hanako", Password(PASSWORD))


def test_another_server_key_than_enrolments_is_refused(fake: FakeServer) -> None:
    fake.policy = Clinic(facility=fake.clinic.facility).policy()
    before = fake.tablet.home.policy_file.read_bytes()
    with fake.link() as link, pytest.raises(ServerKeyChangedError):
        link.refresh_policy()
    assert fake.tablet.home.policy_file.read_bytes() == before


def test_another_facilitys_policy_is_refused(fake: FakeServer) -> None:
    fake.policy = Clinic(facility="0b" * 16, key=fake.clinic.key).policy()
    with fake.link() as link, pytest.raises(ServerAnswerError):
        link.refresh_policy()


def test_a_password_is_given_out_once_and_shown_never() -> None:
    password = Password(PASSWORD)
    assert PASSWORD not in repr(password) + str(password)
    assert password.take() == PASSWORD
    with pytest.raises(ValueError, match="used"):
        password.take()
