"""How values become JSON and JSON becomes values: the conventions of docs/protocol/sync-v1.md section 1.

Imports no transport and no storage. Errors from here name the place in the document, never what stood there: it may
be a patient's data.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

T = TypeVar("T")

Identifier = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,64}$")]
"""An opaque id: lower-case hexadecimal."""

RandomIdentifier = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
"""An id that a device or the server drew: 16 random octets."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal."""

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
"""An entry's number in its log: from 1, without gaps. Every JSON reader holds it exactly (RFC 8259 section 6)."""

NumberOrNone = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""An entry's number, or 0 for none."""

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its time zone; written in UTC with milliseconds."""

Thumbprint = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
"""RFC 7638 with SHA-256, base64url."""


class MalformedError(ValueError):
    """A document is not of the form this protocol gives it; carries where, never what was there."""

    def __init__(self, subject: str, place: str) -> None:
        super().__init__(f"{subject} is malformed at {place}")
        self.subject = subject
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.subject, self.place))


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the protocol. Unknown members are ignored when read."""


class PrivateRecord(Record, frozen=True, kw_only=True):
    """A value that may hold a patient's data: its repr shows the type alone."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[Any]:
        return []


def time_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds (cut, not rounded) and Z."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def _with_times_as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, dict):
        return {key: _with_times_as_text(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_times_as_text(member) for member in value]
    return value


def encode(record: msgspec.Struct) -> bytes:
    """The JSON of a record; octets as base64, times with milliseconds, null where a member is None."""
    # msgspec writes microseconds; the protocol has milliseconds, as JavaScript writes them.
    return msgspec.json.encode(_with_times_as_text(msgspec.to_builtins(record, builtin_types=(datetime,))))


_PLACE = re.compile(r" - at `([^`]*)`$")


def _place(error: msgspec.MsgspecError) -> str:
    found = _PLACE.search(str(error))
    return found.group(1) if found else "$"


def decode(octets: bytes, form: type[T], subject: str) -> T:
    """The value that the JSON holds; `MalformedError` otherwise."""
    try:
        return msgspec.json.decode(octets, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        place = _place(error) if isinstance(error, msgspec.MsgspecError) else "$"
        # `from None`: msgspec's own text repeats enum values and tags.
        raise MalformedError(subject, place) from None
