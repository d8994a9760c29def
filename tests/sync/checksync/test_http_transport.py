"""The road over HTTP: real sockets and TLS where trust is the question, httpx's own fake elsewhere."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checksync.http_transport import MAX_ANSWER_OCTETS, HttpTransport
from checksync.transport import DeviceToken, Reply, TransportError
from checksync.trust import pinned_context


def _token(is_renewed: bool) -> DeviceToken:
    return DeviceToken("new", "e2") if is_renewed else DeviceToken("old", "e1")


def _over(handler: object) -> HttpTransport:
    return HttpTransport("http://127.0.0.1/base", _token, transport=httpx.MockTransport(handler))  # type: ignore[arg-type]


def test_the_present_life_is_that_of_a_new_token() -> None:
    with _over(lambda request: httpx.Response(500)) as road:
        assert road.present_life() == "e2"


def test_the_three_calls_are_those_of_the_protocol() -> None:
    asked: list[tuple[str, str, str | None, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, str(request.url), request.headers.get("authorization"), request.read()))
        return httpx.Response(200, content=b"{}", headers={"Retry-After": "5"})

    with _over(answer) as road:
        assert road.post_entries("ab", b"body") == Reply(200, b"{}", "5")
        road.post_gap("ab", b"gap")
        road.get_feed(None)
        road.get_feed("e.1&x=2")
    assert asked == [
        ("POST", "http://127.0.0.1/base/sync/logs/ab/entries", "Bearer old", b"body"),
        ("POST", "http://127.0.0.1/base/sync/logs/ab/gaps", "Bearer old", b"gap"),
        ("GET", "http://127.0.0.1/base/sync/feed", "Bearer old", b""),
        ("GET", "http://127.0.0.1/base/sync/feed?after=e.1%26x%3D2", "Bearer old", b""),
    ]


def test_an_expired_token_is_renewed_once_and_the_same_octets_go_again() -> None:
    asked: list[tuple[str | None, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers.get("authorization"), request.read()))
        return httpx.Response(200 if "new" in request.headers["authorization"] else 401)

    with _over(answer) as road:
        assert road.post_entries("ab", b"body").status == 200
    assert asked == [("Bearer old", b"body"), ("Bearer new", b"body")]


def test_a_token_refused_twice_is_told() -> None:
    with _over(lambda _: httpx.Response(401)) as road:
        assert road.get_feed(None).status == 401


def test_a_redirect_is_not_followed() -> None:
    with _over(lambda _: httpx.Response(302, headers={"Location": "https://elsewhere.example/"})) as road:
        assert road.post_entries("ab", b"").status == 302


def test_an_endless_answer_is_cut_off() -> None:
    with _over(lambda _: httpx.Response(200, content=b"x" * (MAX_ANSWER_OCTETS + 1))) as road:
        assert road.get_feed(None) == Reply(200, b"")


@pytest.mark.parametrize(
    ("code", "name"), [(9, "clock-wrong"), (10, "clock-wrong"), (18, "not-trusted"), (20, "not-trusted")]
)
def test_a_certificate_at_the_wrong_time_is_told_from_another_certificate(code: int, name: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        why = ssl.SSLCertVerificationError("certificate verify failed")
        why.verify_code = code
        raise httpx.ConnectError("secret") from why

    with _over(fail) as road, pytest.raises(TransportError) as caught:
        road.post_entries("ab", b"body")
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (httpx.ConnectError("secret"), "no-connection"),
        (httpx.ReadError("secret"), "no-connection"),
        (httpx.RemoteProtocolError("secret"), "no-connection"),
        (httpx.ReadTimeout("secret"), "timeout"),
        (httpx.ConnectTimeout("secret"), "timeout"),
    ],
)
def test_no_answer_is_named_and_nothing_of_the_request_hangs_on_it(error: httpx.HTTPError, name: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with _over(fail) as road, pytest.raises(TransportError) as caught:
        road.post_entries("ab", b"body")
    assert caught.value.name == name
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


class _Authority:
    """A root, and a server certificate by it for 127.0.0.1."""

    def __init__(self, folder: Path, name: str, from_days: int = -1, until_days: int = 1) -> None:
        self._from, self._until = timedelta(days=from_days), timedelta(days=until_days)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = self._certificate(self.name, self.key, is_root=True)
        self.root_pem = root.public_bytes(serialization.Encoding.PEM)
        leaf_key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]), leaf_key, is_root=False
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(
            leaf_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_root: bool) -> x509.Certificate:
        import ipaddress

        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + self._from)
            .not_valid_after(now + self._until)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if not is_root:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(authority: _Authority) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_only_a_server_of_the_pinned_root_is_spoken_to(tmp_path: Path) -> None:
    ours, other = _Authority(tmp_path, "ours"), _Authority(tmp_path, "other")
    with _served(ours) as url:
        with HttpTransport(url, _token, context=pinned_context(ours.root_pem)) as road:
            assert road.get_feed(None) == Reply(200, b"{}")
        for context in (pinned_context(other.root_pem), None):
            with HttpTransport(url, _token, context=context) as road, pytest.raises(TransportError) as caught:
                road.get_feed(None)
            assert caught.value.name == "not-trusted"


def test_a_server_that_is_not_there_is_no_connection() -> None:
    with HttpTransport("http://127.0.0.1:9", _token) as road, pytest.raises(TransportError) as caught:
        road.get_feed(None)
    assert caught.value.name == "no-connection"


@pytest.mark.parametrize(("from_days", "until_days"), [(1, 2), (-3, -1)])
def test_a_server_whose_certificate_is_not_valid_now_is_a_question_of_the_clock(
    tmp_path: Path, from_days: int, until_days: int
) -> None:
    ours = _Authority(tmp_path, "ours", from_days, until_days)
    with (
        _served(ours) as url,
        HttpTransport(url, _token, context=pinned_context(ours.root_pem)) as road,
        pytest.raises(TransportError) as caught,
    ):
        road.get_feed(None)
    assert caught.value.name == "clock-wrong"
