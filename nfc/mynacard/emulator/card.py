"""A virtual My Number card: power, memory, misbehaviour, and a record of what it was asked. Imports no transport."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from mynacard.errors import CardRemovedError
from mynacard.transcript import Transcript

from .application import Application
from .card_kind import CardKind
from .chip import Chip
from .command import SW, Command, MalformedCommandError
from .face_application import common_application, face_application, issuer_domain, resident_application
from .faults import Faults
from .jpki_application import jpki_application
from .people import PEOPLE
from .person import Person
from .profile_application import profile_application

_VERIFY: Final = 0x20
_GET_RESPONSE: Final = 0xC0

# PC/SC's "get UID" goes to the reader; a virtual reader hands it through, so the card answers it.
_GET_UID: Final = bytes.fromhex("FFCA000000")


class CardGone(CardRemovedError):
    """The card was told to disappear: what lies between it and the program has to drop the connection."""


class VirtualCard:
    """One card. What the chip keeps (counters) outlives power_off; what it forgets (selection, verified) does not."""

    def __init__(
        self,
        person: Person,
        kind: CardKind = "plastic",
        faults: Faults | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.person: Final = person
        self.kind: Final = kind
        self.applications: Final = _applications(person, kind, faults or Faults())
        self.transcript: Final = Transcript()
        self.pupi = bytes(4)
        self.power_ups = 0
        self._faults = faults or Faults()
        self._chip: Chip | None = None
        self._sleep = sleep
        self._answered = 0
        self._has_disappeared = False
        self._waiting = b""

    def __repr__(self) -> str:
        return f"VirtualCard({self.person.short_name!r}, {self.kind!r})"

    @property
    def is_powered(self) -> bool:
        return self._chip is not None

    def power_on(self) -> None:
        """Reset or field on: nothing selected, nothing verified, another PUPI."""
        self._chip = Chip(self.applications, self.kind, self._faults)
        self._waiting = b""
        self.power_ups += 1
        # A type B card answers with another identifier each time; it must not serve as one.
        self.pupi = secrets.token_bytes(4)

    def power_off(self) -> None:
        """Power lost: everything but the counters is forgotten."""
        self._chip = None

    def process(self, apdu: bytes) -> bytes:
        """The answer, status word last. Raises CardGone when there is no card (any more) to answer."""
        if self._chip is None:
            raise CardGone
        if apdu == _GET_UID:
            return self.pupi + SW.OK.to_bytes(2, "big")
        if self._has_to_leave_before_this():
            self._leave(apdu)
        data, sw = self._answer(self._chip, apdu)
        if self._has_to_leave_during(apdu):
            self._leave(apdu)
        if self._faults.delay_s and len(apdu) > 1 and apdu[1] in self._faults.delayed_instructions:
            self._sleep(self._faults.delay_s)
        self._answered += 1
        response = data + sw.to_bytes(2, "big")
        self.transcript.record(apdu, response)
        return response

    def misbehave(self, **options: Any) -> None:
        """Change some of Faults at once; commands count anew from now. Files stay as they were made."""
        self._faults = replace(self._faults, **options)
        if self._chip is not None:
            self._chip.faults = self._faults
        self._answered = 0
        self._has_disappeared = False

    def tries_left(self, aid: bytes, reference: int) -> int:
        """The counter of one secret, without asking the card. Raises KeyError where the card has no such secret."""
        return {application.aid: application for application in self.applications}[aid].secrets[reference].tries_left

    def _answer(self, chip: Chip, apdu: bytes) -> tuple[bytes, int]:
        try:
            command = Command.parse(apdu)
        except MalformedCommandError:
            return b"", SW.WRONG_LENGTH
        if command.is_extended and self._faults.refuse_extended_length:
            return b"", SW.WRONG_LENGTH
        if command.ins == _GET_RESPONSE and self._faults.answer_61xx:
            return self._get_response(command)
        data, sw = chip.answer(command)
        if self._faults.answer_61xx and data and not command.is_extended:
            self._waiting = data
            return b"", _more_available(data)
        return data, sw

    def _get_response(self, command: Command) -> tuple[bytes, int]:
        if not self._waiting or command.le is None:
            return b"", SW.CONDITIONS_NOT_SATISFIED
        data, self._waiting = self._waiting[: command.le], self._waiting[command.le :]
        return data, _more_available(self._waiting) if self._waiting else SW.OK

    def _has_to_leave_before_this(self) -> bool:
        after = self._faults.disappear_after
        return after is not None and not self._has_disappeared and self._answered >= after

    def _has_to_leave_during(self, apdu: bytes) -> bool:
        is_verify_with_data = len(apdu) > 5 and apdu[1] == _VERIFY
        return self._faults.disappear_during_verify and not self._has_disappeared and is_verify_with_data

    def _leave(self, apdu: bytes) -> None:
        self._has_disappeared = True
        self.transcript.record(apdu, None)
        self.power_off()
        raise CardGone


def virtual_card(
    person: str = "sato",
    kind: CardKind = "plastic",
    faults: Faults | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    **options: Any,
) -> VirtualCard:
    """A new card of one of PEOPLE, all its counters full; faults as a value, or by their names.

    Raises KeyError for a name that is not among them.
    """
    return VirtualCard(PEOPLE[person], kind, replace(faults or Faults(), **options), sleep=sleep)


def _more_available(data: bytes) -> int:
    return 0x6100 | min(len(data), 0x100) & 0xFF


def _applications(person: Person, kind: CardKind, faults: Faults) -> Sequence[Application]:
    match kind:
        case "foreign":
            return (issuer_domain(),)
        case "android" | "iphone" | "resident":
            return (jpki_application(person, kind, faults),)
        case _:
            return (
                jpki_application(person, kind, faults),
                profile_application(person, kind, faults),
                face_application(person),
                resident_application(),
                common_application(person),
                issuer_domain(),
            )
