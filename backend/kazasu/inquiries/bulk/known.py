"""A qualification as the change rule compares it: out of an answer, or out of the roster. Imports no storage."""

from collections.abc import Collection

import msgspec

from kazasu.gateway import (
    Answer,
    ConsentFlag,
    NumberAsked,
    Qualification,
    QualificationKind,
    Result,
    kind_of_flag,
    without_medical,
)
from kazasu.rules import ConsentKind
from kazasu.rules.qualification_change import KnownQualification

__all__ = ["known_by_answer", "known_by_number", "with_consents"]

_INSURANCE = (QualificationKind.INSURANCE, QualificationKind.LATE_STAGE_ELDERLY, QualificationKind.SELF_DEFENCE)


def known_by_answer(answer: Answer) -> KnownQualification | None:
    """What the answer says of the person; None where it says nothing (refused)."""
    if answer.result is Result.REFUSED:
        return None
    insured = [one for one in answer.qualifications if one.kind in _INSURANCE]
    is_assisted = any(one.kind is QualificationKind.PUBLIC_ASSISTANCE for one in answer.qualifications)
    is_valid = answer.result is Result.VALID
    if len(insured) != 1:
        # None or several: nothing to compare a number with.
        return KnownQualification(is_valid=is_valid, has_public_assistance=is_assisted if is_valid else None)
    one = insured[0]
    return KnownQualification(
        is_valid=is_valid,
        insurer_number=one.insurer_number,
        symbol=one.symbol,
        number=one.number,
        branch=one.branch,
        share=one.share or (one.elderly.share if one.elderly is not None else ""),
        personal_family=one.personal_family,
        birth_date=one.birth_date,
        has_public_assistance=is_assisted if is_valid else None,
    )


def known_by_number(number: NumberAsked | None) -> KnownQualification | None:
    """What the roster says; None where it has no number."""
    if number is None:
        return None
    return KnownQualification(
        insurer_number=number.insurer_number, symbol=number.symbol, number=number.number, branch=number.branch
    )


def with_consents(answer: Answer, held: Collection[str]) -> Answer:
    """The answer with what the consents that hold allow, and no more: none held leaves eligibility alone."""
    if not held:
        return without_medical(answer)[0]
    kept = []
    for one in answer.qualifications:
        consents: dict[str, ConsentFlag] = {
            name: flag
            for name, flag in one.consents.items()
            if kind_of_flag(name) in held or name == ConsentKind.LIMIT_AMOUNT.value
        }
        illnesses = one.specified_illnesses if ConsentKind.SPECIFIED_ILLNESS.value in held else ()
        kept.append(_replaced(one, consents, illnesses))
    return msgspec.structs.replace(answer, qualifications=tuple(kept))


def _replaced(one: Qualification, consents: dict[str, ConsentFlag], illnesses: object) -> Qualification:
    # What is unknown could open anything.
    return msgspec.structs.replace(one, consents=consents, specified_illnesses=illnesses, unknown={})
