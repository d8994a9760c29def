"""The one way to a card: every command passes the policy, and a secret is presented only by `verify`.

Holds, at the lowest layer, that the Individual Number is never read and that no try of a secret is spent by accident.
Whatever wraps a `CardConnection` for use by programs is a `GuardedConnection`; nothing gives out the one inside.
"""

from __future__ import annotations

from dataclasses import dataclass

from mynacard.apdu import INS, SW, Command, Response
from mynacard.application import Application
from mynacard.connection import CardConnection
from mynacard.errors import (
    CardError,
    LastTryRefusedError,
    PinBlockedError,
    PinWrongError,
    RefusedByPolicyError,
    StatusError,
    TransportError,
    VerifyInterruptedError,
    VerifyRefusedError,
)
from mynacard.policy import CommandPolicy, Permit, Step
from mynacard.secret import Secret, SecretReference, reference_of
from mynacard.transcript import Transcript

_CURRENT = 0x80


@dataclass(frozen=True)
class _Presented:
    """What became of a VERIFY: its status word, or none; or what interrupted the program meanwhile."""

    sw: int | None
    interrupt: type[BaseException] | None = None


class GuardedConnection:
    """A `CardConnection` that refuses what `mynacard.policy` does not allow, before any byte is sent."""

    def __init__(self, connection: CardConnection) -> None:
        self._inner = connection
        self._policy = CommandPolicy()
        self._is_fresh = True
        self._uses_short_references = True
        self._tries: dict[SecretReference, int | None] = {}
        self.transcript = Transcript()
        self.is_closing = False

    @property
    def reader(self) -> str:
        return self._inner.reader

    @property
    def extended_length(self) -> bool:
        return self._inner.extended_length

    @property
    def application(self) -> Application | None:
        """The application known to be selected."""
        return self._policy.application

    @property
    def current_file(self) -> int | None:
        """The file known to be current in it."""
        return self._policy.file

    def transmit(self, apdu: bytes) -> bytes:
        """Raises RefusedByPolicyError with nothing sent; otherwise as `CardConnection.transmit`."""
        permit = self._policy.permit(apdu)
        if isinstance(permit, str):
            # A refused command may hold a secret; it is gone from this frame before the error is raised.
            del apdu
            raise RefusedByPolicyError(permit)
        return self._send(apdu, permit)

    def _send(self, apdu: bytes, permit: Permit) -> bytes:
        if permit.step is not Step.GET_RESPONSE and permit.step is not Step.READ:
            self._tries.clear()
        answer: bytes | None = None
        try:
            answer = bytes(self._inner.transmit(apdu))
            if len(answer) < 2:
                raise TransportError("answer shorter than a status word")
        finally:
            self._is_fresh = False
            self.transcript.record(apdu, answer, is_closing=self.is_closing)
            response = Response.parse(answer) if answer is not None else None
            self._policy.note(permit, response)
        return answer

    def exchange(self, command: Command) -> Response:
        """`transmit` for values."""
        octets = self.transmit(command.encode())
        return Response(octets[:-2], int.from_bytes(octets[-2:]))

    def reconnect(self) -> None:
        self._forget()
        self._inner.reconnect()
        self._is_fresh = True

    def close(self) -> None:
        self._forget()
        self._inner.close()

    def _forget(self) -> None:
        self._policy.forget()
        self._tries.clear()

    def select(self, application: Application) -> Response:
        """Selects by AID. One card answers 6F00 to the very first command after power-up: then once more."""
        command = Command.case3(0x00, INS.SELECT, 0x04, 0x0C, application.aid)
        was_fresh = self._is_fresh
        response = self.exchange(command)
        if was_fresh and response.sw == SW.NO_PRECISE_DIAGNOSIS:
            response = self.exchange(command)
        return response

    def tries_left(self, secret: type[Secret]) -> int | None:
        """Asks the card's counter, which costs nothing; None if the card does not say. 0 is blocked, however said.

        Raises RefusedByPolicyError unless the secret's application is selected.
        """
        return self._ask(reference_of(secret))

    def _ask(self, reference: SecretReference) -> int | None:
        if self.application is not reference.application:
            raise RefusedByPolicyError("application")
        if self._uses_short_references:
            response = self.exchange(Command.case1(0x00, INS.VERIFY, 0x00, _CURRENT | reference.file))
            if _is_counter(response):
                return self._keep(reference, response)
            # Found out here, where it cannot cost a try: this card wants the file selected first.
            self._uses_short_references = False
        selected = self.exchange(Command.case3(0x00, INS.SELECT, 0x02, 0x0C, reference.file.to_bytes(2)))
        if not selected.is_ok:
            raise StatusError(selected.sw, "select_reference")
        response = self.exchange(Command.case1(0x00, INS.VERIFY, 0x00, _CURRENT))
        if not _is_counter(response):
            raise StatusError(response.sw, "ask_tries")
        return self._keep(reference, response)

    def _keep(self, reference: SecretReference, response: Response) -> int | None:
        self._tries[reference] = response.tries_left
        return response.tries_left

    def verify(self, secret: Secret, *, allow_last_try: bool = False) -> None:
        """Presents a secret to its own reference, once, after asking the counter if that was not the last thing done.

        Raises PinBlockedError and LastTryRefusedError with nothing presented; PinWrongError when the card refused it;
        VerifyInterruptedError when the answer was lost: then the card was powered anew and its counter asked.
        """
        reference = reference_of(type(secret))
        if secret.is_wiped:
            raise RefusedByPolicyError("secret_wiped")
        before = self._tries[reference] if reference in self._tries else self._ask(reference)
        if before == 0:
            raise PinBlockedError(reference.name)
        if (before is None or before == 1) and not allow_last_try:
            raise LastTryRefusedError(reference.name, before)
        presented = self._present(secret, reference)
        if presented.interrupt is not None:
            # Anew, since the old one's traceback leads through frames that held the command.
            raise presented.interrupt
        self._judge(reference, before, presented.sw)

    def _present(self, secret: Secret, reference: SecretReference) -> _Presented:
        """The only place that sends a secret. Never raises, so that no traceback leads to where it stood."""
        self._tries.clear()
        selector = _CURRENT | reference.file if self._uses_short_references else _CURRENT
        permit = Permit(Step.ASK_TRIES, file=reference.file, is_short=self._uses_short_references)
        apdu = Command.case3(0x00, INS.VERIFY, 0x00, selector, secret.octets()).encode()
        answer: bytes | None = None
        interrupt: type[BaseException] | None = None
        try:
            answer = bytes(self._inner.transmit(apdu))
        except Exception:  # noqa: S110 - whatever a driver raises here means one thing: the outcome is not known
            pass
        except BaseException as stopped:
            interrupt = type(stopped)
        self._is_fresh = False
        self.transcript.record(apdu, answer, is_closing=self.is_closing)
        del apdu
        response = Response.parse(answer) if answer is not None else None
        self._policy.note(permit, response)
        return _Presented(response.sw if response is not None else None, interrupt)

    def _judge(self, reference: SecretReference, before: int | None, sw: int | None) -> None:
        """Turns the answer to VERIFY into its meaning, once."""
        if sw == SW.OK:
            return
        if sw is None:
            raise VerifyInterruptedError(reference.name, before, self._tries_after_trouble(reference))
        left = Response(b"", sw).tries_left
        if left == 0:
            raise PinBlockedError(reference.name)
        if left is not None:
            raise PinWrongError(reference.name, left)
        left = self._tries_now(reference)
        if sw == SW.VERIFICATION_FAILED:
            raise PinBlockedError(reference.name) if left == 0 else PinWrongError(reference.name, left)
        raise VerifyRefusedError(reference.name, sw, left)

    def _tries_after_trouble(self, reference: SecretReference) -> int | None:
        """The counter after the card was powered anew; None if it cannot be asked."""
        try:
            self.reconnect()
            return self._ask(reference) if self.select(reference.application).is_ok else None
        except CardError:
            return None

    def _tries_now(self, reference: SecretReference) -> int | None:
        try:
            return self._ask(reference)
        except CardError:
            return None


def _is_counter(response: Response) -> bool:
    """Whether an empty VERIFY was understood: a counter, "blocked", or "is verified already"."""
    return response.tries_left is not None or response.sw in (SW.OK, SW.VERIFICATION_FAILED)
