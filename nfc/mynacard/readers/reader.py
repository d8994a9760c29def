"""Where cards are held against: the protocol of a reader. Imports no driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mynacard.connection import CardConnection, ReaderKind, ReaderState

__all__ = ["Reader", "ReaderInfo"]


@dataclass(frozen=True)
class ReaderInfo:
    """A reader as it stood when the list was made."""

    name: str
    kind: ReaderKind
    state: ReaderState


@runtime_checkable
class Reader(Protocol):
    """A place where a card can be held; it outlives cards, and the service behind it may come and go."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> ReaderKind: ...

    def state(self) -> ReaderState:
        """The state now; never raises, and takes well under a second."""

    def connect(self) -> CardConnection:
        """Powers the card. Raises NoCardError, NoReaderError, NoServiceError, ReaderBusyError or TransportError."""

    def close(self) -> None:
        """Lets go of the reader; never raises, and may be called twice."""
