"""How much a check shows. Never sent: it follows from what was recorded. Pure; imports no transport and no storage.

No signature by the certificate's key is possible without a PIN. What remains in a visual check can be copied: it
shows that the card's data was read, not that this chip was there.
"""

from enum import StrEnum

from checksync.body import Body, DeclarationBody, SubstituteBody
from checksync.check import CheckBody


class Assurance(StrEnum):
    """Strongest first."""

    CARD_SIGNED = "card_signed"
    CARD_READ = "card_read"
    DOCUMENT = "document"
    STATED = "stated"


def assurance_of(body: Body, *, is_card_signature_valid: bool) -> Assurance | None:
    """The assurance of a recorded body; None where it identifies nobody (a consent, a void, a trouble).

    `is_card_signature_valid`: the signature over the intent verified with the certificate. A signature that does not
    verify counts as none.
    """
    match body:
        case CheckBody():
            has_proof = is_card_signature_valid and body.card.signature is not None
            return Assurance.CARD_SIGNED if has_proof else Assurance.CARD_READ
        case SubstituteBody():
            return Assurance.DOCUMENT
        case DeclarationBody():
            return Assurance.STATED
        case _:
            return None
