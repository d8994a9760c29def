"""The hash chain of a log. Imports no transport and no storage.

Each hash covers the digest of the sealed octets, not the octets: content can be destroyed by law while chain,
receipts and evidence still verify.
"""

import hashlib
import struct

_LOG_PREFIX = b"kazasu-log-v1"
_ENTRY_PREFIX = b"kazasu-entry-v1"
_U64 = struct.Struct(">Q")


def log_of(genesis: bytes) -> bytes:
    """The log's id, which is also hash(0)."""
    return hashlib.sha256(_LOG_PREFIX + genesis).digest()


def sealed_digest(sealed: bytes) -> bytes:
    return hashlib.sha256(sealed).digest()


def next_hash(previous: bytes, number: int, digest: bytes) -> bytes:
    """hash(number) from hash(number - 1) and the digest of the sealed octets."""
    return hashlib.sha256(_ENTRY_PREFIX + previous + _U64.pack(number) + digest).digest()
