"""What the card shows: certificate, chain, state on the day, signature over the intent. Pure; uses mynacard alone.

No certificate is asked after at its issuer: revocation is out of scope (see `mynacard.certificate`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cryptography import x509

from kazasu.reconciliation.reason import HoldReason
from kazasu.rules import CardKind, CertificateState, certificate_meaning
from kazasu.rules.certificate import CERTIFICATE_ROWS, CertificateStateRow
from mynacard.card_kind import CardKind as MynacardKind
from mynacard.certificate import Certificate, ChainError
from mynacard.errors import CardError

__all__ = ["CardShown", "judge_card"]


@dataclass(frozen=True)
class CardShown:
    """What holds of the card on the day of the check, and the reasons to hold the check."""

    state: CertificateState | None
    is_signature_valid: bool
    reasons: tuple[tuple[HoldReason, dict[str, str]], ...]


def judge_card(
    octets: bytes,
    *,
    kind: CardKind,
    roots: Iterable[x509.Certificate],
    as_of: date,
    intent: bytes,
    signature: bytes | None,
    is_pin_check: bool,
    rules: tuple[CertificateStateRow, ...] = CERTIFICATE_ROWS,
) -> CardShown:
    """Judges certificate and signature; what is wrong becomes reasons, never an exception."""
    read = _read(octets, tuple(roots))
    certificate = read.certificate
    if certificate is None:
        return CardShown(None, False, ((HoldReason.CERTIFICATE_DAMAGED, {"error": read.fault or ""}),))
    reasons: list[tuple[HoldReason, dict[str, str]]] = []
    if read.fault is not None:
        reasons.append((HoldReason.CERTIFICATE_NOT_TRUSTED, {"chain": read.fault}))
    state = CertificateState(certificate.state(as_of, MynacardKind(kind.value)).value)
    if not certificate_meaning(state, as_of, rules).serves_for_eligibility:
        reason = HoldReason.CERTIFICATE_EXPIRED
        if state is CertificateState.NOT_YET_VALID:
            reason = HoldReason.CERTIFICATE_NOT_YET_VALID
        reasons.append((reason, {"as_of": as_of.isoformat()}))
    is_signature_valid = signature is not None and _has_signed(certificate, intent, signature)
    if signature is not None and not is_signature_valid:
        reasons.append((HoldReason.CARD_SIGNATURE_NOT_VALID, {}))
    if signature is None and is_pin_check:
        reasons.append((HoldReason.CARD_SIGNATURE_MISSING, {}))
    # Without a root that vouches for it a signature shows nothing about a card.
    is_trusted = all(reason is not HoldReason.CERTIFICATE_NOT_TRUSTED for reason, _ in reasons)
    return CardShown(state, is_signature_valid and is_trusted, tuple(reasons))


@dataclass(frozen=True)
class _Read:
    certificate: Certificate | None
    fault: str | None
    """Why it cannot be read, or why no root vouches for it."""


@lru_cache(maxsize=4096)
def _read(octets: bytes, roots: tuple[x509.Certificate, ...]) -> _Read:
    # A card is seen at every visit. What its octets say and which of these roots signed them does not change; what
    # changes, its state on a day and what it signs, is judged anew.
    try:
        certificate = Certificate.parse(octets)
    except CardError as error:
        return _Read(None, error.code)
    try:
        certificate.chain(roots)
    except ChainError as error:
        return _Read(certificate, error.reason)
    return _Read(certificate, None)


def _has_signed(certificate: Certificate, intent: bytes, signature: bytes) -> bool:
    try:
        return certificate.has_signed(intent, signature)
    except CardError:
        return False
