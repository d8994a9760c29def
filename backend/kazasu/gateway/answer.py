"""What the national system answers, in the shape of its result files (facts/oqs.md section 2). Pure values.

All that it writes stays text as it came: padded insurer numbers, leading zeros, `●` in names, codes that nobody here
knows. Dates are its own `yyyymmdd`, times its `yyyymmddHHMMSS` without zone (Japanese time). `repr` shows no content.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

__all__ = [
    "Answer",
    "ConsentFlag",
    "ElderlyRecipient",
    "Limit",
    "Qualification",
    "QualificationKind",
    "Result",
    "SpecifiedIllness",
    "outside_medical",
    "qualification_kind",
    "without_medical",
]

SUBSTITUTE_CHARACTER = "●"
"""What comes in place of a character that the system cannot show."""


class Result(StrEnum):
    """What the answer comes to; the first five are its own validity codes 1 to 5."""

    VALID = "valid"
    INVALID = "invalid"
    INVALID_NEWER_EXISTS = "invalid_newer_exists"
    NOT_FOUND = "not_found"
    SEVERAL_MATCH = "several_match"
    REFUSED = "refused"


class QualificationKind(StrEnum):
    """What a qualification is, from its class code."""

    INSURANCE = "insurance"
    LATE_STAGE_ELDERLY = "late_stage_elderly"
    PUBLIC_ASSISTANCE = "public_assistance"
    SELF_DEFENCE = "self_defence"
    UNKNOWN = "unknown"


class _Private(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ConsentFlag(_Private, frozen=True, kw_only=True):
    """One kind's consent as the system knows it: its code, when given, until when the information is open."""

    code: str
    at: str = ""
    available_until: str = ""


class ElderlyRecipient(_Private, frozen=True, kw_only=True):
    """The elderly recipient certificate (70 to 74)."""

    issued_on: str = ""
    valid_from: str = ""
    valid_until: str = ""
    share: str = ""


class Limit(_Private, frozen=True, kw_only=True):
    """The limit on co-payment: class (01…) and band (A01…, B01…) as codes."""

    classification: str = ""
    band: str = ""
    issued_on: str = ""
    valid_from: str = ""
    valid_until: str = ""
    long_term_since: str = ""


class SpecifiedIllness(_Private, frozen=True, kw_only=True):
    """One specified long-term illness certificate."""

    category: str = ""
    issued_on: str = ""
    valid_from: str = ""
    valid_until: str = ""
    self_pay: str = ""


class Qualification(_Private, frozen=True, kw_only=True):
    """One qualification of the person; an answer has none, one or several."""

    kind: QualificationKind
    classification: str = ""
    insurer_number: str = ""
    """Eight wide; six digits have two leading spaces."""
    insurer_name: str = ""
    symbol: str = ""
    number: str = ""
    branch: str = ""
    personal_family: str = ""
    insured_name: str = ""
    name: str = ""
    name_kana: str = ""
    name_of_other: str = ""
    name_of_other_kana: str = ""
    sex: str = ""
    sex_on_back: str = ""
    birth_date: str = ""
    address: str = ""
    post_number: str = ""
    qualified_on: str = ""
    disqualified_on: str = ""
    issued_on: str = ""
    valid_from: str = ""
    valid_until: str = ""
    share: str = ""
    """Percent in three digits (`010`), late-stage elderly only."""
    preschool: str = ""
    reason_of_loss: str = ""
    elderly: ElderlyRecipient | None = None
    limit: Limit | None = None
    specified_illnesses: tuple[SpecifiedIllness, ...] = ()
    consents: dict[str, ConsentFlag] = {}
    """By our kinds of consent, and for medical information by `MedicalPart`; what is missing opens nothing."""
    reference_number: str = ""
    public_assistance: dict[str, str] = {}
    unknown: dict[str, str] = {}
    """Elements that this version does not know, by their own names."""


class Answer(_Private, frozen=True, kw_only=True):
    """One answer, as it is stored with its inquiry for good."""

    result: Result
    asked_for: date
    answered_at: datetime
    simulated: bool
    qualifications: tuple[Qualification, ...] = ()
    code: str = ""
    """The system's own code, kept as it came: of a refusal, or a side note of a normal answer."""
    message: str = ""
    reference: str = ""
    """Where the raw answer can be found again (a file's identifier); never a patient's data."""

    @property
    def has_substitute_character(self) -> bool:
        """Whether a name came with a character that the system could not show."""
        return any(
            SUBSTITUTE_CHARACTER in name
            for qualification in self.qualifications
            for name in (qualification.name, qualification.insured_name, qualification.name_of_other)
        )


_KIND_BY_CLASSIFICATION = {
    **{code: QualificationKind.INSURANCE for code in ("01", "02", "03", "04", "05", "06")},
    "07": QualificationKind.SELF_DEFENCE,
    "A1": QualificationKind.PUBLIC_ASSISTANCE,
}


def qualification_kind(classification: str, insurer_number: str) -> QualificationKind:
    """The kind by the class code and, for the late-stage elderly, by the insurer's first two digits (39)."""
    kind = _KIND_BY_CLASSIFICATION.get(classification, QualificationKind.UNKNOWN)
    if kind is QualificationKind.INSURANCE and insurer_number.startswith("39"):
        return QualificationKind.LATE_STAGE_ELDERLY
    return kind


def without_medical(answer: Answer) -> tuple[Answer, bool]:
    """The answer as an `eligibility_only` check may keep it, and whether anything had to be taken out (invariant 6).

    The limit on co-payment, the elderly share and the branch are eligibility; consents but the limit's, specified
    illness and whatever is unknown are not.
    """
    kept: list[Qualification] = []
    for qualification in answer.qualifications:
        kept.append(
            msgspec.structs.replace(
                qualification,
                consents={kind: flag for kind, flag in qualification.consents.items() if kind == "limit_amount"},
                specified_illnesses=(),
                unknown={},
                public_assistance=_without_injuries(qualification.public_assistance),
            )
        )
    cleaned = msgspec.structs.replace(answer, qualifications=tuple(kept))
    return cleaned, cleaned != answer


def outside_medical(content: Mapping[str, Any]) -> dict[str, Any]:
    """A stored answer as anything but a look under invariant 7 may carry it: routes, the feed, evidence.

    Without specified illness, what is unknown, and the names of injuries and diseases on a medical ticket.
    """
    qualifications = []
    for qualification in content.get("qualifications", ()):
        kept = {name: value for name, value in qualification.items() if name not in ("specified_illnesses", "unknown")}
        if "public_assistance" in kept:
            kept["public_assistance"] = _without_injuries(kept["public_assistance"])
        qualifications.append(kept)
    return {**content, **({"qualifications": qualifications} if "qualifications" in content else {})}


def _without_injuries(ticket: Mapping[str, str]) -> dict[str, str]:
    # facts/oqs.md 2: InjuryName1 to 3, and StatusOfInfecton, which is spelled so.
    return {name: value for name, value in ticket.items() if not name.startswith(("InjuryName", "StatusOfInfect"))}
