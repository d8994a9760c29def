"""The backup file's envelope: a header in clear, then AES-256-GCM in chunks (the STREAM construction of Hoang et al.).

A chunk that was changed, moved, left out or cut off at the end does not open. The key is derived from the storage key,
which the home and the recovery file hold: whoever has the backup alone has nothing. No database.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kazasu.keys import StorageKey

__all__ = ["BackupError", "BackupHeader", "EncryptedWriter", "read_encrypted", "read_header"]

_CHUNK: Final = 64 * 1024
_TAG: Final = 16
_LONGEST_HEADER: Final = 4096
_PURPOSE: Final = "backup"


class BackupError(Exception):
    """The file is no whole backup of this facility; `why` is `not_a_backup`, `wrong_key_or_damaged`, `cut_short`,
    `contradicts_itself` or `of_another_facility`."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(f"{why} {place}".strip())
        self.why = why
        self.place = place


class BackupHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in clear: which facility's, from when; no patient, no key."""

    format: Literal["kazasu-backup-v1"] = "kazasu-backup-v1"
    id: str
    facility: str
    mode: str
    epoch: str
    schema: str
    """The database's revision."""
    made_at: str
    salt: bytes


class EncryptedWriter:
    """Encrypts what is written; nothing of it is whole before `close`."""

    def __init__(self, file: BinaryIO, header: BackupHeader, storage: StorageKey) -> None:
        line = msgspec.json.encode(header) + b"\n"
        self._file = file
        self._cipher = AESGCM(storage.key_for(_PURPOSE, header.salt))
        self._header = line
        self._buffer = bytearray()
        self._number = 0
        file.write(line)

    def write(self, octets: bytes) -> None:
        """Some more octets."""
        self._buffer += octets
        while len(self._buffer) > _CHUNK:
            self._seal(bytes(self._buffer[:_CHUNK]), is_last=False)
            del self._buffer[:_CHUNK]

    def close(self) -> None:
        """The last chunk; without it the file counts as cut short."""
        self._seal(bytes(self._buffer), is_last=True)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _seal(self, octets: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last), octets, self._header))
        self._number += 1


def read_header(file: BinaryIO) -> BackupHeader:
    """The header of a backup; the file then stands at the first chunk."""
    try:
        return msgspec.json.decode(file.readline(_LONGEST_HEADER), type=BackupHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BackupError("not_a_backup") from None


def read_encrypted(file: BinaryIO, storage: StorageKey) -> Iterator[bytes]:
    """The octets that were written, chunk by chunk, from the beginning; `BackupError` where one does not open."""
    file.seek(0)
    line = file.readline(_LONGEST_HEADER)
    file.seek(0)
    header = read_header(file)
    cipher = AESGCM(storage.key_for(_PURPOSE, header.salt))
    number = 0
    chunk = file.read(_CHUNK + _TAG)
    while True:
        following = file.read(_CHUNK + _TAG)
        is_last = not following
        try:
            yield cipher.decrypt(_nonce(number, is_last), chunk, line)
        except (InvalidTag, ValueError):
            why = "cut_short" if is_last and _opens(cipher, number, chunk, line) else "wrong_key_or_damaged"
            raise BackupError(why, f"chunk {number}") from None
        if is_last:
            return
        number, chunk = number + 1, following


def _opens(cipher: AESGCM, number: int, chunk: bytes, line: bytes) -> bool:
    try:
        cipher.decrypt(_nonce(number, False), chunk, line)
    except (InvalidTag, ValueError):
        return False
    return True


def _nonce(number: int, is_last: bool) -> bytes:
    # The key is this file's alone, by its salt; number and end mark make every nonce of it different.
    return struct.pack(">7xI?", number, is_last)
