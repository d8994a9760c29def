"""The facility's keys: server signing, sealing behind the port `Opener`, storage, TLS."""

from dataclasses import dataclass

from kazasu.keys.storage import StorageKey, StoredOctetsDamagedError

__all__ = ["Keys", "StorageKey", "StoredOctetsDamagedError"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in use."""

    storage: StorageKey
