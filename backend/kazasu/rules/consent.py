"""Which consents a check may carry: facts/rules.md section 3 and invariant 6. Pure.

Invariant 6 stands here and not in a row of the facility's own: no file opens medical information to `eligibility_only`.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.period import Row
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CheckType

__all__ = ["CONSENT_ROWS", "MEDICAL", "ConsentKind", "ConsentRow", "is_allowed", "not_allowed_kinds"]


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


class ConsentRow(Row, frozen=True, kw_only=True):
    """The kinds of consent that a check of this type may carry, given or declined."""

    check_type: CheckType
    kinds: frozenset[ConsentKind]
    say: Say


_SINCE: Final = date(2021, 10, 1)
_ALL: Final = frozenset(ConsentKind)

CONSENT_ROWS: Final[tuple[ConsentRow, ...]] = (
    ConsentRow(
        key="standard",
        check_type=CheckType.STANDARD,
        kinds=_ALL,
        since=_SINCE,
        cites="rules.md 1, 3 [001][002][003]",
        say=Say(
            ja="薬剤・診療・健診の情報、限度額、特定疾病のそれぞれに同意を確かめます。",
            en="Medication, treatment, check-ups, the co-payment limit and specified illness are each asked for.",
        ),
    ),
    ConsentRow(
        key="home_consent",
        check_type=CheckType.HOME_CONSENT,
        kinds=_ALL,
        since=_SINCE,
        cites="rules.md 1, 3 [001][002][003]",
        say=Say(
            ja="居宅同意取得型では、医療情報の同意も端末で確かめます。",
            en="The home-consent type takes the consents to medical information on the device too.",
        ),
    ),
    # Specified illness counts as medical here (invariant 6).
    ConsentRow(
        key="eligibility_only",
        check_type=CheckType.ELIGIBILITY_ONLY,
        kinds=frozenset({ConsentKind.LIMIT_AMOUNT}),
        since=_SINCE,
        cites="rules.md 1, 3 [001][002]",
        say=Say(
            ja="資格確認限定型では、限度額の同意だけを確かめ、医療情報は扱いません。",
            en="The eligibility-only type asks for the co-payment limit alone and never has medical information.",
        ),
    ),
)

_KINDS: Final = {row.check_type: row.kinds for row in CONSENT_ROWS}


def is_allowed(kind: str, check_type: CheckType) -> bool:
    """Whether a check of this type may carry a consent of this kind, given or declined.

    A kind that is not known is not allowed anywhere, because nobody could say what it opens.
    """
    return kind in _KINDS[check_type]


def not_allowed_kinds(kinds: Iterable[str], check_type: CheckType) -> tuple[str, ...]:
    """Those of the kinds that a check of this type may not carry, in their order."""
    return tuple(kind for kind in kinds if not is_allowed(kind, check_type))
