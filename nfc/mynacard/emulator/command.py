"""A command APDU taken apart by ISO 7816-4's cases. Of its own: it must not share a bug with the library's encoder."""

from dataclasses import dataclass, field
from enum import IntEnum


class SW(IntEnum):
    """Status words this card answers with."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    VERIFY_FAILED = 0x6300
    COUNTER = 0x63C0
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    INCOMPATIBLE_FILE = 0x6981
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    WRONG_DATA = 0x6A80
    NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    WRONG_P1P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    NO_PRECISE_DIAGNOSIS = 0x6F00


class MalformedCommandError(Exception):
    """Lengths that fit none of the cases."""


@dataclass(frozen=True)
class Command:
    """Header, data and the length asked for; `le` is None where the command has none, and never 0."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None
    is_extended: bool = False

    @property
    def p1p2(self) -> int:
        return self.p1 << 8 | self.p2

    @classmethod
    def parse(cls, apdu: bytes) -> "Command":
        """Cases 1 to 4, short and extended."""
        if len(apdu) < 4:
            raise MalformedCommandError
        cla, ins, p1, p2 = apdu[:4]
        body = apdu[4:]
        if len(body) >= 3 and body[0] == 0:
            data, le = _split_extended(body[1:])
            return cls(cla, ins, p1, p2, data, le, is_extended=True)
        data, le = _split_short(body)
        return cls(cla, ins, p1, p2, data, le)


def _split_short(body: bytes) -> tuple[bytes, int | None]:
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or 0x100
    lc, rest = body[0], body[1:]
    if lc == 0 or len(rest) not in (lc, lc + 1):
        raise MalformedCommandError
    return rest[:lc], (rest[lc] or 0x100) if len(rest) > lc else None


def _split_extended(body: bytes) -> tuple[bytes, int | None]:
    first, rest = int.from_bytes(body[:2], "big"), body[2:]
    if not rest:
        return b"", first or 0x10000
    if first == 0 or len(rest) not in (first, first + 2):
        raise MalformedCommandError
    le = int.from_bytes(rest[first:], "big") or 0x10000 if len(rest) > first else None
    return rest[:first], le
