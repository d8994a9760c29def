"""The served process: TLS that only the pinned CA vouches for, a ready line, a graceful stop, what it refuses."""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from harness.office import PASSWORD

import checksync as cs

pytestmark = pytest.mark.slow

KAZASU = [sys.executable, "-m", "kazasu.cli"]


def kazasu(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*KAZASU, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=120)


def init(home: Path, tls: str = "make", *options: str) -> None:
    made = kazasu(
        "init", "--home", str(home), "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "medical_institution", "--login", "admin", "--password-stdin", "--tls", tls, "--port", "0",
        *options, stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr


class Served:
    def __init__(self, process: subprocess.Popen[str], home: Path, first_lines: list[str]) -> None:
        self.process = process
        self.home = home
        self.first_lines = first_lines

    @property
    def record(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.home / "run" / "server.json").read_text())
        return found

    @property
    def url(self) -> str:
        return str(self.record["url"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def served(home: Path, *options: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [*KAZASU, "serve", "--home", str(home), "--host", "127.0.0.1", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KAZASU_HOME": ""},
    )
    assert process.stderr is not None
    lines: list[str] = []
    try:
        for line in process.stderr:
            lines.append(line)
            if "ready at" in line:
                break
        else:
            raise AssertionError("".join(lines))
        yield Served(process, home, lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("facility") / "home"
    init(folder)
    return folder


def pinned(pem: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem.decode())
    return context


def test_a_device_reaches_the_server_over_tls_by_its_enrolment_code_alone(home: Path) -> None:
    with served(home, "--port", "0") as server:
        assert re.search(r"kazasu: ready at https://127\.0\.0\.1:\d+ \(EXERCISE / 訓練\)", server.first_lines[-1])
        assert server.record["pid"] == server.process.pid
        code = cs.EnrolmentCode.parse(kazasu("device-code", "--home", str(home)).stdout.strip())
        assert code.url == server.url
        # The one request made before trust.
        pem = httpx.get(f"{code.url}/enrolment/certificate", verify=False).content  # noqa: S501
        assert cs.certificate_pin(x509.load_pem_x509_certificate(pem)) == code.pin
        with httpx.Client(base_url=code.url, verify=pinned(pem)) as client:
            assert client.get("/health").json() == {"status": "ok", "mode": "exercise"}
            key = cs.SigningKey.generate()
            proof = cs.sign(cs.Enrolment(code=code.secret), key)
            body = {"code": code.secret, "name": "x", "key": key.jwk, "proof": proof}
            device = client.post("/enrolment", json=body).json()["device"]
            confirmed = kazasu("devices", "confirm", device, "--home", str(home), "--thumbprint", key.thumbprint)
            assert confirmed.stdout.strip() == "confirmed", confirmed.stderr
            nonce = client.post("/device/nonce").json()["nonce"]
            facility = client.post("/enrolment", json=body).json()["facility"]
            assertion = cs.sign(cs.Assertion(nonce=nonce, facility=facility), key)
            token = client.post("/device/token", json={"device": device, "assertion": assertion}).json()["token"]
            policy = client.get("/device/policy", headers={"Authorization": f"Bearer {token}"}).json()
            assert (policy["facility"]["mode"], len(policy["sealing_keys"])) == ("exercise", 1)
            assert "home_consent" in policy["check_types"]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{code.url}/health")  # the system's list does not vouch for it
        assert server.stop() == 0
    assert not (home / "run" / "server.json").exists()


def test_an_interrupted_server_stops_cleanly_and_starts_again(home: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with served(home, "--port", "0") as server:
            assert server.stop(number) == 0


def test_a_second_server_on_the_same_home_is_refused(home: Path) -> None:
    with served(home, "--port", "0"):
        second = kazasu("serve", "--home", str(home), "--port", "0")
        assert second.returncode == 1
        assert "running already" in second.stderr


def test_a_server_that_was_killed_leaves_nothing_in_the_way(home: Path) -> None:
    with served(home, "--port", "0") as server:
        server.process.kill()
        server.process.wait()
    with served(home, "--port", "0") as server:
        assert server.stop() == 0


def test_plain_http_is_served_on_loopback(tmp_path: Path) -> None:
    init(tmp_path / "home", "none")
    with served(tmp_path / "home", "--port", "0") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{server.url}/health").status_code == 200
        refused = httpx.get(f"{server.url}/enrolment/certificate")
        assert refused.json()["type"] == "urn:kazasu:problem:not-found"


def test_a_certificate_given_is_served_and_pinned_itself(home: Path, tmp_path: Path) -> None:
    keys = home / "keys"
    options = ["--certificate", str(keys / "tls.crt"), "--key", str(keys / "tls.pem")]
    init(tmp_path / "home", "given", *options)
    with served(tmp_path / "home", "--port", "0") as server:
        code = cs.EnrolmentCode.parse(kazasu("device-code", "--home", str(tmp_path / "home")).stdout.strip())
        leaf = x509.load_pem_x509_certificates((keys / "tls.crt").read_bytes())[0]
        assert code.pin == cs.certificate_pin(leaf)
        pem = httpx.get(f"{server.url}/enrolment/certificate", verify=False).content  # noqa: S501
        assert x509.load_pem_x509_certificates(pem) == [leaf]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda home: (home / "keys" / "tls.pem").write_text("no key"), "do not belong together"),
        (lambda home: (home / "keys" / "server.pem").chmod(0o644), "chmod 600"),
        (lambda home: (home / "kazasu.db").write_bytes(b"no database" * 1000), ""),
    ],
)
def test_a_server_that_cannot_be_safe_does_not_start(
    tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    init(tmp_path / "home")
    spoil(tmp_path / "home")
    refused = kazasu("serve", "--home", str(tmp_path / "home"), "--port", "0", "--host", "127.0.0.1")
    assert refused.returncode == 1
    assert words in refused.stderr
    assert "ready" not in refused.stderr


def test_a_push_acknowledged_before_the_server_was_killed_is_there_afterwards(tmp_path: Path) -> None:
    """Invariant 1, with a real process and SIGKILL right after the answer."""
    from harness.device_log import DeviceLog

    home = tmp_path / "home"
    init(home, "none")
    with served(home, "--port", "0") as server:
        key = cs.SigningKey.generate()
        code = cs.EnrolmentCode.parse(kazasu("device-code", "--home", str(home)).stdout.strip())
        with httpx.Client(base_url=server.url) as client:
            proof = cs.sign(cs.Enrolment(code=code.secret), key)
            body = {"code": code.secret, "name": "x", "key": key.jwk, "proof": proof}
            enrolled = client.post("/enrolment", json=body).json()
            kazasu("devices", "confirm", enrolled["device"], "--home", str(home), "--thumbprint", key.thumbprint)

            def headers(client: httpx.Client) -> dict[str, str]:
                nonce = client.post("/device/nonce").json()["nonce"]
                assertion = cs.sign(cs.Assertion(nonce=nonce, facility=enrolled["facility"]), key)
                answer = client.post("/device/token", json={"device": enrolled["device"], "assertion": assertion})
                return {"Authorization": f"Bearer {answer.json()['token']}"}

            log = DeviceLog(key, enrolled["facility"])
            log.record(*"abcdefgh")
            answer = client.post(f"/sync/logs/{log.log}/entries", content=log.push(), headers=headers(client))
            server.process.kill()
            assert answer.status_code == 200, answer.text
            outcomes = cs.decode_push_answer(answer.content).outcomes
            assert [entry.outcome for entry in outcomes] == ["held"] * 8  # sealed to nobody: held, not lost
    with served(home, "--port", "0") as server, httpx.Client(base_url=server.url) as client:
        again = client.post(f"/sync/logs/{log.log}/entries", content=log.push(), headers=headers(client))
        outcomes = cs.decode_push_answer(again.content).outcomes
        assert [entry.outcome for entry in outcomes] == ["already_had"] * 8
