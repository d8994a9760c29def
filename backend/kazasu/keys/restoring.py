"""Putting recovered keys back into a home. Never writes over a key that is there."""

import contextlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kazasu.keys.file import write_private
from kazasu.keys.keyring import KeyFiles
from kazasu.keys.recovery import RecoveredKeys
from kazasu.keys.sealing import public_half


def restore_keys(home: Path, recovered: RecoveredKeys) -> list[str]:
    """Names of the files that were missing and are back; entries sealed to them open again by themselves."""
    files = KeyFiles(home)
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {files.server_key: recovered.server_key, files.storage_key: recovered.storage_key}
    for octets in recovered.sealing_keys:
        key_id = public_half(X25519PrivateKey.from_private_bytes(octets)).id
        wanted[files.folder / f"sealing-{key_id}.key"] = octets
    if recovered.authority_key is not None:
        wanted[files.authority_key] = recovered.authority_key
    restored = []
    for path, octets in wanted.items():
        with contextlib.suppress(FileExistsError):
            write_private(path, octets)
            restored.append(path.name)
    return restored
