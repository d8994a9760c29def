"""What a backup holds, as a sequence of frames: keys and settings, every table's rows, a summary. No database.

The rows are plain values, the same for every database: a backup of one restores into the other.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kazasu.backup.stream import BackupError
from kazasu.keys.sealing import public_half

__all__ = ["BackupKeys", "End", "Frame", "LogHead", "Rows", "Summary", "framed", "read_frames"]

_LONGEST_FRAME: Final = 256 * 1024 * 1024


class BackupKeys(msgspec.Struct, frozen=True, kw_only=True, tag="keys"):
    """What a fresh home needs beside the storage key; its repr shows none of it."""

    server_key: bytes
    sealing_keys: list[bytes]
    authority_key: bytes | None
    authority_certificate: bytes | None
    tls_key: bytes | None
    tls_certificate: bytes | None
    settings: bytes
    """The settings file; it may hold a password of the database."""

    def sealing_key_ids(self) -> list[str]:
        """The ids of the sealing keys whose private halves are in it."""
        return [public_half(X25519PrivateKey.from_private_bytes(octets)).id for octets in self.sealing_keys]

    def __repr__(self) -> str:
        return "<BackupKeys>"


class Rows(msgspec.Struct, frozen=True, kw_only=True, tag="rows"):
    """Some rows of a table."""

    table: str
    columns: list[str]
    rows: list[list[Any]]

    def __repr__(self) -> str:
        return f"<{len(self.rows)} rows of {self.table}>"


class LogHead(msgspec.Struct, frozen=True):
    """How far a device's log goes."""

    log: str
    number: int
    hash: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the database said of itself; a backup is verified when its rows say the same."""

    counts: dict[str, int]
    heads: list[LogHead]
    audit_entries: int
    audit_hash: str


class End(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """The last frame."""

    summary: Summary


Frame = BackupKeys | Rows | End
_DECODER = msgspec.msgpack.Decoder(Frame)


def framed(frame: Frame) -> bytes:
    """One frame's octets."""
    octets = msgspec.msgpack.encode(frame)
    return struct.pack(">I", len(octets)) + octets


def read_frames(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """The frames; `BackupError` where the octets are none, or end before the last one."""
    buffer = bytearray()
    is_ended = False
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= 4:
            length = struct.unpack(">I", buffer[:4])[0]
            if length > _LONGEST_FRAME or is_ended:
                raise BackupError("contradicts_itself", "frame")
            if len(buffer) < 4 + length:
                break
            try:
                frame = _DECODER.decode(buffer[4 : 4 + length])
            except msgspec.MsgspecError:
                raise BackupError("contradicts_itself", "frame") from None
            del buffer[: 4 + length]
            is_ended = isinstance(frame, End)
            yield frame
    if buffer or not is_ended:
        raise BackupError("cut_short", "frame")


def as_mapping(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row by its columns' names."""
    return dict(zip(columns, row, strict=True))
