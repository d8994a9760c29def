"""What the device received, at rest: ciphertext under the day key, which the server gives at sign-in and which lives
in memory.

Without the key (after a restart without sign-in) the store is locked: what it held stays closed, what comes is kept
in memory only, and recording, which needs public keys alone, goes on all the same.
"""

import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checksync.encoding import MalformedError, PrivateRecord, decode, encode
from checksync.feed import FeedItem, RosterVisit
from checksync.known_card import KnownCertificate, ReadCertificate, find_certificate
from checksync.outbox.database import translated_errors

R = TypeVar("R", bound=msgspec.Struct)

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS item (kind TEXT NOT NULL, id TEXT NOT NULL, key_id TEXT NOT NULL, nonce BLOB NOT NULL,"
    " ciphertext BLOB NOT NULL, PRIMARY KEY (kind, id)) STRICT",
    "CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)

_DRAFT: Final = "own:draft"
_READ_CERTIFICATE: Final = "own:certificate"
_NOTE: Final = "own:note"
_NONCE_OCTETS: Final = 12


class DayKeyError(ValueError):
    """Not a key of 32 octets."""


class UnfinishedTouch(PrivateRecord, frozen=True, kw_only=True):
    """A broken touch: the exact intent, the signature if the card gave one, and the certificate if it was already
    read.
    """

    intent: bytes
    signature: bytes | None = None
    certificate: bytes | None = None


def day_key_id(day_key: bytes) -> str:
    return hashlib.sha256(b"kazasu-day-key-v1" + day_key).hexdigest()[:32]


class ReceivedStore:
    """One file of ciphertext, and in memory what it says.

    Threads take turns; one process at a time unlocks usefully.
    """

    def __init__(self, path: Path) -> None:
        self._turn = threading.RLock()
        self._cipher: AESGCM | None = None
        self._key_id = ""
        self._items: dict[tuple[str, str], bytes] = {}
        self._cursor: str | None = None
        self._epoch: str | None = None
        with translated_errors():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._open(path)

    def _open(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        # Losing the newest items costs a fetch, not a patient's data: the feed gives them again.
        for statement in ("PRAGMA journal_mode = wal", "PRAGMA secure_delete = 1", "PRAGMA temp_store = MEMORY"):
            self._connection.execute(statement)
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def close(self) -> None:
        self.lock()
        with self._turn_taken():
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        with self._turn, translated_errors():
            yield

    def __repr__(self) -> str:
        return f"<ReceivedStore {'open' if self.is_open else 'locked'}>"

    @property
    def is_open(self) -> bool:
        """Whether the day key is here."""
        return self._cipher is not None

    def unlock(self, day_key: bytes) -> None:
        """Opens what was received under this key; what is under another is deleted, for no one can open it any more.

        What came while the store was locked goes to the disk now, as ciphertext. `DayKeyError` for no key.
        """
        if len(day_key) != 32:
            raise DayKeyError
        with self._turn_taken():
            # While open already (the next day's key), only what is the device's own has to go over to the new key.
            came = {key: data for key, data in self._items.items() if self._cipher is None or _is_own(key[0])}
            cursor, epoch = (self._cursor, self._epoch) if self._cipher is None else (None, None)
            self._cipher, self._key_id = AESGCM(day_key), day_key_id(day_key)
            self._items = self._opened()
            places = dict(self._connection.execute("SELECT name, value FROM place"))
            if places.get("key_id") == self._key_id:
                self._cursor, self._epoch = places.get("cursor"), places.get("epoch")
            else:
                self._cursor = self._epoch = None
            if epoch is not None and self._epoch is not None and epoch != self._epoch:
                self._items = {key: data for key, data in self._items.items() if _is_own(key[0])}
                self._delete_received()
            for (kind, id_), data in came.items():
                self._put(kind, id_, data)
            # The cursor of the time without a key began at the start of the feed: it covers all.
            if cursor is not None:
                self._cursor, self._epoch = cursor, epoch
            self._keep_place()

    def lock(self) -> None:
        """Forgets the key and everything in memory: sign-out."""
        with self._turn_taken():
            self._cipher, self._key_id, self._items, self._cursor, self._epoch = None, "", {}, None, None

    def _opened(self) -> dict[tuple[str, str], bytes]:
        cipher = self._cipher
        assert cipher is not None  # noqa: S101
        opened: dict[tuple[str, str], bytes] = {}
        stale: list[tuple[str, str]] = []
        for kind, id_, key_id, nonce, ciphertext in self._connection.execute(
            "SELECT kind, id, key_id, nonce, ciphertext FROM item ORDER BY rowid"
        ):
            try:
                if key_id != self._key_id:
                    raise InvalidTag
                opened[kind, id_] = cipher.decrypt(nonce, ciphertext, _bound_to(kind, id_))
            except InvalidTag:
                stale.append((kind, id_))
        self._connection.executemany("DELETE FROM item WHERE kind = ? AND id = ?", stale)
        return opened

    def _put(self, kind: str, id_: str, data: bytes) -> None:
        self._items[kind, id_] = data
        if self._cipher is not None:
            nonce = secrets.token_bytes(_NONCE_OCTETS)
            self._connection.execute(
                "INSERT INTO item (kind, id, key_id, nonce, ciphertext) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce,"
                " ciphertext = excluded.ciphertext",
                (kind, id_, self._key_id, nonce, self._cipher.encrypt(nonce, data, _bound_to(kind, id_))),
            )

    def _remove(self, kind: str, id_: str) -> None:
        self._items.pop((kind, id_), None)
        if self._cipher is not None:
            self._connection.execute("DELETE FROM item WHERE kind = ? AND id = ?", (kind, id_))

    def _keep_place(self) -> None:
        if self._cipher is None:
            return
        for name, value in (("key_id", self._key_id), ("cursor", self._cursor), ("epoch", self._epoch)):
            if value is None:
                self._connection.execute("DELETE FROM place WHERE name = ?", (name,))
            else:
                self._connection.execute("INSERT OR REPLACE INTO place (name, value) VALUES (?, ?)", (name, value))

    def _delete_received(self) -> None:
        self._connection.execute("DELETE FROM item WHERE kind NOT LIKE 'own:%'")

    # The feed

    @property
    def cursor(self) -> str | None:
        """Where the feed goes on; None from its start."""
        return self._cursor

    def receive(self, epoch: str, items: Iterable[FeedItem], cursor: str) -> None:
        """Keeps a page's items and the place after it, together. A page of a new epoch replaces everything received.

        `OutboxError` (as of a full disk) where it cannot: then the next fetch begins at the start.
        """
        with self._turn_taken():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if self._epoch is not None and epoch != self._epoch:
                    self._items = {key: data for key, data in self._items.items() if _is_own(key[0])}
                    if self._cipher is not None:
                        self._delete_received()
                for item in items:
                    if _is_own(item.kind):
                        # No feed reaches what is the device's own.
                        continue
                    self._put(item.kind, item.id, bytes(item.data))
                self._epoch, self._cursor = epoch, cursor
                self._keep_place()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                # Memory may be ahead of the disk now; the next fetch begins anew and sets both right.
                self._cursor = None
                raise

    def items(self, kind: str, form: type[R]) -> list[R]:
        """All items of a kind that are of the form; what is not is passed over.

        Empty while locked, but for what came since.
        """
        with self._turn_taken():
            found = [data for (own, _), data in self._items.items() if own == kind]
        read = []
        for data in found:
            try:
                read.append(decode(data, form, kind))
            except MalformedError:
                continue
        return read

    # The device's own notes

    def keep_note(self, id_: str, note: msgspec.Struct) -> None:
        """Something that this device has to remember of its own doings, guarded as what it received."""
        with self._turn_taken():
            self._put(_NOTE, id_, encode(note))

    def drop_note(self, id_: str) -> None:
        """It is not needed any more."""
        with self._turn_taken():
            self._remove(_NOTE, id_)

    def notes(self, form: type[R]) -> list[R]:
        """The notes of a form, in the order in which they were first kept."""
        return self.items(_NOTE, form)

    # Known cards

    @property
    def has_certificates(self) -> bool:
        """Whether any card can be recognised: where none can, looking at its serial first costs a command in vain."""
        return bool(self.items(_READ_CERTIFICATE, ReadCertificate)) or any(
            visit.known_certificates for visit in self.items("roster", RosterVisit)
        )

    def known_certificate(self, serial: int) -> KnownCertificate | None:
        """A certificate with that serial number: one that the server listed, before one that this device read
        itself.
        """
        listed = [row for visit in self.items("roster", RosterVisit) for row in visit.known_certificates]
        return find_certificate(serial, listed, self.items(_READ_CERTIFICATE, ReadCertificate))

    def keep_certificate(self, serial: int, certificate: bytes, log: str, number: int) -> None:
        """Keeps a certificate that this device read, until the entry that carries it may be forgotten."""
        read = ReadCertificate(serial=f"{serial:x}", certificate=certificate, log=log, number=number)
        with self._turn_taken():
            self._put(_READ_CERTIFICATE, f"{log}:{number}", encode(read))

    def forget_certificates(self, log: str, forgettable: int) -> int:
        """Drops those whose entries the server holds for good; it lists them itself from then on. How many."""
        read = self.items(_READ_CERTIFICATE, ReadCertificate)
        return self._drop_read([one for one in read if one.log == log and one.number <= forgettable])

    def drop_read_certificates(self) -> int:
        """Drops all that this device read itself: one of them is not as its issuer made it. How many."""
        return self._drop_read(self.items(_READ_CERTIFICATE, ReadCertificate))

    def _drop_read(self, gone: Sequence[ReadCertificate]) -> int:
        with self._turn_taken():
            for read in gone:
                self._remove(_READ_CERTIFICATE, f"{read.log}:{read.number}")
        return len(gone)

    # The broken touch

    def keep_draft(self, touch: UnfinishedTouch) -> None:
        """In memory, and under the day key where there is one. There is one draft at a time."""
        with self._turn_taken():
            self._put(_DRAFT, "one", encode(touch))

    def draft(self) -> UnfinishedTouch | None:
        return next(iter(self.items(_DRAFT, UnfinishedTouch)), None)

    def drop_draft(self) -> None:
        """Recorded, or given up."""
        with self._turn_taken():
            self._remove(_DRAFT, "one")


def _is_own(kind: str) -> bool:
    return kind.startswith("own:")


def _bound_to(kind: str, id_: str) -> bytes:
    return b"kazasu-received-v1\0" + kind.encode() + b"\0" + id_.encode()
