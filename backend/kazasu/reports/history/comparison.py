"""A facility's own rate beside the sources' figures of 2024-09 and 2023-12, as far as those allow. Pure.

The sources print averages of prefectures and kinds, no facility's rate: so one's place among the 47 averages can be
said, a percentile among facilities cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kazasu.facility.kind import FacilityKind
from kazasu.rules.say import Say
from kazasu.rules.statistics import (
    USAGE_BY_KIND,
    national_total,
    prefecture_rate,
    prefecture_totals,
    usage_by_prefecture,
)
from kazasu.rules.usage import LEAST_CHECKS

__all__ = ["KIND_WORDS", "ComparedFigure", "Comparison", "Place", "SourceKind", "compare", "kinds_of"]


class SourceKind(StrEnum):
    """The kinds that the sources count by."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    DENTAL = "dental"
    PHARMACY = "pharmacy"


KIND_WORDS = {
    SourceKind.HOSPITAL: Say(ja="病院", en="hospitals"),
    SourceKind.CLINIC: Say(ja="医科診療所", en="clinics"),
    SourceKind.DENTAL: Say(ja="歯科診療所", en="dental clinics"),
    SourceKind.PHARMACY: Say(ja="薬局", en="pharmacies"),
}


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of the sources; `kind` None: all kinds, `prefecture_code` empty: the whole country."""

    month: tuple[int, int]
    kind: SourceKind | None
    prefecture_code: str
    prefecture: str
    card_checks: int
    all_checks: int
    cites: str

    @property
    def rate(self) -> Fraction:
        """The rate, from its counts."""
        return Fraction(self.card_checks, self.all_checks)


@dataclass(frozen=True)
class Place:
    """Where one's own rate would stand among the 47 prefectures' averages of a kind."""

    kind: SourceKind
    above: int
    """Prefectures whose average is higher."""
    of: int
    rates: tuple[tuple[str, Fraction], ...]
    """Prefecture and average, the highest first."""


@dataclass(frozen=True)
class Comparison:
    """One's own rate (None where it is not known) and the figures beside it."""

    own: Fraction | None
    is_too_few: bool
    """Fewer checks than those that the source itself leaves out."""
    figures: tuple[ComparedFigure, ...]
    places: tuple[Place, ...]


def kinds_of(kind: FacilityKind, *, is_dental: bool) -> tuple[SourceKind, ...]:
    """The kinds to compare with: a medical institution may be a clinic or a hospital, and both are shown."""
    if kind is FacilityKind.PHARMACY:
        return (SourceKind.PHARMACY,)
    if kind in (FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.TREATMENT_PRACTICE):
        return ()
    if kind is FacilityKind.VISITING_NURSING:
        return ()
    return (SourceKind.DENTAL,) if is_dental else (SourceKind.CLINIC, SourceKind.HOSPITAL)


def compare(
    own: Fraction | None, all_checks: int | None, kinds: Sequence[SourceKind], prefecture_code: str
) -> Comparison:
    """The comparison; a prefecture that does not exist (an exercise's) is left out."""
    figures: list[ComparedFigure] = []
    for kind in kinds:
        figures += [
            ComparedFigure(one.month, kind, "", "", one.card_checks, one.all_checks, one.cites)
            for one in USAGE_BY_KIND
            if one.kind == kind
        ]
        figures += [
            ComparedFigure(
                (2024, 9), kind, line.prefecture_code, line.prefecture, line.card_checks, line.all_checks,
                "rules.md 12 [002]",
            )
            for line in usage_by_prefecture()
            if line.kind == kind and line.prefecture_code == prefecture_code
        ]  # fmt: skip
    for total in prefecture_totals():
        if total.prefecture_code == prefecture_code:
            counts = prefecture_rate(prefecture_code)
            figures.append(
                ComparedFigure((2024, 9), None, prefecture_code, total.prefecture, *counts, "rules.md 12 [002]")
            )
    for month, cites in (((2024, 9), "rules.md 9 [002]"), ((2023, 12), "rules.md 9 [000]")):
        figures.append(ComparedFigure(month, None, "", "", *national_total(month), cites))
    is_too_few = all_checks is not None and all_checks < LEAST_CHECKS
    places = tuple(_place(own, kind) for kind in kinds) if own is not None and not is_too_few else ()
    return Comparison(own, is_too_few, tuple(figures), places)


def _place(own: Fraction, kind: SourceKind) -> Place:
    lines = [line for line in usage_by_prefecture() if line.kind == kind]
    rates = [(line.prefecture, Fraction(line.card_checks, line.all_checks)) for line in lines]
    rates.sort(key=lambda one: one[1], reverse=True)
    return Place(kind, sum(rate > own for _, rate in rates), len(rates), tuple(rates))
