"""A home for a restored server: its keys, from the home itself or the recovery file, and what a backup adds to them.

Nothing that is there is written over. Imports no storage.
"""

import contextlib
from collections.abc import Collection
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kazasu.backup.content import BackupKeys
from kazasu.keys import KeyFiles, StorageKey
from kazasu.keys.file import read_private, write_private, write_public
from kazasu.keys.recovery import RecoveredKeys
from kazasu.keys.restoring import restore_keys
from kazasu.keys.sealing import public_half
from kazasu.settings import FILE_NAME

__all__ = ["StorageKeyMissingError", "fill_home", "storage_key_of"]


class StorageKeyMissingError(Exception):
    """Neither the home nor a recovery file gives the key under which backups are encrypted."""


def storage_key_of(home: Path, recovered: RecoveredKeys | None) -> StorageKey:
    """The home's own, else the recovered one."""
    file = KeyFiles(home).storage_key
    if file.exists():
        return StorageKey(read_private(file))
    if recovered is None:
        raise StorageKeyMissingError
    return StorageKey(recovered.storage_key)


def fill_home(home: Path, keys: BackupKeys, storage: StorageKey, destroyed: Collection[str]) -> list[str]:
    """Puts back what is missing: keys, certificates, settings; says which files. A key that was destroyed after the
    backup stays destroyed."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("keys", "run"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    sealing = [
        octets
        for octets in keys.sealing_keys
        if public_half(X25519PrivateKey.from_private_bytes(octets)).id not in destroyed
    ]
    written = restore_keys(
        home,
        RecoveredKeys(
            server_key=keys.server_key,
            sealing_keys=sealing,
            storage_key=storage.raw(),
            authority_key=keys.authority_key,
        ),
    )
    files = KeyFiles(home)
    for path, octets, is_private in (
        (files.authority_certificate, keys.authority_certificate, False),
        (files.tls_certificate, keys.tls_certificate, False),
        (files.tls_key, keys.tls_key, True),
        (home / FILE_NAME, keys.settings or None, True),
    ):
        if octets is not None:
            with contextlib.suppress(FileExistsError):
                (write_private if is_private else write_public)(path, octets)
                written.append(path.name)
    return written
