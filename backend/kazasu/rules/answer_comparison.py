"""An answer held against everything that is known of the person: roster, card, earlier answer. Pure.

Facts: oqs.md 3, rules.md 3, 4. Two readings of ours stand here alone. The roster says who was meant, and the card who
was there: a difference from either counts. An earlier answer of the same patient speaks only where neither of them
does; a name that changed by marriage and was corrected on the roster is no difference any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from kazasu.rules.compared_field import Field, FieldCompared, Result
from kazasu.rules.comparison import Comparison, PersonFacts, compare

__all__ = ["Against", "AnswerCompared", "Difference", "Source", "compare_answer"]


class Source(StrEnum):
    """What an answer is held against, in this order."""

    ROSTER = "roster"
    CARD = "card"
    PAST_ANSWER = "past_answer"


@dataclass(frozen=True)
class Against:
    """What one source says of the person."""

    source: Source
    facts: PersonFacts


@dataclass(frozen=True)
class Difference:
    """A field in which the answer differs from a source, with both values for the person who decides."""

    source: Source
    compared: FieldCompared


@dataclass(frozen=True)
class AnswerCompared:
    """What came of it. `other_person` names the sources by which the record is likely another person's; then no medical
    information is shown until somebody decides."""

    other_person: tuple[Source, ...]
    differences: tuple[Difference, ...]
    cites: str = "oqs.md 3, rules.md 3, 4 [001][004]"


_NUMBER: Final = frozenset({Field.INSURER_NUMBER, Field.SYMBOL, Field.NUMBER, Field.BRANCH})
_PARTS: Final[dict[Field, tuple[str, ...]]] = {
    Field.NAME_KANA: ("name_kana", "name_kana_on_back"),
    Field.NAME: ("name", "name_on_back"),
    Field.SEX: ("sex", "sex_on_back"),
    Field.INSURER_NUMBER: ("insurer_number",),
    Field.SYMBOL: ("symbol",),
    Field.NUMBER: ("number",),
    Field.BRANCH: ("branch",),
}


def compare_answer(answered: Sequence[PersonFacts], against: Iterable[Against], *, with_number: bool) -> AnswerCompared:
    """Compares the answer's qualifications (each a way to see the same person) with every source.

    Of several qualifications the one that fits best speaks. `with_number` False leaves the insured number out: of an
    answer that shows a lost qualification, or several, another number is what is expected.
    """
    other: list[Source] = []
    differences: list[Difference] = []
    said: set[Field] = set()
    for one in sorted(against, key=lambda of: list(Source).index(of.source)):
        if not answered:
            break
        ours = _without(one.facts, said) if one.source is Source.PAST_ANSWER else one.facts
        best = min((compare(ours, theirs) for theirs in answered), key=_doubt)
        if best.other_person_likely:
            other.append(one.source)
        differences += [
            Difference(one.source, field) for field in best.differences if with_number or field.field not in _NUMBER
        ]
        said |= {field.field for field in best.fields if field.result is not Result.CANNOT_SAY}
    return AnswerCompared(tuple(other), tuple(differences))


def _doubt(comparison: Comparison) -> tuple[bool, int]:
    return comparison.other_person_likely, len(comparison.differences)


def _without(facts: PersonFacts, said: set[Field]) -> PersonFacts:
    blank: dict[str, str] = {part: "" for field in said for part in _PARTS.get(field, ())}
    kept = replace(facts, **blank)  # type: ignore[arg-type]
    return replace(kept, birth_date=None) if Field.BIRTH_DATE in said else kept
