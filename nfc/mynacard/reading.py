"""Reads the TLV object at the start of a file in as few commands as card and reader allow.

Reads are the one thing that may be repeated: after a lost answer the card is powered anew and the file read from its
beginning, once. Nothing here presents a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mynacard.apdu import INS, SHORT_LE, SW, Command, Response
from mynacard.chaining import read_whole
from mynacard.errors import DamagedDataError, StatusError, TransportError
from mynacard.guard import GuardedConnection
from mynacard.memory import ReaderMemory

# One radio block of 256 bytes carries 253: 251 and the status word. A 256-byte answer would need a second block, and
# some readers break on it.
CHUNK: Final = 251
# The first extended READ asks for seven such blocks: every certificate that was told of (1,583 bytes) fits, and the
# filler behind it in a longer file stays off the air, where 500 bytes of it cost 45 ms at 106 kbit/s. A longer
# certificate takes one more command, for exactly its rest.
FIRST_EXTENDED_LE: Final = 7 * 253 - 2
# READ BINARY addresses 15 bits.
LONGEST_FILE: Final = 0x8000
# A card that gives a byte at a time is let go on for a while, not for ever.
MOST_COMMANDS: Final = 300

# What `end_of` is given to find the end of the object.
HEAD: Final = 16

EndOfObject = Callable[[bytes], int | None]


class FileReader:
    """READ BINARY for one session; finds out on the way what card and reader can do."""

    def __init__(self, connection: GuardedConnection, memory: ReaderMemory) -> None:
        self._connection = connection
        self._memory = memory
        self._takes_short_ids: bool | None = None
        self._refused_extended = False

    @property
    def uses_extended(self) -> bool:
        return (
            self._connection.extended_length
            and not self._refused_extended
            and not self._memory.is_short_only(self._connection.reader)
        )

    def read_start(self, file: int, length: int) -> bytes:
        """The first bytes of a file, at most `length`, in one command; fewer if the file is shorter."""
        response = self._at(file, 0, length)
        if not _has_data(response):
            raise StatusError(response.sw, "read")
        return response.data[:length]

    def read_object(
        self,
        file: int,
        what: str,
        end_of: EndOfObject,
        *,
        first: bytes = b"",
        in_chunks: bool = False,
        power_anew: Callable[[], None] | None = None,
    ) -> bytes:
        """The object whose end `end_of` tells from its first bytes; what the file holds behind it is cut off.

        `first` is what was read of it before; `in_chunks` is for objects that mostly fit into one. `power_anew` brings
        the card back to where this file can be read; without it a lost answer is final. Raises DamagedDataError if the
        file ends before the object does.
        """
        tried_extended = False
        try:
            return self._read_object(file, what, end_of, first, in_chunks=in_chunks)
        except TransportError:
            if power_anew is None:
                raise
            tried_extended = self.uses_extended and not in_chunks
        # Outside the except block, so that a second loss does not drag the first along as its context.
        power_anew()
        if tried_extended:
            # Readers that cannot carry extended length say so in just this way.
            self._refused_extended = True
        data = self._read_object(file, what, end_of, b"", in_chunks=in_chunks)
        if tried_extended:
            self._memory.remember_short_only(self._connection.reader)
        return data

    def _read_object(self, file: int, what: str, end_of: EndOfObject, first: bytes, *, in_chunks: bool) -> bytes:
        data = _Collected(first)
        for _ in range(MOST_COMMANDS):
            end = end_of(bytes(data[:HEAD]))
            if end is not None and end > LONGEST_FILE:
                raise DamagedDataError(what, "too_long")
            if end is not None and len(data) >= end:
                return bytes(data[:end])
            response = self._step(file, len(data), end, in_chunks=in_chunks)
            if not _has_data(response):
                if response.sw in (SW.OK, SW.END_OF_FILE, SW.OFFSET_OUTSIDE_EF):
                    raise DamagedDataError(what, "truncated")
                raise StatusError(response.sw, "read")
            data += response.data
        raise DamagedDataError(what, "too_many_answers")

    def _step(self, file: int, offset: int, end: int | None, *, in_chunks: bool) -> Response:
        """One READ forward: all of the rest where extended length works (if it is known), else a chunk."""
        rest = FIRST_EXTENDED_LE if end is None else end - offset
        chunk = min(rest, CHUNK)
        if in_chunks or rest <= SHORT_LE or not self.uses_extended:
            response = self._at(file, offset, chunk)
            if response.sw == SW.OFFSET_OUTSIDE_EF and end is None:
                # The file is shorter than a chunk, and the card takes no Le beyond its end.
                return self._at(file, offset, HEAD)
            return response
        response = self._at(file, offset, rest)
        if _has_data(response) or response.sw == SW.SECURITY_STATUS_NOT_SATISFIED:
            return response
        if response.sw == SW.OFFSET_OUTSIDE_EF:
            # A card that takes no Le beyond its file's end: the head tells how much is exactly there.
            return response if end is not None else self._at(file, offset, chunk)
        response = self._at(file, offset, chunk)
        if _has_data(response):
            self._refused_extended = True
            self._memory.remember_short_only(self._connection.reader)
        return response

    def _at(self, file: int, offset: int, length: int) -> Response:
        """READ at an offset: of the current file, else by short identifier, else after selecting it."""
        if self._connection.current_file != file:
            if self._takes_short_ids is not False and offset <= 0xFF:
                response = self._read(0x80 | file, offset, length)
                if _has_data(response):
                    self._takes_short_ids = True
                if self._takes_short_ids or response.sw == SW.SECURITY_STATUS_NOT_SATISFIED:
                    return response
                self._takes_short_ids = False
            selected = self._connection.exchange(Command.case3(0x00, INS.SELECT, 0x02, 0x0C, file.to_bytes(2)))
            if not selected.is_ok:
                raise StatusError(selected.sw, "select_file")
        return self._read(offset >> 8, offset & 0xFF, length)

    def _read(self, p1: int, p2: int, length: int) -> Response:
        return read_whole(self._connection, Command.case2(0x00, INS.READ_BINARY, p1, p2, length))


class _Collected(bytearray):
    """Bytes of a person's file, which a printed frame must not show."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def _has_data(response: Response) -> bool:
    """Data with 9000, or with a warning such as 6282 (the file ended before Le)."""
    return bool(response.data) and response.sw >> 8 in (0x90, 0x62)
