"""What a device sends and the server answers: the JSON of docs/protocol/sync-v1.md section 5.

Imports no transport and no storage.
"""

import hashlib
from typing import Annotated, Any, Final, Literal

import msgspec

from checksync.encoding import Digest, Number, Record, decode, encode

MAX_PUSH_ENTRIES: Final = 100
MAX_PUSH_OCTETS: Final = 4 * 1024 * 1024
"""Of the request's body."""


class PushTooLargeError(ValueError):
    """A push exceeds what one request takes; the device halves it."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} octets, at most {MAX_PUSH_OCTETS}")
        self.size = size
        self.limit = MAX_PUSH_OCTETS

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.size,))


class Push(Record, frozen=True, kw_only=True):
    """Entries of one log, in order and without gaps from `first` on.

    `before` is hash(first - 1) as the device has it. With it the entries chain to the signed head by themselves, so
    that a damaged push and a device whose history differs from the server's are told apart.
    """

    genesis: bytes
    first: Number
    before: Digest
    sealed: Annotated[list[bytes], msgspec.Meta(min_length=1, max_length=MAX_PUSH_ENTRIES)]
    head: str
    newest_head: str

    @property
    def last(self) -> int:
        return self.first + len(self.sealed) - 1

    def __repr__(self) -> str:
        return f"<Push {self.first} to {self.last}>"


class GapReport(Record, frozen=True, kw_only=True):
    """A signed gap, with the genesis: the server may not know the log yet, or no more."""

    genesis: bytes
    gap: str


Outcome = Literal["accepted", "already_had", "held", "pending"]


class EntryOutcome(Record, frozen=True, kw_only=True):
    """What became of one entry. `pending`: it comes by the feed."""

    number: Number
    outcome: Outcome
    reason: str | None = None
    check: str | None = None


class PushAnswer(Record, frozen=True, kw_only=True):
    """Built after the commit returned. The acknowledgement alone says what is durable; `answers` which request it is
    the answer to (`digest_of_request`)."""

    acknowledgement: str
    outcomes: list[EntryOutcome]
    anchor: str
    answers: Digest | None = None


def digest_of_request(body: bytes) -> str:
    """By what an answer names the push or gap report that it is to: SHA-256 of its octets, in hexadecimal.

    An answer that comes late names another, and is then no proof that this one arrived.
    """
    return hashlib.sha256(body).hexdigest()


def decode_push(octets: bytes) -> Push:
    """`PushTooLargeError` beyond the limit, `MalformedError` when it is no push."""
    if len(octets) > MAX_PUSH_OCTETS:
        raise PushTooLargeError(len(octets))
    return decode(octets, Push, "push")


def encode_push(push: Push) -> bytes:
    return encode(push)


def decode_gap_report(octets: bytes) -> GapReport:
    return decode(octets, GapReport, "gap report")


def encode_gap_report(report: GapReport) -> bytes:
    return encode(report)


def decode_push_answer(octets: bytes) -> PushAnswer:
    """`MalformedError` when it is none: a captive portal answers 200 too."""
    return decode(octets, PushAnswer, "push answer")


def encode_push_answer(answer: PushAnswer) -> bytes:
    return encode(answer)
