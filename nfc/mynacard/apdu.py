"""Command and response APDUs of ISO/IEC 7816-4 as values. Knows nothing of cards, readers or policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

SHORT_DATA = 255
SHORT_LE = 256
EXTENDED_DATA = 65_535
EXTENDED_LE = 65_536


class INS(IntEnum):
    """Instruction bytes that this library knows by name."""

    VERIFY = 0x20
    PERFORM_SECURITY_OPERATION = 0x2A
    SELECT = 0xA4
    READ_BINARY = 0xB0
    GET_RESPONSE = 0xC0


class SW(IntEnum):
    """Status words with one meaning; families (61xx, 63Cx, 6Cxx) are methods of `Response`."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    VERIFICATION_FAILED = 0x6300
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    # Real cards have been seen to say "blocked" in either way, and the query says 63C0: never tell them apart.
    AUTHENTICATION_METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    WRONG_DATA = 0x6A80
    FILE_OR_APPLICATION_NOT_FOUND = 0x6A82
    WRONG_P1P2 = 0x6A86
    REFERENCE_DATA_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE_EF = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    NO_PRECISE_DIAGNOSIS = 0x6F00


@dataclass(frozen=True)
class Command:
    """One command; made by the constructor of its case, so that an Le is never there by accident.

    `le` is the number of bytes asked for (256 or 65536 for "as many as there are"), None for none.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    le: int | None = None

    @classmethod
    def case1(cls, cla: int, ins: int, p1: int, p2: int) -> Command:
        return cls(cla, ins, p1, p2)

    @classmethod
    def case2(cls, cla: int, ins: int, p1: int, p2: int, le: int) -> Command:
        return cls(cla, ins, p1, p2, le=le)

    @classmethod
    def case3(cls, cla: int, ins: int, p1: int, p2: int, data: bytes) -> Command:
        return cls(cla, ins, p1, p2, data)

    @classmethod
    def case4(cls, cla: int, ins: int, p1: int, p2: int, data: bytes, le: int) -> Command:
        return cls(cla, ins, p1, p2, data, le)

    def __post_init__(self) -> None:
        if not all(0 <= octet <= 0xFF for octet in (self.cla, self.ins, self.p1, self.p2)):
            raise ValueError("header bytes are 0 to 255")
        if len(self.data) > EXTENDED_DATA:
            raise ValueError("at most 65535 bytes of data")
        if self.le is not None and not 1 <= self.le <= EXTENDED_LE:
            raise ValueError("Le is 1 to 65536")

    @property
    def is_extended(self) -> bool:
        return len(self.data) > SHORT_DATA or (self.le is not None and self.le > SHORT_LE)

    def encode(self) -> bytes:
        """The bytes on the wire, short form wherever it can say the same."""
        octets = bytearray((self.cla, self.ins, self.p1, self.p2))
        if self.is_extended:
            if self.data:
                octets += b"\x00" + len(self.data).to_bytes(2) + self.data
            if self.le is not None:
                octets += (b"" if self.data else b"\x00") + (self.le % EXTENDED_LE).to_bytes(2)
            return bytes(octets)
        if self.data:
            octets.append(len(self.data))
            octets += self.data
        if self.le is not None:
            octets.append(self.le % SHORT_LE)
        return bytes(octets)


@dataclass(frozen=True)
class Response:
    """One answer: data and status word."""

    data: bytes = field(repr=False)
    sw: int

    @classmethod
    def parse(cls, octets: bytes) -> Response | None:
        """None if the bytes are too few to be an answer."""
        return cls(bytes(octets[:-2]), int.from_bytes(octets[-2:])) if len(octets) >= 2 else None

    @property
    def is_ok(self) -> bool:
        return self.sw == SW.OK

    @property
    def more_available(self) -> int | None:
        """61xx: how many bytes GET RESPONSE would give."""
        return (self.sw & 0xFF or SHORT_LE) if self.sw >> 8 == 0x61 else None

    @property
    def correct_le(self) -> int | None:
        """6Cxx: the Le to ask again with."""
        return (self.sw & 0xFF or SHORT_LE) if self.sw >> 8 == 0x6C else None

    @property
    def tries_left(self) -> int | None:
        """63Cx, and the two ways to say "blocked"."""
        if self.sw & 0xFFF0 == 0x63C0:
            return self.sw & 0xF
        return 0 if self.sw in (SW.AUTHENTICATION_METHOD_BLOCKED, SW.REFERENCE_DATA_NOT_USABLE) else None
