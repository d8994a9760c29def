"""The port to the national system: whatever can answer an inquiry by itself implements `Gateway`.

Imports no storage and no web framework; implementations are chosen in `kazasu.gateway.choice`.
"""

from datetime import date
from typing import Protocol

import msgspec

from kazasu.gateway.answer import Answer
from kazasu.rules import CheckType, InquiryKey

__all__ = ["Gateway", "GatewayUnavailableError", "InquiryRequest", "NumberAsked", "NumberSource"]

NumberSource = str
"""Where an insured number came from: `roster`, `answer` or `document` (typed at the door)."""


class NumberAsked(msgspec.Struct, frozen=True, kw_only=True):
    """An insured number with the birth date that belongs to it."""

    insurer_number: str
    symbol: str
    number: str
    branch: str
    birth_date: str
    """ISO 8601."""
    source: NumberSource

    def __repr__(self) -> str:
        return "<NumberAsked>"


class InquiryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the national system; asking it again is harmless."""

    inquiry: str
    """The inquiry's id: the reference by which an answer finds back."""
    key: InquiryKey
    check_type: CheckType
    asked_for: date
    limit_amount_consent: bool
    consents: tuple[str, ...] = ()
    """Kinds of medical information that the patient consented to on our device; none for `eligibility_only`."""
    is_continuing: bool = False
    """Of continuing home visits, where consents stand until they are withdrawn."""
    number: NumberAsked | None = None
    certificate: bytes | None = None
    is_re_inquiry: bool = False
    """Asked again for a continuing home visit: the system goes by the consent of the first one."""

    def __repr__(self) -> str:
        return f"<InquiryRequest {self.inquiry} {self.key}>"


class GatewayUnavailableError(Exception):
    """Nothing answered; the inquiry stays due. `why` is one word, `retry_after_s` a hint or None."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = retry_after_s


class Gateway(Protocol):
    """One way to the national system."""

    name: str
    is_simulated: bool
    keys: frozenset[InquiryKey]

    async def ask(self, request: InquiryRequest) -> Answer:
        """The answer; raises `GatewayUnavailableError` where none came, and then nothing was spent."""
        ...
