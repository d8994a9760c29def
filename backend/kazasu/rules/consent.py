"""Which consents a check may carry: facts/rules.md section 3 and invariant 6. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from kazasu.rules.vocabulary import CheckType

__all__ = ["MEDICAL", "ConsentKind", "is_allowed", "not_allowed_kinds"]


class ConsentKind(StrEnum):
    """What a patient consents to, each kind for itself."""

    MEDICATION = "medication"
    TREATMENT = "treatment"
    CHECK_UPS = "check_ups"
    CLINICAL_DOCUMENTS = "clinical_documents"
    LIMIT_AMOUNT = "limit_amount"
    SPECIFIED_ILLNESS = "specified_illness"


MEDICAL = frozenset(
    {
        ConsentKind.MEDICATION,
        ConsentKind.TREATMENT,
        ConsentKind.CHECK_UPS,
        ConsentKind.CLINICAL_DOCUMENTS,
    }
)
"""The kinds that open medical information."""


def is_allowed(kind: str, check_type: CheckType) -> bool:
    """Whether a check of this type may carry a consent of this kind, given or declined.

    `eligibility_only` has the co-payment limit alone: specified illness counts as medical there. A kind that is not
    known is not allowed anywhere, because nobody could say what it opens.
    """
    if check_type is CheckType.ELIGIBILITY_ONLY:
        return kind == ConsentKind.LIMIT_AMOUNT
    return kind in set(ConsentKind)


def not_allowed_kinds(kinds: Iterable[str], check_type: CheckType) -> tuple[str, ...]:
    """Those of the kinds that a check of this type may not carry, in their order."""
    return tuple(kind for kind in kinds if not is_allowed(kind, check_type))
