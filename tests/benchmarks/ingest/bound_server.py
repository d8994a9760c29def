"""The bare bound's server: python bound_server.py PORT DATABASE [KEY]."""

import hashlib
import sqlite3
import sys
from pathlib import Path
from typing import Annotated, cast

import msgspec
import uvicorn
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from litestar import Litestar, get, post
from litestar.params import RawBody


class Record(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    body: bytes
    signature: bytes


class Batch(msgspec.Struct):
    records: list[Record]


def application(database: sqlite3.Connection, key: rsa.RSAPublicKey | None) -> Litestar:
    decoder = msgspec.json.Decoder(Batch)

    @get("/hello", sync_to_thread=False)
    def hello() -> str:
        return "ready"

    @post("/records", sync_to_thread=False, status_code=200)
    def records(body: RawBody) -> dict[str, int]:
        batch = decoder.decode(body)
        if key is not None:
            for record in batch.records:
                key.verify(record.signature, record.body, padding.PKCS1v15(), hashes.SHA256())
        rows = [(record.id, hashlib.sha256(record.body).digest(), record.body) for record in batch.records]
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO records VALUES (NULL, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        database.execute("COMMIT")
        return {"stored": len(rows)}

    return Litestar([hello, records], logging_config=None, openapi_config=None, request_max_body_size=8 * 1024 * 1024)


def main() -> None:
    port, path, key_file = sys.argv[1:]
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, digest BLOB, body BLOB)"
    )
    key = serialization.load_der_public_key(Path(key_file).read_bytes()) if key_file else None
    uvicorn.run(
        application(database, cast(rsa.RSAPublicKey | None, key)), port=int(port), log_config=None, access_log=False
    )


if __name__ == "__main__":
    main()
