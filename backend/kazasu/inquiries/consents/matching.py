"""Which waiting check a fetched consent belongs to. Pure: values in, pairs and doubts out.

Tried in this order, the birth date always with it: the reference number that the clinic registered (照会番号, its own
chart number), the insured number, the name or its reading. The first that finds anybody decides. Two persons found by
it, or two consents found for one check, are a doubt for a person to settle: nothing is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from kazasu.gateway import Answer, QualificationKind
from kazasu.japanese import (
    fold_variants,
    full_width,
    half_width,
    hiragana_to_katakana,
    large_kana,
    without_spaces,
)
from kazasu.rules import InsuredNumber

__all__ = ["Consent", "MatchedBy", "Matches", "Waiting", "consent_of", "match"]

SUBSTITUTE_CHARACTER: Final = "●"


class MatchedBy(StrEnum):
    """By what a consent found its check."""

    REFERENCE_NUMBER = "reference_number"
    INSURED_NUMBER = "insured_number"
    NAME = "name"


class _Private(msgspec.Struct, frozen=True, kw_only=True):
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Consent(_Private, frozen=True, kw_only=True):
    """Who consented. `birth_date` is `yyyymmdd`."""

    id: str
    at: str = ""
    """When the last kind of it was registered, `yyyymmddHHMMSS`."""
    reference_number: str = ""
    number: InsuredNumber | None = None
    birth_date: str = ""
    name: str = ""
    name_kana: str = ""


class Waiting(_Private, frozen=True, kw_only=True):
    """A check that waits for a consent, with what is known of its person: `person` tells two of one apart."""

    inquiry: str
    check: str
    person: str
    chart_number: str = ""
    number: InsuredNumber | None = None
    birth_date: str = ""
    names: tuple[str, ...] = ()
    name_kana: str = ""


@dataclass(frozen=True)
class Matches:
    """`found`: consent, check and by what. `doubts`: checks for which a consent is there and cannot be told."""

    found: tuple[tuple[Consent, Waiting, MatchedBy], ...]
    doubts: tuple[tuple[Waiting, MatchedBy], ...]


def consent_of(consent: str, answer: Answer) -> Consent:
    """The person of a fetched answer: its insurance, or whatever qualification it has."""
    insured = [one for one in answer.qualifications if one.kind is not QualificationKind.PUBLIC_ASSISTANCE]
    one = next(iter([*insured, *answer.qualifications]), None)
    if one is None:
        return Consent(id=consent)
    return Consent(
        id=consent,
        at=max((flag.at for flag in one.consents.values()), default=""),
        reference_number=half_width(one.reference_number).strip(),
        number=InsuredNumber(one.insurer_number.strip(), one.symbol, one.number, one.branch) if one.number else None,
        birth_date=one.birth_date,
        name=one.name,
        name_kana=one.name_kana,
    )


def match(consents: Sequence[Consent], waiting: Sequence[Waiting]) -> Matches:
    """Pairs what belongs together beyond doubt; the order of neither list matters."""
    pairs: list[tuple[Consent, Waiting, MatchedBy]] = []
    doubts: dict[str, tuple[Waiting, MatchedBy]] = {}
    for consent in consents:
        by, found = _candidates(consent, waiting)
        if by is None:
            continue
        if len({one.person for one in found}) > 1:
            doubts |= {one.check: (one, by) for one in found}
            continue
        pairs += [(consent, one, by) for one in found]
    by_check: dict[str, list[tuple[Consent, Waiting, MatchedBy]]] = {}
    for pair in pairs:
        by_check.setdefault(pair[1].check, []).append(pair)
    kept = []
    for check, of_check in by_check.items():
        if check in doubts:
            continue
        if len({_identity(consent) for consent, _, _ in of_check}) > 1:
            doubts[check] = of_check[0][1:]
            continue
        # The same person consented more than once: the last time is what holds.
        kept.append(max(of_check, key=lambda pair: (pair[0].at, pair[0].id)))
    return Matches(tuple(kept), tuple(doubts.values()))


def _candidates(consent: Consent, waiting: Sequence[Waiting]) -> tuple[MatchedBy | None, list[Waiting]]:
    if not consent.birth_date:
        return None, []
    of_age = [one for one in waiting if one.birth_date == consent.birth_date]
    for by, fits in _WAYS:
        found = [one for one in of_age if fits(consent, one)]
        if found:
            return by, found
    return None, []


def _by_reference(consent: Consent, one: Waiting) -> bool:
    return bool(consent.reference_number) and consent.reference_number == half_width(one.chart_number).strip()


def _by_number(consent: Consent, one: Waiting) -> bool:
    if consent.number is None or one.number is None:
        return False
    branches = {consent.number.branch, one.number.branch} - {""}
    return consent.number.comparable() == one.number.comparable() and len(branches) < 2


def _by_name(consent: Consent, one: Waiting) -> bool:
    if consent.name_kana and one.name_kana:
        return _kana(consent.name_kana) == _kana(one.name_kana)
    # A name with a character that the system cannot show says nothing by itself.
    if not consent.name or SUBSTITUTE_CHARACTER in consent.name:
        return False
    return _name(consent.name) in {_name(name) for name in one.names}


_WAYS: Final[tuple[tuple[MatchedBy, Callable[[Consent, Waiting], bool]], ...]] = (
    (MatchedBy.REFERENCE_NUMBER, _by_reference),
    (MatchedBy.INSURED_NUMBER, _by_number),
    (MatchedBy.NAME, _by_name),
)


def _identity(consent: Consent) -> tuple[object, ...]:
    number = consent.number.comparable() if consent.number is not None else ()
    return (number, consent.birth_date, _kana(consent.name_kana))


def _kana(text: str) -> str:
    return large_kana(hiragana_to_katakana(without_spaces(full_width(text))))


def _name(text: str) -> str:
    return fold_variants(without_spaces(full_width(text)))
