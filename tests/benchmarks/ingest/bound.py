"""The bare bound: the same framework, server and database, and nothing but what cannot be left out.

insert only                typed decoding, SHA-256, one transaction a batch, SQLite synchronous=FULL
insert, one RSA a record   and one RSA-2048 signature verified for each
"""

import base64
import os
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
from benchmarks.ingest.sending import Load, Sent, send_all
from benchmarks.ingest.system import BATCH, Server, python
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

OCTETS = 1536


class Record(msgspec.Struct):
    id: str
    body: bytes
    signature: bytes


class Batch(msgspec.Struct):
    records: list[Record]


class Bound:
    """Records of 1.5 KiB."""

    def __init__(self, folder: Path, *, verifies: bool) -> None:
        self.name = "bound, insert and one RSA" if verifies else "bound, insert only"
        self._server = Server(folder)
        self._verifies = verifies
        self._key = rsa.generate_private_key(65537, 2048)
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / "key.der").write_bytes(public)
        self._loads: list[Load] = []

    def start(self) -> None:
        program = Path(__file__).with_name("bound_server.py")
        self._server.start(
            python(str(program), str(self._server.port), "bound.db", "key.der" if self._verifies else ""), "/hello"
        )

    def prepare(self, batches: int, writers: int) -> None:
        self._loads = [
            Load(self._server.port, "/records", [self._body() for _ in range(batches)]) for _ in range(writers)
        ]

    def measure(self) -> list[Sent]:
        return send_all(self._loads, _ids)

    def missing(self, sent: Sequence[Sent]) -> int:
        acknowledged = [id_ for one in sent for ids in one.acknowledged for id_ in ids]
        with sqlite3.connect(self._server.folder / "bound.db") as database:
            stored = {row[0] for row in database.execute("SELECT id FROM records")}
        return len(set(acknowledged) - stored)

    def processes(self) -> list[int]:
        return [self._server.pid]

    def stop(self) -> None:
        self._server.stop()

    def _body(self) -> bytes:
        records = []
        for _ in range(BATCH):
            body = os.urandom(OCTETS)
            signature = self._key.sign(body, padding.PKCS1v15(), hashes.SHA256()) if self._verifies else b""
            records.append(Record(secrets.token_hex(16), body, signature))
        return msgspec.json.encode(Batch(records))


def _ids(body: bytes, answer: bytes) -> list[str]:
    read = msgspec.json.decode(answer)
    return [record.id for record in msgspec.json.decode(body, type=Batch).records] if read == {"stored": BATCH} else []


def record_text() -> str:
    """1.5 KiB as a document database takes it."""
    return base64.b64encode(os.urandom(OCTETS * 3 // 4)).decode()
