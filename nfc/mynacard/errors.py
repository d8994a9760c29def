"""What can go wrong between a program and a card, as types that carry data and no prose.

`mynacard.message` puts them into words for people. No error holds a secret, an attribute of the card's holder or a
certificate, and none must ever import a reader driver.
"""

from __future__ import annotations

from typing import ClassVar


class CardError(Exception):
    """Anything this library raises on purpose; `code` is its stable name in JSON output."""

    code: ClassVar[str] = "card_error"

    def data(self) -> dict[str, str | int | None]:
        """What a program may want beside the code: never a secret, never personal data."""
        return {}


class TransportError(CardError):
    """A command did not come back; whether the card carried it out is not known."""

    code: ClassVar[str] = "transport"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class CardRemovedError(TransportError):
    """The card left the reader, or lost power, before it answered."""

    code: ClassVar[str] = "card_removed"


class ReaderError(CardError):
    """No connection to a card could be made."""


class NoServiceError(ReaderError):
    """What drives the readers is not there; `problem` tells an absent package or library from a stopped service."""

    code: ClassVar[str] = "no_service"

    def __init__(self, service: str, problem: str) -> None:
        super().__init__(service, problem)
        self.service = service
        self.problem = problem

    def data(self) -> dict[str, str | int | None]:
        return {"service": self.service, "problem": self.problem}


class NoReaderError(ReaderError):
    """No reader is plugged in, or none (or more than one) answers to the name."""

    code: ClassVar[str] = "no_reader"

    def __init__(self, reader: str | None = None, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(reader, candidates)
        self.reader = reader
        self.candidates = candidates

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}


class NoCardError(ReaderError):
    """The reader is there and no card is on it."""

    code: ClassVar[str] = "no_card"

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}


class ReaderBusyError(ReaderError):
    """Another program holds the card and did not let go."""

    code: ClassVar[str] = "reader_busy"

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}
