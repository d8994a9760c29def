"""The storage key: what keeps certificates and day keys unreadable in the database, and findable all the same.

AES-256-GCM and HMAC-SHA256 under keys derived (HKDF) for one purpose each, so that a ciphertext or hash of one column
says nothing in another. Imports no storage.
"""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_LENGTH = 12
_VERSION = b"\x01"


class StoredOctetsDamagedError(Exception):
    """What was stored under the storage key does not open: damaged, moved to another row, or of another key."""


class StorageKey:
    """The facility's 32 octets; `repr` shows none of them."""

    __slots__ = ("_by_purpose", "_key")

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("a storage key has 32 octets")
        self._key = key
        self._by_purpose: dict[str, bytes] = {}

    @classmethod
    def generate(cls) -> "StorageKey":
        """A fresh key."""
        return cls(os.urandom(32))

    def __repr__(self) -> str:
        return "StorageKey(…)"

    def raw(self) -> bytes:
        """The octets, for the key file and the recovery file alone."""
        return self._key

    def encrypt(self, octets: bytes, *, purpose: str, subject: str) -> bytes:
        """Ciphertext that opens only for the same purpose (a column) and subject (a row)."""
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = AESGCM(self._derived("encrypt", purpose)).encrypt(nonce, octets, subject.encode())
        return _VERSION + nonce + sealed

    def decrypt(self, stored: bytes, *, purpose: str, subject: str) -> bytes:
        """The octets back, or `StoredOctetsDamagedError`."""
        if stored[:1] != _VERSION:
            raise StoredOctetsDamagedError
        nonce, sealed = stored[1 : 1 + _NONCE_LENGTH], stored[1 + _NONCE_LENGTH :]
        try:
            return AESGCM(self._derived("encrypt", purpose)).decrypt(nonce, sealed, subject.encode())
        except (InvalidTag, ValueError):
            raise StoredOctetsDamagedError from None

    def keyed_hash(self, octets: bytes, *, purpose: str) -> bytes:
        """32 octets by which equal values are found; without the key nobody can try values out."""
        return hmac.new(self._derived("hash", purpose), octets, sha256).digest()

    def key_for(self, purpose: str, salt: bytes) -> bytes:
        """32 octets for one purpose and one salt, for a file that is encrypted as a whole (backups)."""
        info = f"kazasu-storage-v1:file:{purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self._key)

    def _derived(self, use: str, purpose: str) -> bytes:
        info = f"kazasu-storage-v1:{use}:{purpose}"
        derived = self._by_purpose.get(info)
        if derived is None:
            derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(self._key)
            self._by_purpose[info] = derived
        return derived
