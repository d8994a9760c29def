"""express-pouchdb on LevelDB, its `_bulk_docs`; installed by npm into a folder of its own."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
from benchmarks.ingest.bound import record_text
from benchmarks.ingest.sending import Load, Sent, send_all
from benchmarks.ingest.system import BATCH, Server

PACKAGES = ("express@5", "pouchdb@9", "express-pouchdb@4")
_PROGRAM = """
const express = require('express')
const PouchDB = require('pouchdb').defaults({ prefix: process.argv[3] })
const application = express()
const options = { mode: 'minimumForPouchDB', logPath: process.argv[3] + 'log' }
application.use('/', require('express-pouchdb')(PouchDB, options))
application.listen(Number(process.argv[2]), '127.0.0.1')
"""


class Pouch:
    """Documents of 1.5 KiB."""

    name = "express-pouchdb _bulk_docs"

    def __init__(self, folder: Path, modules: Path) -> None:
        self._server = Server(folder)
        self._modules = modules
        self._loads: list[Load] = []

    def start(self) -> None:
        install(self._modules)
        program = self._modules / "server.js"
        program.write_text(_PROGRAM)
        self._server.start(["node", str(program), str(self._server.port), f"{self._server.folder}/"])
        self._ask("PUT", "/bench").raise_for_status()

    def prepare(self, batches: int, writers: int) -> None:
        self._loads = [
            Load(self._server.port, "/bench/_bulk_docs", [_body() for _ in range(batches)]) for _ in range(writers)
        ]

    def measure(self) -> list[Sent]:
        return send_all(self._loads, _acknowledged)

    def missing(self, sent: Sequence[Sent]) -> int:
        acknowledged = [id_ for one in sent for ids in one.acknowledged for id_ in ids]
        stored = {row["id"] for row in self._ask("GET", "/bench/_all_docs").json()["rows"]}
        return len(set(acknowledged) - stored)

    def processes(self) -> list[int]:
        return [self._server.pid]

    def stop(self) -> None:
        self._server.stop()

    def _ask(self, method: str, path: str) -> httpx.Response:
        return httpx.request(method, f"http://127.0.0.1:{self._server.port}{path}", trust_env=False, timeout=120)


def why_not() -> str | None:
    """What is missing to run it."""
    return None if shutil.which("node") and shutil.which("npm") else "node and npm are not installed"


def install(folder: Path) -> None:
    """Once; npm keeps to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "express-pouchdb").exists():
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, check=True, capture_output=True
        )


def _body() -> bytes:
    return json.dumps({"docs": [{"_id": secrets.token_hex(16), "body": record_text()} for _ in range(BATCH)]}).encode()


def _acknowledged(_: bytes, answer: bytes) -> list[str]:
    return [row["id"] for row in json.loads(answer) if row.get("ok")]
