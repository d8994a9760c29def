"""Key files: written whole, durable, readable by the owner alone, never written over."""

import contextlib
import os
from pathlib import Path


class KeyFileExposedError(Exception):
    """A private key's file can be read by others; carries the file's name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def write_private(path: Path, octets: bytes) -> None:
    """Durable when it returns; `FileExistsError` where the file exists."""
    _write(path, octets, 0o600)


def write_public(path: Path, octets: bytes) -> None:
    """The same for what anyone may read."""
    _write(path, octets, 0o644)


def replace_public(path: Path, octets: bytes) -> None:
    """Puts a new file in the place of the old one at once."""
    _replace(path, octets, 0o644)


def replace_private(path: Path, octets: bytes) -> None:
    """The same for a key."""
    _replace(path, octets, 0o600)


def read_private(path: Path) -> bytes:
    """The octets; `KeyFileExposedError` where group or others may read them."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFileExposedError(path.name)
    return path.read_bytes()


def _replace(path: Path, octets: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    _write(draft, octets, mode)
    draft.replace(path)
    _sync_folder(path.parent)


def _write(path: Path, octets: bytes, mode: int) -> None:
    # Written beside its place and linked there: no half-written key is ever found under the name.
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
