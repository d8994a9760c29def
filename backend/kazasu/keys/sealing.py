"""The facility's private sealing keys as files, behind checksync's port `Opener`. Imports no database.

Another implementation of the port may ask another process or an HSM instead.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from checksync.sealing import PrivateKeyOpener, SealingPublicKey, UnknownSealingKeyError
from kazasu.keys.file import read_private, write_private

_PATTERN = "sealing-*.key"


def generate_sealing_key() -> X25519PrivateKey:
    """A fresh private key; announce it only once it is backed up."""
    return X25519PrivateKey.generate()


def public_half(private_key: X25519PrivateKey) -> SealingPublicKey:
    """What devices seal to."""
    return SealingPublicKey(private_key.public_key().public_bytes_raw())


def write_sealing_key(folder: Path, private_key: X25519PrivateKey) -> None:
    """Keeps the key among the facility's."""
    write_private(folder / f"sealing-{public_half(private_key).id}.key", private_key.private_bytes_raw())


class FileOpener:
    """Opens entries with the keys in a folder; a key that is put back there is found without a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: frozenset[str] = frozenset()
        self._opener = PrivateKeyOpener(())
        self._reload()

    def open(self, sealed: bytes, log: str, number: int) -> bytes:
        """The entry's exact octets; `SealingError` where they cannot be had."""
        try:
            return self._opener.open(sealed, log, number)
        except UnknownSealingKeyError:
            if not self._reload():
                raise
            return self._opener.open(sealed, log, number)

    def _reload(self) -> bool:
        files = sorted(self._folder.glob(_PATTERN))
        names = frozenset(file.name for file in files)
        if names == self._known:
            return False
        self._opener = PrivateKeyOpener(X25519PrivateKey.from_private_bytes(read_private(file)) for file in files)
        self._known = names
        return True
