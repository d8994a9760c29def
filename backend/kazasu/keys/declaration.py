"""The keys of declarations: one each, in a folder of files, in no database and no backup.

Whatever holds a declaration for longer than the database does (a backup, the desk's row on a PostgreSQL page that is
not yet cleaned) holds it under its key: destroyed with the key, it is gone from all of them at once. Each file is
encrypted under the storage key, so that the folder alone tells nothing.
"""

import hashlib
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kazasu.keys.file import write_private
from kazasu.keys.storage import StorageKey, StoredOctetsDamagedError

__all__ = ["GUARDED", "DeclarationKeyMissingError", "DeclarationKeys", "decision_subject", "entry_subject"]

GUARDED: Final = b"kazasu-guarded-v1\x00"
"""Begins what is guarded. Sealed octets never begin so: their first two name a KEM."""
_NONCE_OCTETS: Final = 12
_PURPOSE: Final = "declaration-key"


class DeclarationKeyMissingError(Exception):
    """The key is not there: destroyed, or its folder was lost. What it guards can be opened by nobody."""


def decision_subject(decision: str) -> str:
    """What the key is called by of what was typed from a declaration with a decision."""
    return f"decision:{decision}"


def entry_subject(log: str, number: int) -> str:
    """What the key of a device's declaration is called by."""
    return f"{log}:{number}"


class DeclarationKeys:
    """The folder. Subjects are `entry_subject`s, or ids of what was typed at the desk."""

    def __init__(self, folder: Path, storage: StorageKey) -> None:
        self._folder = folder
        self._storage = storage

    @property
    def storage(self) -> StorageKey:
        """The storage key, under which the files are encrypted."""
        return self._storage

    def guard(self, subject: str, octets: bytes) -> bytes:
        """The octets under the subject's key, which is made where there is none yet; durable before this returns."""
        key = self._find(subject) or self._make(subject)
        nonce = os.urandom(_NONCE_OCTETS)
        return GUARDED + nonce + AESGCM(key).encrypt(nonce, octets, subject.encode())

    def open(self, subject: str, guarded: bytes) -> bytes:
        """`DeclarationKeyMissingError`; `StoredOctetsDamagedError` for what is not the subject's."""
        key = self._find(subject)
        if key is None:
            raise DeclarationKeyMissingError
        rest = guarded.removeprefix(GUARDED)
        try:
            return AESGCM(key).decrypt(rest[:_NONCE_OCTETS], rest[_NONCE_OCTETS:], subject.encode())
        except (InvalidTag, ValueError):
            raise StoredOctetsDamagedError from None

    def destroy(self, subject: str) -> bool:
        """Whether there was one. Overwritten before it is taken away; what a disk keeps of overwritten sectors is
        still encrypted under the storage key."""
        path = self._path(subject)
        try:
            descriptor = os.open(path, os.O_WRONLY)
        except FileNotFoundError:
            return False
        try:
            os.write(descriptor, b"\x00" * os.fstat(descriptor).st_size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink(missing_ok=True)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return True

    def has(self, subject: str) -> bool:
        """Whether its key is there."""
        return self._path(subject).exists()

    def _make(self, subject: str) -> bytes:
        key = os.urandom(32)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            write_private(self._path(subject), self._storage.encrypt(key, purpose=_PURPOSE, subject=subject))
        except FileExistsError:
            # Another process made it at the same moment.
            return self._find(subject) or key
        return key

    def _find(self, subject: str) -> bytes | None:
        try:
            octets = self._path(subject).read_bytes()
        except FileNotFoundError:
            return None
        return self._storage.decrypt(octets, purpose=_PURPOSE, subject=subject)

    def _path(self, subject: str) -> Path:
        return self._folder / f"{hashlib.sha256(subject.encode()).hexdigest()[:40]}.key"
