"""What the state of the card's certificate on the day of the check means for the check: facts/rules.md section 5. Pure.

mynacard says which state it is; this says what follows. Revocation is out of scope: it is open to authorised verifiers
only, so that `valid` here never means "not revoked".
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say

__all__ = ["CERTIFICATE_ROWS", "CertificateMeaning", "CertificateState", "CertificateStateRow", "meaning"]


class CertificateState(StrEnum):
    """The states that mynacard tells apart; the same words."""

    VALID = "valid"
    ALERT = "alert"
    GRACE = "grace"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class CertificateStateRow(Row, frozen=True, kw_only=True):
    """What a check with a certificate in this state may do. No row opens medical information in the grace period."""

    state: CertificateState
    serves_for_eligibility: bool
    serves_for_medical_information: bool
    renew_soon: bool
    say: Say


_SINCE: Final = date(2021, 10, 1)
_GRACE: Final = date(2024, 12, 2)
_EXPIRED: Final = Say(
    ja="電子証明書の有効期間が過ぎています。カードでの確認はできません。カードと資格はそのまま有効です。",
    en="The certificate has expired: no check by the card. The card itself and the qualification stay valid.",
)

CERTIFICATE_ROWS: Final[tuple[CertificateStateRow, ...]] = (
    CertificateStateRow(
        key="valid",
        state=CertificateState.VALID,
        serves_for_eligibility=True,
        serves_for_medical_information=True,
        renew_soon=False,
        since=_SINCE,
        cites="rules.md 5 [001][002]",
        say=Say(ja="電子証明書は有効期間内です。", en="The certificate is within its validity."),
    ),
    # "3 months or less": a notice to renew, nothing else.
    CertificateStateRow(
        key="alert",
        state=CertificateState.ALERT,
        serves_for_eligibility=True,
        serves_for_medical_information=True,
        renew_soon=True,
        since=_SINCE,
        cites="rules.md 5 [001][002]",
        say=Say(
            ja="電子証明書の有効期限まで3か月以内です。更新は市区町村の窓口です。",
            en="The certificate ends within 3 months; the municipality renews it.",
        ),
    ),
    CertificateStateRow(
        key="grace_before_2024_12_02",
        state=CertificateState.GRACE,
        serves_for_eligibility=False,
        serves_for_medical_information=False,
        renew_soon=True,
        since=_SINCE,
        until=date(2024, 12, 1),
        cites="rules.md 5 [002]",
        say=_EXPIRED,
    ),
    # Three months after expiry: eligibility alone, no medical information [public].
    CertificateStateRow(
        key="grace",
        state=CertificateState.GRACE,
        serves_for_eligibility=True,
        serves_for_medical_information=False,
        renew_soon=True,
        since=_GRACE,
        cites="rules.md 5 [002][public]",
        say=Say(
            ja="電子証明書の有効期限から3か月以内のため、資格の確認だけができます。医療情報は見られません。",
            en="Within 3 months after the certificate's end: eligibility alone, no medical information.",
        ),
    ),
    CertificateStateRow(
        key="expired",
        state=CertificateState.EXPIRED,
        serves_for_eligibility=False,
        serves_for_medical_information=False,
        renew_soon=True,
        since=_SINCE,
        cites="rules.md 5 [002]",
        say=_EXPIRED,
    ),
    CertificateStateRow(
        key="not_yet_valid",
        state=CertificateState.NOT_YET_VALID,
        serves_for_eligibility=False,
        serves_for_medical_information=False,
        renew_soon=False,
        since=_SINCE,
        cites="rules.md 5 [001][002]",
        say=Say(ja="電子証明書の有効期間がまだ始まっていません。", en="The certificate's validity has not begun."),
    ),
)


@dataclass(frozen=True)
class CertificateMeaning:
    """What a check with such a certificate may do, why, and how well that is known."""

    serves_for_eligibility: bool
    serves_for_medical_information: bool
    renew_soon: bool
    say: Say
    cites: str
    knowledge: Knowledge


def meaning(
    state: CertificateState, day: date, rows: tuple[CertificateStateRow, ...] = CERTIFICATE_ROWS
) -> CertificateMeaning:
    """What a check made on that day, on which the certificate was in this state, may do.

    Before online checks began nothing may be done with any certificate.
    """
    found = find([row for row in rows if row.state is state], day)
    if not isinstance(found, Found):
        say = Say(
            ja="オンライン資格確認が始まる前の日付です。",
            en="The day lies before online checks began.",
        )
        return CertificateMeaning(False, False, False, say, "rules.md 5", Knowledge.KNOWN)
    row = found.row
    return CertificateMeaning(
        row.serves_for_eligibility,
        # The grace period never shows medical information (invariant 7), whoever says otherwise.
        row.serves_for_medical_information and state in _SHOWS_MEDICAL,
        row.renew_soon,
        row.say,
        row.cites,
        found.knowledge,
    )


_SHOWS_MEDICAL: Final = frozenset({CertificateState.VALID, CertificateState.ALERT})
