"""A really served facility: `kazasu init` and `kazasu serve` as processes, in a folder of its own.

with ServedFacility(folder) as server:
    code = server.device_code()
    server.confirm(device, thumbprint)
    server.office.get("/checks")
"""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

PASSWORD = "exercise-password-1"
ADMINISTRATOR = "administrator"
INSTITUTION_CODES = {"exercise": "9910000018", "live": "1310000011"}
_START_S = 60.0


def program(name: str) -> str:
    """A command of the environment that runs the tests."""
    return str(Path(sys.executable).with_name(name))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class ServedFacility:
    """Made once, started and stopped as often as a test likes; always at the same port."""

    def __init__(
        self,
        folder: Path,
        *,
        mode: str = "exercise",
        kind: str = "medical_institution",
        gateway: str = "simulator",
        tls: str = "make",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = free_port()
        self.scheme = "http" if tls == "none" else "https"
        self.url = f"{self.scheme}://localhost:{self.port}"
        self.log = folder / "server.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KAZASU_")},
            "KAZASU_HOME": str(self.home),
            "KAZASU_GATEWAY": gateway,
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._office: httpx.Client | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.made = json.loads(
            self.cli(
                "init", "--mode", mode, "--name", "訓練クリニック", "--institution-code", INSTITUTION_CODES[mode],
                "--kind", kind, "--login", ADMINISTRATOR, "--password-stdin", "--tls", tls, "--port", str(self.port),
                "--recovery-file", str(folder / "recovery.json"), "--json",
                typed=f"{PASSWORD}\n",
            )
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def cli(self, *arguments: str, typed: str = "") -> str:
        """What the command printed; an AssertionError with its words where it failed."""
        done = subprocess.run(
            [program("kazasu"), *arguments],
            env=self._environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when the server says that it is ready."""
        assert not self.is_running
        record = self.home / "run" / "server.json"
        record.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program("kazasu"), "serve"], env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_S
        while not record.exists():
            assert self._process.poll() is None, self.log.read_text("utf-8")[-4000:]
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.05)

    def stop(self) -> None:
        """As an administrator would; running requests end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._office is not None:
            self._office.close()
            self._office = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    def device_code(self) -> str:
        """An enrolment code (KZ1.…)."""
        code: str = json.loads(self.cli("device-code", "--url", self.url, "--json"))["code"]
        return code

    def confirm(self, device: str, thumbprint: str) -> None:
        self.cli("devices", "confirm", device, "--thumbprint", thumbprint)

    def revoke(self, device: str, reason: str = "lost") -> None:
        self.cli("devices", "revoke", device, "--reason", reason)

    def add_staff(self, login: str, *roles: str, name: str = "訪問 花子") -> None:
        chosen = [part for role in roles or ("visitor",) for part in ("--role", role)]
        self.cli("staff", "add", login, "--name", name, *chosen, "--password-stdin", typed=f"{PASSWORD}\n")

    @property
    def office(self) -> httpx.Client:
        """The API as the administrator, over TLS that trusts the facility's certificate alone."""
        if self._office is None:
            self._office = httpx.Client(base_url=self.url, verify=self._trust(), trust_env=False, timeout=20)
            answer = self._office.post("/office/sign-in", json={"login": ADMINISTRATOR, "password": PASSWORD})
            answer.raise_for_status()
            self._office.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self._office

    def _trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.scheme == "https":
            # Fetched without trust, as a device fetches it before it holds it against its pin.
            unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
            with httpx.Client(verify=unverified, trust_env=False) as client:
                context.load_verify_locations(cadata=client.get(f"{self.url}/enrolment/certificate").text)
        return context

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.office.get(path, params=parameters)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any] | Sequence[Any]) -> Any:
        answer = self.office.post(path, json=body)
        answer.raise_for_status()
        return answer.json()
