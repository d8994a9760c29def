"""The sources' own figures, for comparison beside a facility's: facts/rules.md sections 4, 9, 10, 12. Pure data.

Usage by facility kind and prefecture stands in `data/*.csv`, copied count for count with its provenance; all else is
here. Rates are never stored where counts are: they follow (`usage.usage_rate`).
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = [
    "ANSWER_RATES",
    "PERSONS_2024_09",
    "PERSON_SHARES_2024_09",
    "SURVEYS",
    "USAGE_BY_KIND",
    "VIEWS_2024_09",
    "AnswerRate",
    "KindUsage",
    "PrefectureTotal",
    "PrefectureUsage",
    "Survey",
    "Views",
    "national_total",
    "prefecture_rate",
    "prefecture_totals",
    "usage_by_prefecture",
]

KINDS: Final = ("hospital", "clinic", "dental", "pharmacy")


@dataclass(frozen=True)
class KindUsage:
    """Checks by card and all checks of one kind of facility in a month."""

    month: tuple[int, int]
    kind: str
    card_checks: int
    all_checks: int
    cites: str


USAGE_BY_KIND: Final[tuple[KindUsage, ...]] = (
    KindUsage((2024, 9), "hospital", 3_052_854, 12_669_330, "rules.md 9 [002]"),
    KindUsage((2024, 9), "clinic", 9_267_062, 80_550_382, "rules.md 9 [002]"),
    KindUsage((2024, 9), "dental", 2_674_074, 13_779_140, "rules.md 9 [002]"),
    KindUsage((2024, 9), "pharmacy", 12_153_822, 88_689_767, "rules.md 9 [002]"),
    KindUsage((2023, 12), "hospital", 968_795, 9_133_463, "rules.md 12 [000]"),
    KindUsage((2023, 12), "clinic", 3_673_587, 76_717_814, "rules.md 12 [000]"),
    KindUsage((2023, 12), "dental", 1_139_873, 12_095_006, "rules.md 12 [000]"),
    KindUsage((2023, 12), "pharmacy", 1_851_158, 79_866_965, "rules.md 12 [000]"),
)


def national_total(month: tuple[int, int]) -> tuple[int, int]:
    """Checks by card and all checks over the four kinds."""
    of_month = [one for one in USAGE_BY_KIND if one.month == month]
    return sum(one.card_checks for one in of_month), sum(one.all_checks for one in of_month)


@dataclass(frozen=True)
class Views:
    """Views of medical information in a month."""

    kind: str
    check_ups: int
    medication: int
    treatment: int
    cites: str = "rules.md 12 [002]"


VIEWS_2024_09: Final = (
    Views("hospital", 786_746, 516_519, 1_284_119),
    Views("clinic", 2_804_091, 3_564_150, 7_557_646),
    Views("dental", 634_123, 581_431, 562_021),
    Views("pharmacy", 3_713_761, 3_174_700, 6_072_891),
)

PERSONS_2024_09: Final = (13_840_000, 66_150_000)
"""Persons who used the card, of estimated patients (in units of 10,000): 20.9 % [002]."""

PERSON_SHARES_2024_09: Final = {"patients": "20.9", "card_holders": "27.8", "registered": "34.3"}
"""The same persons in percent of patients, of those who hold a card, of those who registered it, as the source prints
them; of the last two it gives no counts."""


@dataclass(frozen=True)
class AnswerRate:
    """Share of checks with no usable answer in 2024-10-14 to 20, in hundredths of a percent."""

    asked_by: str
    not_found: int
    invalid: int
    cites: str = "rules.md 4 [002]"


ANSWER_RATES: Final = (
    AnswerRate("my_number_card", 20, 29),
    AnswerRate("insurance_card_receipt_computer", 193, 162),
    AnswerRate("insurance_card_typed", 1111, 203),
)


@dataclass(frozen=True)
class Survey:
    """One survey: institutions, how many had trouble, and of those by category."""

    name: str
    sent: int | None
    answers: int | None
    kinds: dict[str, int]
    trouble: dict[str, int]
    full_charge: dict[str, int]
    full_charge_cases: int
    categories: dict[str, int]
    insurance_card_at_hand: int | None
    cites: str


SURVEYS: Final = (
    Survey(
        "2024-05 to 08",
        62_179,
        10_242,
        {"clinic": 6_895, "dental": 1_990, "hospital": 566, "unstated": 791},
        {"yes": 7_134, "no": 2_563, "unstated": 545},
        {"yes": 669, "no": 6_295, "unstated": 170},
        974,
        {
            "substitute_character": 4_773,
            "reader": 3_741,
            "invalid": 3_424,
            "certificate_expired": 1_425,
            "name_or_address": 1_414,
            "no_such_number": 1_311,
            "share": 768,
            "limit_amount": 393,
            "other_person": 155,
        },
        5_586,
        "rules.md 10, 12 [001]",
    ),
    Survey(
        "since 2023-10",
        None,
        None,
        {},
        {"yes": 5_188},
        {"yes": 403},
        753,
        {
            "substitute_character": 3_492,
            "invalid": 2_554,
            "reader": 2_063,
            "no_such_number": 1_321,
            "name_or_address": 1_071,
            "share": 776,
            "limit_amount": 307,
            "other_person": 102,
        },
        None,
        "rules.md 12 [001]",
    ),
)


@dataclass(frozen=True)
class PrefectureUsage:
    """One line of the tables of 2024-09; rank and rate are the source's own."""

    kind: str
    prefecture_code: str
    prefecture: str
    rank: int
    rank_2024_08: int
    rate_percent: str
    card_checks: int
    all_checks: int


@dataclass(frozen=True)
class PrefectureTotal:
    """One prefecture over all kinds, as the source prints it."""

    prefecture_code: str
    prefecture: str
    rate_percent: str
    change_points: str


@cache
def usage_by_prefecture() -> tuple[PrefectureUsage, ...]:
    """The four tables of 47 lines, by kind and prefecture."""
    return tuple(
        PrefectureUsage(
            line["kind"],
            line["prefecture_code"],
            line["prefecture"],
            int(line["rank"]),
            int(line["rank_2024_08"]),
            line["rate_percent"],
            int(line["card_checks"]),
            int(line["all_checks"]),
        )
        for line in _lines("usage_2024_09.csv")
    )


@cache
def prefecture_totals() -> tuple[PrefectureTotal, ...]:
    """The 47 prefectures over all kinds."""
    return tuple(PrefectureTotal(**line) for line in _lines("usage_2024_09_prefecture.csv"))


def _lines(name: str) -> list[dict[str, str]]:
    # A constant of the package, kept as a table so that it can be laid beside the source.
    text = files("kazasu.rules").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def prefecture_rate(prefecture_code: str) -> tuple[int, int]:
    """Checks by card and all checks of a prefecture over the four kinds."""
    of_it = [one for one in usage_by_prefecture() if one.prefecture_code == prefecture_code]
    return sum(one.card_checks for one in of_it), sum(one.all_checks for one in of_it)
