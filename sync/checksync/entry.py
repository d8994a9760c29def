"""The entry: what a device recorded, before it is sealed. Imports no transport and no storage."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from checksync.body import BODIES, Body
from checksync.encoding import Digest, MalformedError, Number, PrivateRecord, Time, decode, encode, time_text

MAX_ENTRY_OCTETS: Final = 65_536

Kind = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]


class EntryTooLargeError(ValueError):
    """An entry would exceed what a log takes; nothing was recorded."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} octets, at most {MAX_ENTRY_OCTETS}")
        self.size = size
        self.limit = MAX_ENTRY_OCTETS

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.size,))


class Entry(PrivateRecord, frozen=True, kw_only=True):
    """The envelope; `body` is the JSON as it came, so that an unknown kind and unknown members survive."""

    log: Digest
    number: Number
    device_recorded_at: Time
    kind: Kind
    body: msgspec.Raw


class _WrittenEntry(PrivateRecord, frozen=True, kw_only=True):
    log: str
    number: int
    device_recorded_at: str
    kind: str
    body: msgspec.Raw


def encode_entry(log: str, number: int, device_recorded_at: datetime, kind: str, body: bytes) -> bytes:
    """The exact octets of an entry. `body` is a JSON object.

    `EntryTooLargeError` beyond the limit, `MalformedError` when the entry could not be read again: both before
    anything is confirmed.
    """
    octets = msgspec.json.encode(
        _WrittenEntry(
            log=log,
            number=number,
            device_recorded_at=time_text(device_recorded_at),
            kind=kind,
            body=msgspec.Raw(body),
        )
    )
    read_again = decode_entry(octets)
    if bytes(read_again.body) != body:
        raise MalformedError("entry", "$.body")
    form = BODIES.get(kind)
    decode(body, dict if form is None else form, "entry")
    return octets


def encode_body(body: Body) -> bytes:
    return encode(body)


def decode_entry(octets: bytes) -> Entry:
    """The envelope; `MalformedError` when the octets are no entry."""
    if len(octets) > MAX_ENTRY_OCTETS:
        raise EntryTooLargeError(len(octets))
    return decode(octets, Entry, "entry")


def decode_body(entry: Entry) -> Body | None:
    """The body of a known kind, None for a kind that this version does not know; `MalformedError` when it is not of
    its form.
    """
    form = BODIES.get(entry.kind)
    return None if form is None else decode(bytes(entry.body), form, entry.kind)
