"""The facility's keys in use, and where in the home they lie."""

from dataclasses import dataclass
from pathlib import Path

from checksync.key import SigningKey
from checksync.sealing import Opener
from kazasu.keys.file import read_private
from kazasu.keys.sealing import FileOpener
from kazasu.keys.storage import StorageKey


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of a home."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "keys"

    @property
    def server_key(self) -> Path:
        return self.folder / "server.pem"

    @property
    def storage_key(self) -> Path:
        return self.folder / "storage.key"

    @property
    def authority_certificate(self) -> Path:
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def tls_certificate(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def tls_key(self) -> Path:
        return self.folder / "tls.pem"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the server signs with, opens with, and stores under."""

    server: SigningKey
    opener: Opener
    storage: StorageKey


def load_keys(home: Path) -> Keys:
    """The keys of a home; `KeyFileExposedError` where others could read one."""
    files = KeyFiles(home)
    return Keys(
        server=SigningKey.from_pem(read_private(files.server_key)),
        opener=FileOpener(files.folder),
        storage=StorageKey(read_private(files.storage_key)),
    )
