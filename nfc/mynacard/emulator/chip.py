"""The chip's understanding of each command: selection, secrets, files, keys. Knows no power, no reader, no transport.

The behaviour is that of public programs and reports about real cards, not of an official specification (there is none
to be had); where only one source or none speaks, a comment says so.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from .application import Application
from .card_kind import CardKind
from .command import SW, Command
from .faults import Faults
from .signing import SignatureInputError, sign

_MAX_CHALLENGE: Final = 256


class Chip:
    """One chip between two losses of power; the counters it spends live in its applications and outlive it."""

    def __init__(self, applications: Sequence[Application], kind: CardKind, faults: Faults) -> None:
        self._applications = applications
        self._kind = kind
        self.faults = faults
        self._application: Application | None = None
        self._file_id: int | None = None
        self._verified: set[int] = set()
        self._is_first_select = True

    def answer(self, command: Command) -> tuple[bytes, int]:
        """Data and status word. The card does not leave, tire or lie here; that is VirtualCard's."""
        match (command.cla, command.ins):
            case (0x00, 0xA4):
                return b"", self._select(command)
            case (0x00, 0x20):
                return b"", self._verify(command)
            case (0x00, 0xB0):
                return self._read_binary(command)
            case (0x00, 0xB2):
                return self._read_record(command)
            case (0x00, 0x84):
                return self._get_challenge(command)
            case (0x80, 0x2A):
                return self._compute_digital_signature(command)
            case (0x80, 0xFC):
                # An iPhone's; the plastic card refuses its length (one source).
                return b"", SW.OK if self._kind == "iphone" else SW.WRONG_LENGTH
            case (0x00 | 0x80, _):
                return b"", SW.INS_NOT_SUPPORTED
            case (0x01 | 0x02 | 0x03, _):
                return b"", SW.CHANNEL_NOT_SUPPORTED
            case (0x04 | 0x08 | 0x0C | 0x84 | 0x88 | 0x8C, _):
                # The input-support application does know secure messaging; one client uses it, and we refuse it.
                return b"", SW.SECURE_MESSAGING_NOT_SUPPORTED
            case _:
                return b"", SW.CLA_NOT_SUPPORTED

    # --- SELECT

    def _select(self, command: Command) -> int:
        if self._is_first_select:
            self._is_first_select = False
            if self.faults.first_select_6f00:
                return SW.NO_PRECISE_DIAGNOSIS
        # With P2=00 a card may return control information; this one, as the real one with 0C, has none to give.
        if command.p2 not in (0x00, 0x0C):
            return SW.WRONG_P1P2
        match command.p1:
            case 0x04:
                return self._select_application(command.data)
            case 0x02:
                return self._select_file(command.data)
            case 0x00:
                # No master file to be reached, and no file by path: SELECT 3F00 does not work on the real card.
                return SW.NOT_FOUND
            case _:
                return SW.WRONG_P1P2

    def _select_application(self, aid: bytes) -> int:
        for application in self._applications:
            if application.aid == aid:
                self._application, self._file_id = application, None
                # Sources disagree whether the real card forgets here; the strict reading finds more mistakes.
                self._verified = set()
                return SW.OK
        return SW.NOT_FOUND

    def _select_file(self, identifier: bytes) -> int:
        if len(identifier) != 2:
            return SW.WRONG_LENGTH
        file_id = int.from_bytes(identifier, "big")
        if self._application is None or not self._application.has(file_id):
            return SW.NOT_FOUND
        self._file_id = file_id
        return SW.OK

    # --- VERIFY

    def _verify(self, command: Command) -> int:
        if command.p1 != 0 or not command.p2 & 0x80 or command.p2 & 0x60:
            return SW.WRONG_P1P2
        if command.le is not None:
            return SW.WRONG_LENGTH
        reference = self._referenced(command.p2 & 0x1F)
        if isinstance(reference, SW):
            return reference
        application, file_id = reference
        secret = application.secrets.get(file_id)
        if secret is None:
            return SW.INCOMPATIBLE_FILE if application.has(file_id) else SW.REFERENCE_NOT_FOUND
        if not command.data:
            if file_id in self._verified and self.faults.query_9000_when_verified:
                return SW.OK
            return self.faults.blocked_query_sw if secret.is_blocked else SW.COUNTER | secret.tries_left
        if secret.is_blocked:
            return self.faults.blocked_sw
        if secret.verify(command.data):
            self._verified.add(file_id)
            return SW.OK
        self._verified.discard(file_id)
        return SW.VERIFY_FAILED if self.faults.wrong_answer_6300 else SW.COUNTER | secret.tries_left

    # --- READ

    def _read_binary(self, command: Command) -> tuple[bytes, int]:
        if command.data or command.le is None:
            return b"", SW.WRONG_LENGTH
        offset = command.p1p2
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                return b"", SW.WRONG_P1P2
            reference = self._referenced(command.p1 & 0x1F)
            offset = command.p2
        else:
            reference = self._referenced(0)
        if isinstance(reference, SW):
            # A file asked for by short id is "not found", where reference data would be "reference not found".
            return b"", SW.NOT_FOUND if reference is SW.REFERENCE_NOT_FOUND else reference
        application, file_id = reference
        file = application.files.get(file_id)
        if file is None:
            return b"", SW.INCOMPATIBLE_FILE if application.has(file_id) else SW.NOT_FOUND
        self._file_id = file_id
        if file.unlocked_by is None or (file.unlocked_by and not file.unlocked_by & self._verified):
            return b"", SW.SECURITY_STATUS_NOT_SATISFIED
        stored = file.content if self.faults.no_filler else file.stored
        return self._slice(stored, offset, command.le, is_short=not command.is_extended)

    def _slice(self, stored: bytes, offset: int, le: int, *, is_short: bool) -> tuple[bytes, int]:
        there = len(stored) - offset
        if there <= 0:
            return b"", SW.WRONG_OFFSET
        if le > there:
            if self.faults.end_of_file == "6B00":
                return b"", SW.WRONG_OFFSET
            if self.faults.answer_6cxx and is_short:
                return b"", 0x6C00 | there
        data = stored[offset : offset + le]
        return data, SW.END_OF_FILE if le > there and self.faults.end_of_file == "6282" else SW.OK

    def _read_record(self, command: Command) -> tuple[bytes, int]:
        records = self._application.records if self._application else ()
        if not records:
            return b"", SW.INCOMPATIBLE_FILE
        if command.le is None:
            return b"", SW.WRONG_LENGTH
        if not 1 <= command.p1 <= len(records):
            return b"", SW.RECORD_NOT_FOUND
        return records[command.p1 - 1][: command.le], SW.OK

    # --- cryptography

    def _get_challenge(self, command: Command) -> tuple[bytes, int]:
        if command.is_extended:
            return b"", SW.CONDITIONS_NOT_SATISFIED
        if command.p1p2 or command.data or command.le is None or command.le > _MAX_CHALLENGE:
            return b"", SW.WRONG_LENGTH
        return secrets.token_bytes(command.le), SW.OK

    def _compute_digital_signature(self, command: Command) -> tuple[bytes, int]:
        # P1 names the scheme (one source); only 00, "pad what is given", is used by anyone.
        if command.p1 != 0 or not command.p2 & 0x80 or command.p2 & 0x60:
            return b"", SW.WRONG_P1P2
        reference = self._referenced(command.p2 & 0x1F)
        if isinstance(reference, SW):
            return b"", reference
        application, file_id = reference
        key = application.keys.get(file_id)
        if key is None:
            return b"", SW.INCOMPATIBLE_FILE if application.has(file_id) else SW.REFERENCE_NOT_FOUND
        self._file_id = file_id
        if key.unlocked_by not in self._verified:
            return b"", SW.SECURITY_STATUS_NOT_SATISFIED
        if not command.data or command.le is None:
            return b"", SW.WRONG_LENGTH
        try:
            signature = sign(key.key, command.data)
        except SignatureInputError:
            return b"", SW.WRONG_LENGTH
        return signature[: command.le], SW.OK

    # --- state

    def _referenced(self, short_id: int) -> tuple[Application, int] | SW:
        """The application and EF that a command means by its short id, or by 0 the current one."""
        if self._application is None:
            return SW.NO_CURRENT_EF
        if short_id == 0:
            return SW.NO_CURRENT_EF if self._file_id is None else (self._application, self._file_id)
        # How a real card words this refusal is not known; none was seen to refuse.
        if self.faults.refuse_short_efid or short_id == 0x1F:
            return SW.WRONG_P1P2
        return (self._application, short_id) if self._application.has(short_id) else SW.REFERENCE_NOT_FOUND
