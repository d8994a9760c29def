"""How the push client reaches the server: four calls, octets in and out. Imports no HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

NoAnswer = Literal["no-connection", "timeout", "not-trusted", "clock-wrong", "no-token"]


class TransportError(Exception):
    """No answer came. Whether the server did anything is unknown, and asking again is harmless.

    `is_cut`: there was a connection, and it ended or fell silent before the answer was whole; less at once may pass.
    """

    def __init__(self, name: NoAnswer, *, is_cut: bool = False) -> None:
        super().__init__(name)
        self.name = name
        self.is_cut = is_cut


@dataclass(frozen=True)
class Reply:
    """Whatever answered; it may not be the server at all."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


class Transport(Protocol):
    """Raises `TransportError` where no answer came."""

    def post_entries(self, log: str, body: bytes) -> Reply: ...

    def post_gap(self, log: str, body: bytes) -> Reply: ...

    def get_feed(self, after: str | None) -> Reply: ...

    def present_life(self) -> str:
        """The server's epoch, asked anew: by an answer that is the server's own and was made after this call began."""
        ...


@dataclass(frozen=True)
class DeviceToken:
    """A token, and the server's epoch as the answer that brought it proves it (`statement.fresh_anchor_id`)."""

    token: str = field(repr=False)
    epoch: str


TokenSource = Callable[[bool], DeviceToken]
"""Gives the device's token; with True a new one: the old was refused, or the server's epoch is in doubt.

`TransportError("no-token")` where there is none.
"""
