"""Comparing an answer with what is known of the person: roster, card, earlier answers. Pure.

Facts: oqs.md sections 2, 3 and 5, rules.md section 4. The kana name is the anchor: a name comes with `●` where the
system cannot show a character, in another form of a kanji, in another width, or as the name on the back of the card.
`●` is no wildcard by itself: others tried that and gave it up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.japanese import fold_variants, full_width, half_width, hiragana_to_katakana, large_kana, without_spaces
from kazasu.rules.compared_field import Field, FieldCompared, Result, Why
from kazasu.rules.insured_number import InsuredNumberError, proven_insurer_number

__all__ = ["Comparison", "Field", "FieldCompared", "PersonFacts", "Result", "Why", "compare"]

SUBSTITUTE_CHARACTER: Final = "●"


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """One side of the comparison; empty where it says nothing.

    Sex is `male` or `female`, or 1 or 2 as answers and cards have it; anything else is unknown.
    """

    name: str = ""
    name_kana: str = ""
    name_on_back: str = ""
    name_kana_on_back: str = ""
    birth_date: date | None = None
    sex: str = ""
    sex_on_back: str = ""
    insurer_number: str = ""
    symbol: str = ""
    number: str = ""
    branch: str = ""

    def __repr__(self) -> str:
        return "<PersonFacts>"


@dataclass(frozen=True)
class Comparison:
    """All fields, and whether the record is likely another person's: then no medical information until one decides."""

    fields: tuple[FieldCompared, ...]
    other_person_likely: bool
    cites: str = "oqs.md 3, rules.md 3, 4 [001][004]"

    def of(self, field: Field) -> FieldCompared:
        """The comparison of one field."""
        return next(one for one in self.fields if one.field is field)

    @property
    def differences(self) -> tuple[FieldCompared, ...]:
        """What a person has to look at."""
        return tuple(one for one in self.fields if one.result is Result.DIFFERENT)


def compare(ours: PersonFacts, theirs: PersonFacts) -> Comparison:
    """Compare what is held (roster, card, an earlier answer) with what came."""
    kana = _kana(ours, theirs)
    name = _name(ours, theirs, kana)
    birth_date = _birth_date(ours, theirs)
    sex = _sex(ours, theirs)
    fields = (
        kana,
        name,
        birth_date,
        sex,
        _insurer_number(ours.insurer_number, theirs.insurer_number),
        _folded_field(Field.SYMBOL, ours.symbol, theirs.symbol),
        _folded_field(Field.NUMBER, ours.number, theirs.number),
        _folded_field(Field.BRANCH, ours.branch, theirs.branch),
    )
    return Comparison(fields, _is_other_person_likely(kana, name, birth_date, sex, fields[-1]))


def _is_other_person_likely(
    kana: FieldCompared, name: FieldCompared, birth_date: FieldCompared, sex: FieldCompared, branch: FieldCompared
) -> bool:
    """On the safe side: a wrong alarm costs a look, a missed one shows a stranger's record.

    A kana name that differs beside an agreeing kanji name is a reading recorded otherwise (ヤマサキ, ヤマザキ), and the
    reverse a character; neither is another person. A branch is each family member's own.
    """
    is_confirmed = kana.agrees or (kana.result is Result.CANNOT_SAY and name.agrees)
    name_differs = (kana.result is Result.DIFFERENT and not name.agrees) or (
        kana.result is Result.CANNOT_SAY and name.result is Result.DIFFERENT
    )
    doubts = (sex.result is Result.DIFFERENT) or (branch.result is Result.DIFFERENT)
    return birth_date.result is Result.DIFFERENT or name_differs or (doubts and not is_confirmed)


_Fold = tuple[Why, Callable[[str], str]]

_DASHES: Final = str.maketrans(dict.fromkeys("ー−‐‑‒–—―－-", "ー"))


def _plain(text: str) -> str:
    return without_spaces(full_width(text))


_KANA_FOLDS: Final[tuple[_Fold, ...]] = (
    (Why.WIDTH_OR_SPACE, lambda text: _plain(text).translate(_DASHES)),
    (Why.SCRIPT, hiragana_to_katakana),
    (Why.SMALL_KANA, large_kana),
)
_NAME_FOLDS: Final[tuple[_Fold, ...]] = (
    (Why.WIDTH_OR_SPACE, lambda text: _plain(text).upper()),
    (Why.VARIANT, fold_variants),
    (Why.FORMER_NAME, lambda text: _without_brackets(text)),
)


def _without_brackets(text: str) -> str:
    """Without the former surname that a card prints in brackets after the surname."""
    opening, closing = text.find("［"), text.find("］")
    return text[:opening] + text[closing + 1 :] if 0 <= opening < closing else text


def _folded(one: str, other: str, folds: tuple[_Fold, ...]) -> tuple[Why, ...] | None:
    """By which folds the two become the same: none needed is an empty tuple; None where they never do."""
    if one == other:
        return ()
    if not _are_same_under(one, other, folds):
        return None
    needed = list(folds)
    for fold in folds:
        rest = [other_fold for other_fold in needed if other_fold is not fold]
        if _are_same_under(one, other, rest):
            needed = rest
    return tuple(why for why, _ in needed)


def _are_same_under(one: str, other: str, folds: Iterable[_Fold]) -> bool:
    for _, fold in folds:
        one, other = fold(one), fold(other)
    return one == other


def _kana(ours: PersonFacts, theirs: PersonFacts) -> FieldCompared:
    return _text(
        Field.NAME_KANA,
        (ours.name_kana, ours.name_kana_on_back),
        (theirs.name_kana, theirs.name_kana_on_back),
        _KANA_FOLDS,
    )


def _name(ours: PersonFacts, theirs: PersonFacts, kana: FieldCompared) -> FieldCompared:
    compared = _text(Field.NAME, (ours.name, ours.name_on_back), (theirs.name, theirs.name_on_back), _NAME_FOLDS)
    has_substitute = SUBSTITUTE_CHARACTER in compared.ours + compared.theirs
    if compared.result is not Result.DIFFERENT or not has_substitute:
        return compared
    if not _fits_around_substitutes(ours.name, theirs.name):
        return compared
    # What is left of the name fits; whether the hidden character does, only the kana name can say.
    result = Result.EQUIVALENT if kana.agrees else Result.CANNOT_SAY
    return FieldCompared(Field.NAME, result, (Why.SUBSTITUTE_CHARACTER,), compared.ours, compared.theirs)


def _fits_around_substitutes(one: str, other: str) -> bool:
    one, other = (fold_variants(_plain(text)) for text in (one, other))
    return len(one) == len(other) and all(
        left == right or SUBSTITUTE_CHARACTER in (left, right) for left, right in zip(one, other, strict=True)
    )


def _text(field: Field, ours: tuple[str, str], theirs: tuple[str, str], folds: tuple[_Fold, ...]) -> FieldCompared:
    """The front against the front; then any of the two names against any other."""
    front, other_front = ours[0].strip(), theirs[0].strip()
    if not any(text.strip() for text in ours) or not any(text.strip() for text in theirs):
        return FieldCompared(field, Result.CANNOT_SAY, (Why.MISSING,), front, other_front)
    pairs = [(one, other) for one in ours for other in theirs if one.strip() and other.strip()]
    for one, other in pairs:
        used = _folded(one, other, folds)
        if used is None:
            continue
        if (one, other) != (ours[0], theirs[0]):
            used = (*used, Why.BACK_OF_CARD)
        return FieldCompared(field, Result.EQUIVALENT if used else Result.SAME, used, front, other_front)
    return FieldCompared(field, Result.DIFFERENT, (Why.VALUES,), front, other_front)


def _birth_date(ours: PersonFacts, theirs: PersonFacts) -> FieldCompared:
    texts = tuple("" if one is None else one.isoformat() for one in (ours.birth_date, theirs.birth_date))
    if ours.birth_date is None or theirs.birth_date is None:
        return FieldCompared(Field.BIRTH_DATE, Result.CANNOT_SAY, (Why.MISSING,), *texts)
    is_same = ours.birth_date == theirs.birth_date
    return FieldCompared(
        Field.BIRTH_DATE, Result.SAME if is_same else Result.DIFFERENT, () if is_same else (Why.VALUES,), *texts
    )


_SEXES: Final = {"male": "male", "female": "female", "1": "male", "2": "female"}


def _sex(ours: PersonFacts, theirs: PersonFacts) -> FieldCompared:
    front, other_front = (_SEXES.get(side.sex) for side in (ours, theirs))
    if front is not None and front == other_front:
        return FieldCompared(Field.SEX, Result.SAME, (), ours.sex, theirs.sex)
    sides = [{_SEXES[one] for one in (side.sex, side.sex_on_back) if one in _SEXES} for side in (ours, theirs)]
    if not all(sides):
        return FieldCompared(Field.SEX, Result.CANNOT_SAY, (Why.MISSING,), ours.sex, theirs.sex)
    if sides[0] & sides[1]:
        return FieldCompared(Field.SEX, Result.EQUIVALENT, (Why.BACK_OF_CARD,), ours.sex, theirs.sex)
    return FieldCompared(Field.SEX, Result.DIFFERENT, (Why.VALUES,), ours.sex, theirs.sex)


def _insurer_number(ours: str, theirs: str) -> FieldCompared:
    field = Field.INSURER_NUMBER
    if not ours.strip() or not theirs.strip():
        return FieldCompared(field, Result.CANNOT_SAY, (Why.MISSING,), ours, theirs)
    try:
        mine, other = (_unpadded(one) for one in (ours, theirs))
    except InsuredNumberError as error:
        why = Why.CHECK_DIGIT if error.why == "check_digit" else Why.VALUES
        return FieldCompared(field, Result.DIFFERENT, (why,), ours, theirs)
    if mine != other:
        return FieldCompared(field, Result.DIFFERENT, (Why.VALUES,), ours, theirs)
    if ours == theirs:
        return FieldCompared(field, Result.SAME, (), ours, theirs)
    return FieldCompared(field, Result.EQUIVALENT, (Why.PADDING,), ours, theirs)


def _unpadded(text: str) -> str:
    """Six or eight digits: two leading spaces are the national system's padding, two zeros that of JP Core."""
    digits = proven_insurer_number(text)
    return digits[2:] if digits.startswith("00") and len(digits) == 8 else digits


def _folded_field(field: Field, ours: str, theirs: str) -> FieldCompared:
    folds: tuple[_Fold, ...] = (
        (Why.WIDTH_OR_SPACE, lambda text: without_spaces(half_width(text)).translate(_DASHES)),
        (Why.LEADING_ZEROS, lambda text: text.lstrip("0")),
    )
    if not ours.strip() or not theirs.strip():
        is_both_empty = not ours.strip() and not theirs.strip()
        # Two empty symbols are the same symbol; an empty branch says nothing: an old card has none.
        if is_both_empty and field is Field.SYMBOL:
            return FieldCompared(field, Result.SAME, (), ours, theirs)
        return FieldCompared(field, Result.CANNOT_SAY, (Why.MISSING,), ours, theirs)
    used = _folded(ours, theirs, folds)
    if used is None:
        return FieldCompared(field, Result.DIFFERENT, (Why.VALUES,), ours, theirs)
    return FieldCompared(field, Result.EQUIVALENT if used else Result.SAME, used, ours, theirs)
