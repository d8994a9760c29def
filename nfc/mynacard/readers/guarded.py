"""A reader that gives out guarded connections only, so that no program gets hold of a raw one."""

from __future__ import annotations

from mynacard.connection import ReaderKind, ReaderState
from mynacard.guard import GuardedConnection
from mynacard.readers.reader import Reader


class GuardedReader:
    """Any reader, with the library's refusals on every connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @property
    def name(self) -> str:
        return self._reader.name

    @property
    def kind(self) -> ReaderKind:
        return self._reader.kind

    def state(self) -> ReaderState:
        return self._reader.state()

    def connect(self) -> GuardedConnection:
        return GuardedConnection(self._reader.connect())

    def close(self) -> None:
        self._reader.close()
