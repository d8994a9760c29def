"""What may be sent to a card: a list of what is allowed, by selected application and current file. Pure.

Invariant: the 12-digit Individual Number is never read, and none of its roads is open: Text AP files 0001 and 0003
(the latter holds an unsalted hash of it), the references 0014 and 0013 it would be presented to, the card-face
application, the raw READ forms, secure messaging, logical channels, chaining. None of these is named below, because
nothing is refused by being named: what is not allowed is refused. So are the signature certificate and its key, and
VERIFY with data, whose only road is `GuardedConnection.verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from mynacard.apdu import INS, SW, Response
from mynacard.application import Application, JpkiFile, TextFile
from mynacard.signature import is_card_input

READABLE: Final = {
    Application.JPKI: frozenset[int]({JpkiFile.TOKEN, JpkiFile.CERTIFICATE}),
    Application.TEXT: frozenset[int]({TextFile.ATTRIBUTES}),
}
REFERENCES: Final = {
    Application.JPKI: frozenset[int]({JpkiFile.PIN}),
    Application.TEXT: frozenset[int]({TextFile.PIN, TextFile.NUMBER_B}),
}
KEYS: Final = {
    Application.JPKI: frozenset[int]({JpkiFile.KEY}),
    Application.TEXT: frozenset[int](),
}


class Step(Enum):
    """The few things a card is asked to do."""

    SELECT_APPLICATION = "select_application"
    SELECT_FILE = "select_file"
    READ = "read"
    ASK_TRIES = "ask_tries"
    SIGN = "sign"
    GET_RESPONSE = "get_response"


@dataclass(frozen=True)
class Permit:
    """An allowed command, understood: which file it names, and whether it does so by short identifier."""

    step: Step
    application: Application | None = None
    file: int | None = None
    is_short: bool = False


class CommandPolicy:
    """The allow-list, and what is known of the card's state: it may know less than the card, never more."""

    def __init__(self) -> None:
        self.application: Application | None = None
        self.file: int | None = None
        self._has_more = False

    def permit(self, apdu: bytes) -> Permit | str:
        """The command understood, or the reason it is refused as a word."""
        if len(apdu) < 4:
            return "malformed"
        match (apdu[0], apdu[1]):
            case (0x00, INS.SELECT):
                return self._select(apdu)
            case (0x00, INS.READ_BINARY):
                return self._read(apdu)
            case (0x00, INS.VERIFY):
                return self._ask_tries(apdu)
            case (0x80, INS.PERFORM_SECURITY_OPERATION):
                return self._sign(apdu)
            case (0x00, INS.GET_RESPONSE):
                is_plain = len(apdu) == 5 and apdu[2:4] == b"\x00\x00"
                return Permit(Step.GET_RESPONSE) if is_plain and self._has_more else "get_response"
        return "unknown_command"

    def _select(self, apdu: bytes) -> Permit | str:
        if apdu[2:5] == b"\x04\x0c\x0a" and len(apdu) == 15:
            for application in Application:
                if apdu[5:] == application.aid:
                    return Permit(Step.SELECT_APPLICATION, application)
            return "application"
        if self.application is None:
            return "no_application"
        if apdu[2:5] == b"\x02\x0c\x02" and len(apdu) == 7:
            file = int.from_bytes(apdu[5:7])
            known = (READABLE, REFERENCES, KEYS)
            if any(file in table[self.application] for table in known):
                return Permit(Step.SELECT_FILE, file=file)
            return "file"
        return "select_form"

    def _read(self, apdu: bytes) -> Permit | str:
        is_short_le = len(apdu) == 5
        is_extended_le = len(apdu) == 7 and apdu[4] == 0
        if not (is_short_le or is_extended_le):
            return "read_form"
        return self._file(Step.READ, READABLE, apdu[2])

    def _ask_tries(self, apdu: bytes) -> Permit | str:
        # Exactly four bytes: with a Le some stacks and cards take it for an entry, with data it is one.
        if len(apdu) != 4:
            return "secret_outside_verify"
        return self._file(Step.ASK_TRIES, REFERENCES, apdu[3]) if apdu[2] == 0 else "reference"

    def _sign(self, apdu: bytes) -> Permit | str:
        if apdu[2] != 0 or not is_card_input(_data_of_case_4(apdu)):
            return "sign_form"
        if self._is_current(apdu[3]) or apdu[3] & 0xE0 == 0x80:
            return self._file(Step.SIGN, KEYS, apdu[3])
        return "key"

    def _is_current(self, selector: int) -> bool:
        return selector == 0x80

    def _file(self, step: Step, table: dict[Application, frozenset[int]], selector: int) -> Permit | str:
        """The file that P1 (READ) or P2 (VERIFY, SIGN) points to, if the table has it."""
        if self.application is None:
            return "no_application"
        allowed = table[self.application]
        points_to_current = selector < 0x80 if step is Step.READ else self._is_current(selector)
        if points_to_current:
            return Permit(step, file=self.file) if self.file in allowed else "file"
        file = selector & 0x1F
        if selector & 0xE0 == 0x80 and file in allowed:
            return Permit(step, file=file, is_short=True)
        return "file"

    def note(self, permit: Permit, response: Response | None) -> None:
        """Takes in the card's answer (None: it did not come). What is not certain afterwards counts as unknown."""
        self._has_more = False
        if response is None:
            self.forget()
            return
        is_done = response.sw == SW.OK or response.more_available is not None
        match permit.step:
            case Step.SELECT_APPLICATION:
                self.application = permit.application if is_done else None
                self.file = None
            case Step.SELECT_FILE:
                self.file = permit.file if is_done else None
            case Step.READ if permit.is_short:
                self.file = permit.file if is_done or response.sw == SW.END_OF_FILE else None
            case Step.ASK_TRIES | Step.SIGN if permit.is_short:
                self.file = None
            case _:
                pass
        if permit.step in (Step.READ, Step.SIGN, Step.GET_RESPONSE):
            self._has_more = response.more_available is not None

    def forget(self) -> None:
        """Nothing is known of the card any more: only the selection of an application is allowed next."""
        self.application = None
        self.file = None
        self._has_more = False


def _data_of_case_4(apdu: bytes) -> bytes:
    """The data of a command that carries data and an Le in the same form; empty if it is anything else."""
    if len(apdu) > 6 and apdu[4] != 0 and len(apdu) == 4 + 1 + apdu[4] + 1:
        return apdu[5:-1]
    if len(apdu) > 9 and apdu[4] == 0 and len(apdu) == 4 + 3 + int.from_bytes(apdu[5:7]) + 2:
        return apdu[7:-2]
    return b""
