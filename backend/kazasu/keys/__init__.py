"""The facility's keys: server signing, sealing behind the port `Opener`, storage, TLS."""

from kazasu.keys.keyring import KeyFiles, Keys, load_keys
from kazasu.keys.storage import StorageKey, StoredOctetsDamagedError

__all__ = ["KeyFiles", "Keys", "StorageKey", "StoredOctetsDamagedError", "load_keys"]
