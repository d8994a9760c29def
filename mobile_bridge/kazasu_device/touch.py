"""The card's part of a check: until it is whole the card is asked for again, and no secret is presented twice.

Knows nothing of logs, servers or policies. Must never log.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from kazasu_device.dialogue import Cue, Dialogue
from kazasu_device.errors import NotForPhoneError
from kazasu_device.presence import Presence
from mynacard import (
    Attributes,
    CardError,
    CardKind,
    CardSession,
    Certificate,
    CertificateNeedsPinError,
    CertificateNotReadError,
    JpkiPin,
    NumberB,
    PinWrongError,
    Proof,
    SecretFormatError,
    SignatureMismatchError,
    Transcript,
    TransportError,
    VerifyInterruptedError,
)

KnownCertificate = Callable[[int], bytes | None]

_MOST_TOUCHES: Final = 20
"""A card that goes away this often within one check is not held, or broken."""


@dataclass(frozen=True)
class Touched:
    """What the card gave: everything that a check entry needs of it."""

    kind: CardKind
    certificate: Certificate = field(repr=False)
    certificate_read: bool
    signature: bytes | None = field(repr=False)
    attributes: Attributes | None = field(default=None, repr=False)
    attributes_problem: CardError | None = None
    """Why the four attributes are missing though their number was offered."""


@dataclass(frozen=True)
class SignatureGiven:
    """A broken touch: the card signed, and left before its certificate was whole."""

    signature: bytes = field(repr=False)


class Touch:
    """One check's touches of one card at one reader."""

    def __init__(
        self, presence: Presence, dialogue: Dialogue, *, allow_last_try: bool = False, with_attributes: bool = False
    ) -> None:
        self._presence = presence
        self._dialogue = dialogue
        self._allow_last_try = allow_last_try
        self._with_attributes = with_attributes
        self._touches = 0

    def sign(
        self,
        message: bytes,
        known: KnownCertificate | None = None,
        *,
        given: SignatureGiven | None = None,
        on_broken: Callable[[SignatureGiven], None] = lambda _: None,
    ) -> Touched:
        """The card signs the message by the PIN that the dialogue brings, which may ask for it again.

        Raises PinBlockedError and LastTryRefusedError, and whatever the dialogue raises instead of asking again.
        `on_broken` is told as soon as a signature waits for its certificate.
        """
        pin: JpkiPin | None = None
        problem: CardError | None = None
        try:
            while True:
                if given is None and pin is None:
                    pin = self._dialogue.pin(problem)
                try:
                    with self._presence.session(self._cue(given)) as session:
                        proof = self._proof(session, message, pin, known, given)
                        touched, number = self._with_attributes_of(_touched(proof), session, self._number())
                    break
                except CertificateNotReadError as broken:
                    _wipe(pin)
                    pin, given = None, SignatureGiven(broken.signature)
                    on_broken(given)
                    self._next(Cue.TOUCH_TO_FINISH, broken)
                except CertificateNeedsPinError as error:
                    # A phone opens its certificate to the PIN alone: it signs the same message once more.
                    given, problem = None, error
                    self._next(Cue.TOUCH_AGAIN, error)
                except SignatureMismatchError as error:
                    if given is None:
                        raise
                    self._next(Cue.OTHER_CARD, error)
                except _Presented as presented:
                    # What was presented once is typed anew, whatever became of it.
                    _wipe(pin)
                    pin, problem = None, presented.problem
                    self._next(None, presented.problem)
                except TransportError as error:
                    problem = error
                    self._next(Cue.TOUCH_AGAIN, error)
        finally:
            _wipe(pin)
        return self._later(touched, number)

    def read(self) -> Touched:
        """Without PIN: the certificate whole, and the four attributes where their number is offered.

        Raises NotForPhoneError, because a phone gives nothing without its PIN.
        """
        is_phone = False
        while True:
            try:
                with self._presence.session(self._cue(None)) as session:
                    certificate = session.certificate()
                    read = Touched(session.identify(), certificate, certificate_read=True, signature=None)
                    touched, number = self._with_attributes_of(read, session, self._number())
                return self._later(touched, number)
            except CertificateNeedsPinError:
                is_phone = True
            except TransportError as error:
                self._next(Cue.TOUCH_AGAIN, error)
            if is_phone:
                raise NotForPhoneError

    def _proof(
        self,
        session: CardSession,
        message: bytes,
        pin: JpkiPin | None,
        known: KnownCertificate | None,
        given: SignatureGiven | None,
    ) -> Proof:
        if given is not None:
            return session.finish(message, given.signature)
        if pin is None:
            raise CertificateNeedsPinError
        presented: CardError | None = None
        try:
            return session.prove(message, pin, known, allow_last_try=self._allow_last_try)
        except (CertificateNotReadError, SignatureMismatchError):
            raise
        except (PinWrongError, TransportError) as error:
            if not isinstance(error, VerifyInterruptedError) and _presented(session.transcript) == 0:
                raise
            presented = error
        raise _Presented(presented)

    def _with_attributes_of(
        self, touched: Touched, session: CardSession, number: NumberB | None
    ) -> tuple[Touched, NumberB | None]:
        """The touch with its attributes, or with the reason why not; a number that is still to be tried comes back."""
        while number is not None:
            before = _presented(session.transcript)
            try:
                attributes = session.attributes(number, allow_last_try=self._allow_last_try and not touched.signature)
            except (PinWrongError, SecretFormatError) as error:
                _wipe(number)
                touched = replace(touched, attributes_problem=error)
                number = self._dialogue.number_b(error)
                continue
            except TransportError as error:
                touched = replace(touched, attributes_problem=error)
                if isinstance(error, VerifyInterruptedError) or _presented(session.transcript) > before:
                    _wipe(number)
                    number = self._dialogue.number_b(error)
                return touched, number
            except CardError as error:
                # No four attributes on this card, or no more tries of their number: the check goes on without.
                _wipe(number)
                return replace(touched, attributes_problem=error), None
            _wipe(number)
            return replace(touched, attributes=attributes, attributes_problem=None), None
        return touched, None

    def _number(self) -> NumberB | None:
        return self._dialogue.number_b(None) if self._with_attributes else None

    def _later(self, touched: Touched, number: NumberB | None) -> Touched:
        """The card left before its attributes were read: what it gave stays, and it is asked for once more."""
        while number is not None:
            try:
                self._next(Cue.TOUCH_AGAIN, touched.attributes_problem)
                with self._presence.session() as session:
                    touched, number = self._with_attributes_of(touched, session, number)
            except CardError as error:
                _wipe(number)
                touched, number = replace(touched, attributes_problem=error), None
        return touched

    def _cue(self, given: SignatureGiven | None) -> Callable[[], None]:
        cue = Cue.TOUCH if given is None else Cue.TOUCH_TO_FINISH
        return lambda: self._dialogue.cue(cue)

    def _next(self, cue: Cue | None, problem: CardError | None) -> None:
        self._touches += 1
        if self._touches >= _MOST_TOUCHES and problem is not None:
            raise problem
        if cue is not None:
            self._dialogue.cue(cue)


class _Presented(Exception):
    """The PIN went to the card, and the touch did not become a proof."""

    def __init__(self, problem: CardError) -> None:
        super().__init__()
        self.problem = problem


def _touched(proof: Proof) -> Touched:
    return Touched(proof.kind, proof.certificate, proof.certificate_read, proof.signature)


def _presented(transcript: Transcript) -> int:
    """How many times a secret was put on the wire in this session; the free query carries none."""
    return sum(exchange.command[2:4] == "20" and exchange.command_length > 4 for exchange in transcript)


def _wipe(secret: JpkiPin | NumberB | None) -> None:
    if secret is not None:
        secret.wipe()
