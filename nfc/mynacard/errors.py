"""What can go wrong between a program and a card, as types that carry data and no prose.

`mynacard.message` puts them into words for people. No error holds a secret, an attribute of the card's holder or a
certificate, and none must ever import a reader driver.
"""

from __future__ import annotations

from typing import ClassVar


class CardError(Exception):
    """Anything this library raises on purpose; `code` is its stable name in JSON output."""

    code: ClassVar[str] = "card_error"

    def data(self) -> dict[str, str | int | None]:
        """What a program may want beside the code: never a secret, never personal data."""
        return {}


class TransportError(CardError):
    """A command did not come back; whether the card carried it out is not known."""

    code: ClassVar[str] = "transport"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class CardRemovedError(TransportError):
    """The card left the reader, or lost power, before it answered."""

    code: ClassVar[str] = "card_removed"


class ReaderError(CardError):
    """No connection to a card could be made."""


class NoServiceError(ReaderError):
    """What drives the readers is not there; `problem` tells an absent package or library from a stopped service."""

    code: ClassVar[str] = "no_service"

    def __init__(self, service: str, problem: str) -> None:
        super().__init__(service, problem)
        self.service = service
        self.problem = problem

    def data(self) -> dict[str, str | int | None]:
        return {"service": self.service, "problem": self.problem}


class NoReaderError(ReaderError):
    """No reader is plugged in, or none (or more than one) answers to the name."""

    code: ClassVar[str] = "no_reader"

    def __init__(self, reader: str | None = None, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(reader, candidates)
        self.reader = reader
        self.candidates = candidates

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}


class NoCardError(ReaderError):
    """The reader is there and no card is on it."""

    code: ClassVar[str] = "no_card"

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}


class ReaderBusyError(ReaderError):
    """Another program holds the card and did not let go."""

    code: ClassVar[str] = "reader_busy"

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def data(self) -> dict[str, str | int | None]:
        return {"reader": self.reader}


class RefusedByPolicyError(CardError):
    """The library does not send this, whoever asks; nothing reached the card. `reason` is a word, never the command."""

    code: ClassVar[str] = "refused_by_policy"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def data(self) -> dict[str, str | int | None]:
        return {"reason": self.reason}


class StatusError(CardError):
    """The card answered a step with a status word that it should not have."""

    code: ClassVar[str] = "unexpected_status"

    def __init__(self, sw: int, step: str) -> None:
        super().__init__(f"{sw:04X}", step)
        self.sw = sw
        self.step = step

    def data(self) -> dict[str, str | int | None]:
        return {"sw": f"{self.sw:04X}", "step": self.step}


class NotMyNumberCardError(CardError):
    """Another card: `reason` is `no_application`, `resident_card` (the card before My Number) or `unknown_label`."""

    code: ClassVar[str] = "not_my_number_card"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def data(self) -> dict[str, str | int | None]:
        return {"reason": self.reason}


class ProfileUnavailableError(CardError):
    """The card has no four attributes to give: a phone carries certificates only."""

    code: ClassVar[str] = "profile_unavailable"

    def __init__(self, card: str) -> None:
        super().__init__(card)
        self.card = card

    def data(self) -> dict[str, str | int | None]:
        return {"card": self.card}


class CertificateNeedsPinError(CardError):
    """A phone gives its certificate only after the PIN."""

    code: ClassVar[str] = "certificate_needs_pin"


class DamagedDataError(CardError):
    """What came is not what it should be; `what` names the object and `problem` the fault, never the content."""

    code: ClassVar[str] = "damaged_data"

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem

    def data(self) -> dict[str, str | int | None]:
        return {"what": self.what, "problem": self.problem}


class SignatureMismatchError(DamagedDataError):
    """The signature does not verify with the certificate: another card, or a damaged answer."""

    code: ClassVar[str] = "signature_mismatch"

    def __init__(self) -> None:
        super().__init__("signature", "does_not_verify")


class SecretError(CardError):
    """Something about one of the three secrets; `secret` says which (`jpki_pin`, `text_pin`, `number_b`)."""

    def __init__(self, secret: str, tries_left: int | None = None) -> None:
        super().__init__(secret, tries_left)
        self.secret = secret
        self.tries_left = tries_left

    def data(self) -> dict[str, str | int | None]:
        return {"secret": self.secret, "tries_left": self.tries_left}


class SecretFormatError(SecretError):
    """What was typed cannot be this secret; nothing was sent, no try is spent."""

    code: ClassVar[str] = "secret_format"

    def __init__(self, secret: str, problem: str) -> None:
        super().__init__(secret)
        self.args = (secret, problem)
        self.problem = problem

    def data(self) -> dict[str, str | int | None]:
        return {"secret": self.secret, "problem": self.problem}


class PinWrongError(SecretError):
    """The card compared the secret and refused it; one try is spent. `tries_left` is None if the card did not say."""

    code: ClassVar[str] = "pin_wrong"


class PinBlockedError(SecretError):
    """No try is left; only the municipal office restores it."""

    code: ClassVar[str] = "pin_blocked"

    def __init__(self, secret: str) -> None:
        super().__init__(secret, 0)


class LastTryRefusedError(SecretError):
    """One try is left, or the card does not say how many; nothing was sent."""

    code: ClassVar[str] = "last_try_refused"


class VerifyRefusedError(SecretError):
    """The card refused VERIFY for another reason than the secret's value; the counter was asked afterwards."""

    code: ClassVar[str] = "verify_refused"

    def __init__(self, secret: str, sw: int, tries_left: int | None) -> None:
        super().__init__(secret, tries_left)
        self.sw = sw

    def data(self) -> dict[str, str | int | None]:
        return {**super().data(), "sw": f"{self.sw:04X}"}


class VerifyInterruptedError(CardRemovedError):
    """The answer to VERIFY was lost. It was not repeated; `outcome` says what the counter tells about that try.

    `not_spent` (no try is lost), `spent` (one is), `unknown` (the card could not be asked any more).
    """

    def __init__(self, secret: str, tries_before: int | None, tries_left: int | None) -> None:
        super().__init__()
        self.secret = secret
        self.tries_left = tries_left
        if tries_before is None or tries_left is None:
            self.outcome = "unknown"
        else:
            self.outcome = "spent" if tries_left < tries_before else "not_spent"
        self.args = (secret, tries_left, self.outcome)

    def data(self) -> dict[str, str | int | None]:
        return {"secret": self.secret, "tries_left": self.tries_left, "outcome": self.outcome}


class CertificateNotReadError(CardRemovedError):
    """The card signed and left before its certificate was whole.

    `signature` is good: give it to `CardSession.finish` when the card is there again. A plastic card needs no PIN then.
    """

    def __init__(self, signature: bytes) -> None:
        super().__init__()
        self.signature = signature
