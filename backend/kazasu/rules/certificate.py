"""What the state of the card's certificate on the day of the check means for the check: facts/rules.md section 5. Pure.

mynacard says which state it is; this says what follows. Revocation is out of scope: it is open to authorised verifiers
only, so that `valid` here never means "not revoked".
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CertificateMeaning", "CertificateState", "meaning"]


class CertificateState(StrEnum):
    """The states that mynacard tells apart; the same words."""

    VALID = "valid"
    ALERT = "alert"
    GRACE = "grace"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


@dataclass(frozen=True)
class CertificateMeaning:
    """What a check with such a certificate may do."""

    serves_for_eligibility: bool
    serves_for_medical_information: bool
    renew_soon: bool


_MEANINGS = {
    CertificateState.VALID: CertificateMeaning(True, True, renew_soon=False),
    # "3 months or less": a notice to renew, nothing else.
    CertificateState.ALERT: CertificateMeaning(True, True, renew_soon=True),
    # Three months after expiry: eligibility alone, no medical information [public].
    CertificateState.GRACE: CertificateMeaning(True, False, renew_soon=True),
    CertificateState.EXPIRED: CertificateMeaning(False, False, renew_soon=True),
    CertificateState.NOT_YET_VALID: CertificateMeaning(False, False, renew_soon=False),
}


def meaning(state: CertificateState) -> CertificateMeaning:
    """What a check made on a day on which the certificate was in this state may do."""
    return _MEANINGS[state]
