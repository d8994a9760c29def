"""What was learnt of a reader and holds for the next card on it, too. Lives as long as the process."""

from __future__ import annotations

from typing import Final


class ReaderMemory:
    """Readers, by name, that could not carry an extended-length READ."""

    def __init__(self) -> None:
        self._short_only: set[str] = set()

    def is_short_only(self, reader: str) -> bool:
        return reader in self._short_only

    def remember_short_only(self, reader: str) -> None:
        self._short_only.add(reader)

    def reset(self) -> None:
        self._short_only.clear()


READER_MEMORY: Final = ReaderMemory()
