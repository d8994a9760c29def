"""What has changed in a person's qualification since it was last known: facts/rules.md 4, oqs.md 2 and 5. Pure.

Only what both sides say is compared: an old answer without a branch, or a roster without a share, says nothing of a
change. Eligibility alone; no medical information enters here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kazasu.rules.insured_number import InsuredNumber
from kazasu.rules.say import Say

__all__ = ["CITES", "SAY", "KnownQualification", "QualificationChange", "changes"]

CITES: Final = "rules.md 4, oqs.md 2, 5"


class QualificationChange(StrEnum):
    """One thing that is not as it was."""

    NO_LONGER_VALID = "no_longer_valid"
    VALID_AGAIN = "valid_again"
    INSURER = "insurer"
    SYMBOL_OR_NUMBER = "symbol_or_number"
    BRANCH = "branch"
    SHARE = "share"
    FAMILY = "family"
    PUBLIC_ASSISTANCE = "public_assistance"
    BIRTH_DATE = "birth_date"
    """No change of a qualification: the record is likely another person's."""


SAY: Final = {
    QualificationChange.NO_LONGER_VALID: Say(
        ja="前回は有効だった資格が、有効でなくなっています。",
        en="The qualification that was valid last time no longer is.",
    ),
    QualificationChange.VALID_AGAIN: Say(
        ja="前回は有効でなかった資格が、有効になっています。",
        en="The qualification that was not valid last time is now.",
    ),
    QualificationChange.INSURER: Say(ja="保険者が変わっています。", en="The insurer is another."),
    QualificationChange.SYMBOL_OR_NUMBER: Say(ja="記号または番号が変わっています。", en="Symbol or number is another."),
    QualificationChange.BRANCH: Say(ja="枝番が変わっています。", en="The branch is another."),
    QualificationChange.SHARE: Say(ja="負担割合が変わっています。", en="The co-payment share is another."),
    QualificationChange.FAMILY: Say(
        ja="本人・家族の別が変わっています。", en="Insured and family member have changed places."
    ),
    QualificationChange.PUBLIC_ASSISTANCE: Say(
        ja="医療扶助の有無が変わっています。", en="Public assistance has begun or ended."
    ),
    QualificationChange.BIRTH_DATE: Say(
        ja="回答の生年月日が名簿と違います。別の人の資格かもしれません。",
        en="The birth date answered is not the roster's; this may be another person's record.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class KnownQualification:
    """A qualification as an answer or the roster has it. Empty, or None, where it says nothing."""

    is_valid: bool | None = None
    insurer_number: str = ""
    symbol: str = ""
    number: str = ""
    branch: str = ""
    share: str = ""
    """Three digits of percent, of 70 to 74 or late-stage elderly."""
    personal_family: str = ""
    has_public_assistance: bool | None = None
    birth_date: str = ""
    """`yyyymmdd`."""

    def __repr__(self) -> str:
        return "<KnownQualification>"


def changes(before: KnownQualification | None, now: KnownQualification) -> tuple[QualificationChange, ...]:
    """What has changed, in the order of the enumeration; nothing where nothing was known before."""
    if before is None:
        return ()
    found = []
    if before.is_valid is not None and now.is_valid is not None and before.is_valid is not now.is_valid:
        found.append(QualificationChange.VALID_AGAIN if now.is_valid else QualificationChange.NO_LONGER_VALID)
    insurer, held = (_insurer(one) for one in (now, before))
    if insurer and held and insurer != held:
        found.append(QualificationChange.INSURER)
    if before.number and now.number and _comparable(before) != _comparable(now):
        found.append(QualificationChange.SYMBOL_OR_NUMBER)
    pairs = (
        (QualificationChange.BRANCH, before.branch, now.branch),
        (QualificationChange.SHARE, before.share, now.share),
        (QualificationChange.FAMILY, before.personal_family, now.personal_family),
    )
    found += [
        change for change, was, is_now in pairs if was.strip() and is_now.strip() and was.strip() != is_now.strip()
    ]
    assisted = (before.has_public_assistance, now.has_public_assistance)
    if None not in assisted and assisted[0] is not assisted[1]:
        found.append(QualificationChange.PUBLIC_ASSISTANCE)
    if before.birth_date and now.birth_date and before.birth_date != now.birth_date:
        found.append(QualificationChange.BIRTH_DATE)
    return tuple(found)


def _insurer(one: KnownQualification) -> str:
    digits = one.insurer_number.strip()
    return digits[2:] if len(digits) == 8 and digits.startswith("00") else digits


def _comparable(one: KnownQualification) -> tuple[str, str]:
    _, symbol, number = InsuredNumber(one.insurer_number, one.symbol, one.number, one.branch).comparable()
    return symbol, number
