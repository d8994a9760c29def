"""Kinto's `/batch` on PostgreSQL with batches of 100; installed by pip into an environment of its own."""

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
from benchmarks.ingest.bound import record_text
from benchmarks.ingest.sending import Load, Sent, send_all
from benchmarks.ingest.system import BATCH, Server

_CREDENTIALS = {"Authorization": "Basic YmVuY2g6YmVuY2g="}
_SETTINGS = """
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 4

[app:main]
use = egg:kinto
kinto.userid_hmac_secret = bench
multiauth.policies = basicauth
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {database}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {database}
kinto.cache_backend = kinto.core.cache.memory
kinto.bucket_create_principals = system.Authenticated
kinto.batch_max_requests = 101
"""


class Kinto:
    """Records of 1.5 KiB."""

    name = "Kinto /batch on PostgreSQL"

    def __init__(self, folder: Path, environment: Path, database: str) -> None:
        self._server = Server(folder)
        self._environment = environment
        self._database = database
        self._loads: list[Load] = []

    def start(self) -> None:
        install(self._environment)
        settings = self._server.folder / "kinto.ini"
        settings.write_text(_SETTINGS.format(port=self._server.port, database=self._database))
        program = str(self._environment / "bin" / "kinto")
        subprocess.run([program, "migrate", "--ini", str(settings)], check=True, capture_output=True)
        self._server.start([program, "start", "--ini", str(settings)], "/v1/")
        for path in ("/buckets/bench", "/buckets/bench/collections/checks"):
            self._ask("PUT", path).raise_for_status()

    def prepare(self, batches: int, writers: int) -> None:
        self._loads = [
            Load(self._server.port, "/v1/batch", [_body() for _ in range(batches)], _CREDENTIALS)
            for _ in range(writers)
        ]

    def measure(self) -> list[Sent]:
        return send_all(self._loads, _acknowledged)

    def missing(self, sent: Sequence[Sent]) -> int:
        acknowledged = [id_ for one in sent for ids in one.acknowledged for id_ in ids]
        stored: set[str] = set()
        path: str | None = "/buckets/bench/collections/checks/records?_fields=id&_limit=5000"
        while path:
            answer = self._ask("GET", path)
            stored |= {row["id"] for row in answer.json()["data"]}
            path = answer.headers.get("Next-Page", "").partition("/v1")[2] or None
        return len(set(acknowledged) - stored)

    def processes(self) -> list[int]:
        return [self._server.pid]

    def stop(self) -> None:
        self._server.stop()

    def _ask(self, method: str, path: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self._server.port}/v1{path}"
        return httpx.request(method, url, headers=_CREDENTIALS, trust_env=False, timeout=120)


def install(folder: Path) -> None:
    """Once, with its own Python packages."""
    if not (folder / "bin" / "kinto").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(folder / "bin" / "pip"), "install", "-q", "kinto[postgresql]", "waitress"], check=True,
            capture_output=True,
        )  # fmt: skip


def _body() -> bytes:
    requests = []
    for _ in range(BATCH):
        id_ = f"{secrets.token_hex(4)}-{secrets.token_hex(2)}-4{secrets.token_hex(2)[1:]}-a{secrets.token_hex(2)[1:]}"
        id_ += f"-{secrets.token_hex(6)}"
        path = f"/buckets/bench/collections/checks/records/{id_}"
        requests.append({"method": "PUT", "path": path, "body": {"data": {"id": id_, "body": record_text()}}})
    return json.dumps({"requests": requests}).encode()


def _acknowledged(_: bytes, answer: bytes) -> list[str]:
    return [
        response["body"]["data"]["id"]
        for response in json.loads(answer).get("responses", [])
        if response["status"] in (200, 201)
    ]
