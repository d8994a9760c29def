"""What is kept, encrypted, of the number an inquiry is asked with. Imports no storage."""

import msgspec

from kazasu.gateway import NumberAsked
from kazasu.keys import StorageKey

__all__ = ["open_number", "sealed_number"]

_PURPOSE = "inquiry-number"


def sealed_number(storage: StorageKey, inquiry: str, number: NumberAsked) -> bytes:
    """The number, readable for this inquiry alone."""
    return storage.encrypt(msgspec.json.encode(number), purpose=_PURPOSE, subject=inquiry)


def open_number(storage: StorageKey, inquiry: str, octets: bytes) -> NumberAsked:
    """The number back; `StoredOctetsDamagedError` where it cannot be."""
    return msgspec.json.decode(storage.decrypt(octets, purpose=_PURPOSE, subject=inquiry), type=NumberAsked)
