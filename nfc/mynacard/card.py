"""`CardSession`: one card touch, from the first command to the last."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from mynacard import jpki, profile
from mynacard.application import Application
from mynacard.card_kind import CardKind
from mynacard.certificate import Certificate
from mynacard.connection import CardConnection
from mynacard.errors import CardError
from mynacard.guard import GuardedConnection
from mynacard.memory import READER_MEMORY, ReaderMemory
from mynacard.proof import KnownCertificate, Proof
from mynacard.secret import JpkiPin, NumberB, Secret, TextPin, reference_of
from mynacard.session import Session
from mynacard.signature import RSA_2048
from mynacard.transcript import Transcript


class CardSession:
    """A My Number card held to a reader, as a context manager: leaving it forgets the PIN and cuts the card's power.

    Raises what `mynacard.errors` lists: NotMyNumberCardError for other cards, CardRemovedError whenever the card goes,
    PinWrongError, PinBlockedError, LastTryRefusedError for secrets. Not for use by two threads at once.
    """

    def __init__(self, connection: CardConnection, *, memory: ReaderMemory = READER_MEMORY) -> None:
        guarded = connection if isinstance(connection, GuardedConnection) else GuardedConnection(connection)
        self._connection = guarded
        self._session = Session(guarded, memory)
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def transcript(self) -> Transcript:
        """What went over the wire, without secrets and without answers' data."""
        return self._connection.transcript

    @property
    def apdus(self) -> int:
        return self.transcript.commands

    @property
    def apdus_closing(self) -> int:
        return self.transcript.closing_commands

    @property
    def kind(self) -> CardKind | None:
        """Which kind of card it is, if that was found out by now; sends nothing."""
        return self._session.kind

    def identify(self) -> CardKind:
        """Which kind of card it is. Raises NotMyNumberCardError for any other."""
        return self._session.identify()

    def tries_left(self, secret: type[Secret]) -> int | None:
        """How many wrong entries the card would still bear: free to ask, 0 is blocked, None if it does not say."""
        self._session.select(reference_of(secret).application)
        return self._connection.tries_left(secret)

    def certificate(self) -> Certificate:
        """The user-authentication certificate, without PIN. Raises CertificateNeedsPinError on a phone."""
        return jpki.read_certificate(self._session)

    def verify(self, secret: Secret, *, allow_last_try: bool = False) -> None:
        """Presents a secret, once, after asking its counter. See `GuardedConnection.verify`."""
        self._session.verify(secret, allow_last_try=allow_last_try)

    def sign_sha256(self, digest: bytes) -> bytes:
        """An RSA card's signature over a SHA-256 digest, after `verify`; not checked. `prove` does the whole."""
        self._session.select(Application.JPKI)
        return jpki.compute_signature(self._session, RSA_2048, digest)

    def prove(
        self, message: bytes, pin: JpkiPin, known: KnownCertificate | None = None, *, allow_last_try: bool = False
    ) -> Proof:
        """The card signs `message`; the signature is verified with its certificate before it is given out.

        `known` finds a certificate held already by its serial, so that only its head is read; the signature decides
        whether it is the one. Raises CertificateNotReadError, carrying the signature, if the card went in between.
        """
        return jpki.prove(self._session, message, pin, known, allow_last_try=allow_last_try)

    def finish(self, message: bytes, signature: bytes) -> Proof:
        """Completes a proof whose certificate was not read: no PIN on a plastic card.

        Raises SignatureMismatchError if this is not the card that signed, CertificateNeedsPinError on a phone.
        """
        return jpki.finish(self._session, message, signature)

    def attributes(self, secret: NumberB | TextPin, *, allow_last_try: bool = False) -> profile.Attributes:
        """Name, address, birth date and sex. Raises ProfileUnavailableError on a phone."""
        return profile.read_attributes(self._session, secret, allow_last_try=allow_last_try)

    def close(self) -> None:
        """Makes the card forget a verified secret and cuts its power; never raises, may be called twice.

        Both ways are gone, since sources disagree which of them clears the state.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._connection.is_closing = True
        application = self._connection.application
        if application is not None and self._session.has_verified:
            self._reselect(application)
        self._connection.close()

    def _reselect(self, application: Application) -> None:
        try:
            self._connection.select(application)
        except CardError:
            # The card is gone, and its power with it.
            return
