"""Sealing an entry to the facility: HPKE (RFC 9180), base mode, one encapsulation an entry. Imports no transport and
no storage.

A device holds public keys only and cannot read back what it sealed. Private keys are reached through `Opener` alone,
so that another process or an HSM can hold them.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE: Final = struct.pack(">HHH", 0x0020, 0x0001, 0x0002)
"""KEM, KDF and AEAD by their RFC 9180 identifiers."""

KEY_ID_LENGTH: Final = 16
_HEADER_LENGTH: Final = len(SUITE) + KEY_ID_LENGTH
SEALED_OVERHEAD: Final = _HEADER_LENGTH + 32 + 16
"""Octets that sealing adds: suite, key id, encapsulated key, tag."""

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingError(Exception):
    """An entry cannot be opened."""


class UnknownSuiteError(SealingError):
    """Sealed by a suite that this version does not know."""


class UnknownSealingKeyError(SealingError):
    """No private key of that id is at hand; the entry opens by itself when the key returns."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no sealing key {key_id}")
        self.key_id = key_id


class NotOpenedError(SealingError):
    """The key is at hand, and the octets are not what it sealed for this log and number."""


def sealing_key_id(public_key: bytes) -> bytes:
    return hashlib.sha256(b"kazasu-sealing-key-v1" + public_key).digest()[:KEY_ID_LENGTH]


def _info(log: str, number: int, key_id: bytes) -> bytes:
    return b"kazasu-seal-v1" + bytes.fromhex(log) + struct.pack(">Q", number) + key_id


@dataclass(frozen=True)
class SealingPublicKey:
    """A facility's key to which devices seal; 32 octets, X25519."""

    octets: bytes

    def __post_init__(self) -> None:
        # Refuses a wrong length now, not at the first entry.
        X25519PublicKey.from_public_bytes(self.octets)

    @property
    def id(self) -> str:
        return sealing_key_id(self.octets).hex()

    def seal(self, entry: bytes, log: str, number: int) -> bytes:
        """The sealed octets, which open only as this number of this log."""
        key_id = sealing_key_id(self.octets)
        public_key = X25519PublicKey.from_public_bytes(self.octets)
        return SUITE + key_id + _SUITE.encrypt(entry, public_key, info=_info(log, number, key_id))


def key_id_of(sealed: bytes) -> str:
    """The id of the key that the octets are sealed to; `UnknownSuiteError` for another suite or too few octets."""
    if len(sealed) < SEALED_OVERHEAD or not sealed.startswith(SUITE):
        raise UnknownSuiteError
    return sealed[len(SUITE) : _HEADER_LENGTH].hex()


class Opener(Protocol):
    """Whoever holds the facility's private sealing keys."""

    def open(self, sealed: bytes, log: str, number: int) -> bytes:
        """The entry's exact octets; `SealingError` where they cannot be had."""
        ...


class PrivateKeyOpener:
    """Opens with private keys in this process."""

    def __init__(self, private_keys: Iterable[X25519PrivateKey]) -> None:
        self._keys = {sealing_key_id(key.public_key().public_bytes_raw()).hex(): key for key in private_keys}

    def open(self, sealed: bytes, log: str, number: int) -> bytes:
        key_id = key_id_of(sealed)
        private_key = self._keys.get(key_id)
        if private_key is None:
            raise UnknownSealingKeyError(key_id)
        try:
            # The library takes enc and ciphertext as one string, as the format has them.
            return _SUITE.decrypt(sealed[_HEADER_LENGTH:], private_key, info=_info(log, number, bytes.fromhex(key_id)))
        except (InvalidTag, ValueError):
            raise NotOpenedError from None
