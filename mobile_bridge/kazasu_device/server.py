"""The server's calls beside push and feed, typed. The only module here that speaks HTTP.

Tokens live in memory. No error holds what was sent: neither password nor token, code or proof.
"""

import ssl
from collections.abc import Mapping
from typing import Final, TypeVar

import httpx
import msgspec

from checksync.deadline import Line
from checksync.encoding import Identifier, MalformedError, PrivateRecord, Record, Thumbprint, decode
from checksync.enrolment import EnrolmentCode
from checksync.feed import Say
from checksync.key import SigningKey, VerifyingKey
from checksync.statement import Anchor, Assertion, Enrolment, StatementError, fresh_anchor_id, sign, verify
from checksync.trust import why_distrusted
from kazasu_device.errors import (
    ClockWrongError,
    DeviceWaitingError,
    MedicalClosedError,
    ServerAnswerError,
    ServerError,
    ServerNotTrustedError,
    ServerProblemError,
    ServerUnreachableError,
)
from kazasu_device.password import Password
from kazasu_device.policy import Policy

A = TypeVar("A", bound=msgspec.Struct)

PROBLEM: Final = "urn:kazasu:problem:"
TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
MAX_ANSWER_OCTETS: Final = 16 * 1024 * 1024


class _Reason(Record, frozen=True, kw_only=True):
    reason: str
    say: Say


class _Problem(Record, frozen=True, kw_only=True):
    type: str = "about:blank"
    reasons: list[_Reason] = msgspec.field(default_factory=list)


class Enrolled(Record, frozen=True, kw_only=True):
    device: str
    facility: Identifier
    thumbprint: Thumbprint
    state: str


class _Nonce(Record, frozen=True, kw_only=True):
    nonce: str


class Token(PrivateRecord, frozen=True, kw_only=True):
    token: str
    expires_in: int
    epoch: Identifier
    anchor: str


def _is_fresh(token: Token, assertion: str, facility: str, server_key: VerifyingKey) -> bool:
    try:
        anchor = verify(token.anchor, Anchor, server_key)
    except StatementError:
        return False
    return (anchor.id, anchor.epoch, anchor.facility) == (fresh_anchor_id(assertion), token.epoch, facility)


class Staff(Record, frozen=True, kw_only=True):
    id: Identifier
    name: str
    roles: list[str]


class SignedIn(PrivateRecord, frozen=True, kw_only=True):
    duty_pass: str
    day_key: bytes
    staff: Staff
    anchor: str


def _why(error: httpx.TransportError) -> ServerError:
    """A foreign error as ours. Its text is dropped: it may repeat what was sent."""
    match why_distrusted(error):
        case "clock-wrong":
            return ClockWrongError()
        case "not-trusted":
            return ServerNotTrustedError()
    return ServerUnreachableError("timeout" if isinstance(error, httpx.TimeoutException) else "no_connection")


class Server:
    """One server, by URL and trust."""

    def __init__(
        self, url: str, verify: ssl.SSLContext | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`verify` is None only for plain HTTP on loopback, which the enrolment code alone can bring about."""
        self._line = Line()
        self._client = httpx.Client(
            base_url=url,
            # Where TLS is not spoken no context is needed; a default one would read the system's list.
            verify=verify or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        self._client.close()

    def fetch_certificate(self) -> bytes:
        """The PEM that the server shows before it is trusted."""
        return self._ask("certificate", self._client.build_request("GET", "/enrolment/certificate"))

    def enrol(self, code: EnrolmentCode, name: str, key: SigningKey) -> Enrolled:
        proof = sign(Enrolment(code=code.secret, facility=None), key)
        body = {"code": code.secret, "name": name, "key": key.jwk, "proof": proof}
        return self._call("enrolment", "POST", "/enrolment", Enrolled, body=body)

    def fetch_token(self, device: str, facility: str, key: SigningKey, server_key: VerifyingKey | None = None) -> Token:
        """`DeviceWaitingError` until the administrator confirmed this device.

        By `server_key`, which a device has with its first policy, the answer proves to be to this very question: then
        its epoch is the server's present life. `ServerAnswerError` where it does not.
        """
        nonce = self.fetch_nonce()
        assertion = sign(Assertion(nonce=nonce, facility=facility), key)
        body = {"device": device, "assertion": assertion}
        try:
            token = self._call("token", "POST", "/device/token", Token, body=body)
        except ServerProblemError as problem:
            if problem.name != "device-waiting":
                raise
        else:
            if server_key is None or _is_fresh(token, assertion, facility, server_key):
                return token
            raise ServerAnswerError("token", 200)
        raise DeviceWaitingError(key.thumbprint)

    def fetch_policy(self, token: Token) -> Policy:
        return self._call("policy", "GET", "/device/policy", Policy, token=token)

    def sign_in(self, token: Token, login: str, password: Password) -> SignedIn:
        # The password stands in no variable here, so that no traceback with local variables shows it.
        request = self._client.build_request(
            "POST",
            "/device/sign-in",
            content=msgspec.json.encode({"login": login, "password": password.take()}),
            headers={**_authorised(token), "Content-Type": "application/json"},
        )
        return _decoded("sign-in", self._ask("sign-in", request), SignedIn)

    def fetch_nonce(self) -> str:
        """One that is good for a minute, once."""
        return self._call("nonce", "POST", "/device/nonce", _Nonce).nonce

    def ask_medical(self, what: str, token: Token, body: Mapping[str, object], form: type[A]) -> A:
        """`kinds` or `looks`; `MedicalClosedError` with the server's reasons. What comes is for the screen alone."""
        return self._call("medical", "POST", f"/device/medical/{what}", form, body=body, token=token)

    def _call(
        self,
        call: str,
        method: str,
        path: str,
        form: type[A],
        *,
        body: Mapping[str, object] | None = None,
        token: Token | None = None,
    ) -> A:
        request = self._client.build_request(
            method, path, json=None if body is None else dict(body), headers=_authorised(token)
        )
        return _decoded(call, self._ask(call, request), form)

    def _ask(self, call: str, request: httpx.Request) -> bytes:
        failure: ServerError
        exchange = self._line.exchange()
        request.extensions["trace"] = exchange.trace
        try:
            with exchange:
                response = self._client.send(request)
        except httpx.TransportError as error:
            failure = ServerUnreachableError("timeout") if exchange.is_over else _why(error)
        except httpx.HTTPError:
            failure = ServerAnswerError(call)
        else:
            if response.status_code in {200, 201} and len(response.content) <= MAX_ANSWER_OCTETS:
                return response.content
            failure = _refusal(call, response)
            del response
        # Raised outside, so that no foreign error with the request in its frames hangs on ours.
        del request
        raise failure


def _authorised(token: Token | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token.token}"}


def _decoded(call: str, octets: bytes, form: type[A]) -> A:
    try:
        return decode(octets, form, call)
    except MalformedError:
        pass
    raise ServerAnswerError(call, 200)


def _refusal(call: str, response: httpx.Response) -> ServerError:
    if response.headers.get("content-type", "").split(";")[0].strip() == "application/problem+json":
        try:
            problem = decode(response.content, _Problem, "problem")
        except MalformedError:
            return ServerAnswerError(call, response.status_code)
        if problem.type.startswith(PROBLEM):
            name = problem.type.removeprefix(PROBLEM)
            if name == "medical-information-closed":
                return MedicalClosedError([(why.reason, why.say.ja, why.say.en) for why in problem.reasons])
            return ServerProblemError(name, response.status_code, _seconds(response.headers.get("retry-after")))
    return ServerAnswerError(call, response.status_code)


def _seconds(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
