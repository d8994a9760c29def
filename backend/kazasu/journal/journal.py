"""Appending to the journal: durable when it returns, and always before what it says takes effect. No SQL.

A line whose effect was then rolled back is harmless: every kind forbids something or says what devices may have seen.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from kazasu.db import TryAgainError
from kazasu.journal.record import JournalKind, JournalRead, header_line, line_of, read_journal

__all__ = ["Journal", "JournalDamagedError", "JournalUnavailableError"]

_TAIL = 64 * 1024


class JournalDamagedError(Exception):
    """The file is there and is no journal of this facility; nothing is appended to it."""


class JournalUnavailableError(TryAgainError):
    """The journal's disk is full, read-only or away. What should have been written first is not done; again later."""


class Journal:
    """One facility's journal in a folder; any number of processes of this machine append to it."""

    def __init__(self, folder: Path, facility: str) -> None:
        self.folder = folder
        self.file = folder / "journal.jsonl"
        self._facility = facility

    def append(self, kind: JournalKind, subject: str, at: datetime, **details: Any) -> None:
        """Synced, file and folder, when it returns; `JournalUnavailableError` where it cannot be, and the change must
        not be made."""
        try:
            self._append(kind, subject, at, details)
        except OSError as error:
            # The message would name the folder; the number says what is wrong with it.
            raise JournalUnavailableError(error.errno) from None

    def _append(self, kind: JournalKind, subject: str, at: datetime, details: Mapping[str, Any]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with _locked(descriptor):
                tail, is_new = self._tail(descriptor)
                last = read_journal(tail).records[-1:]
                line = line_of(kind, subject, at, details, last[0].check if last else "")
                # A line that a crash cut short stays what it is; the next one begins behind it.
                start = header_line(self._facility) if is_new else b"" if tail.endswith(b"\n") else b"\n"
                _write_all(descriptor, start + line)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(self.folder)
            _sync_folder(self.folder.parent)

    def read(self) -> JournalRead:
        """What it holds; empty where there is none yet."""
        try:
            return read_journal(self.file.read_bytes())
        except FileNotFoundError:
            return JournalRead(None, [], 0)

    def _tail(self, descriptor: int) -> tuple[bytes, bool]:
        size = os.fstat(descriptor).st_size
        head = os.pread(descriptor, _TAIL, 0)
        if size and b"\n" in head:
            found = read_journal(head[: head.index(b"\n") + 1]).facility
            if found != self._facility:
                raise JournalDamagedError
        elif size:
            # Not even the first line came whole: nothing was ever promised by this file.
            os.ftruncate(descriptor, 0)
            return b"", True
        tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
        if size > _TAIL:
            tail = tail.split(b"\n", 1)[1]
        return tail, size == 0


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    if os.name != "posix":
        yield
        return
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _write_all(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
