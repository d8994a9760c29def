"""Every figure of facts/rules.md sections 8, 9, 10 and 12, written out here as the facts have it, is in the code's data
or follows from its counts; none is left over.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from kazasu.rules.addition import POINT_ROWS
from kazasu.rules.claim_return import RETURN_REASONS, TOTALS
from kazasu.rules.claim_route import UNKNOWN_INSURER_ROWS
from kazasu.rules.statistics import (
    PERSON_SHARES_2024_09,
    PERSONS_2024_09,
    SURVEYS,
    USAGE_BY_KIND,
    VIEWS_2024_09,
    national_total,
)
from kazasu.rules.support_money import SUPPORT_ROWS
from kazasu.rules.usage import LEAST_CHECKS, percent_text
from kazasu.rules.usage_level import LEVEL_ROWS

# Of the survey before, the facts also have 59.8 % of the answers; how many answers there were, no source says.
FACTS = {
    "8 returned claims": """
        symbol/number wrong 25,186/22,061/20,570; not a recognised family member 9,344/7,598/7,858; no such person
        10,458/9,104/8,445; old card 1,399/1,123/1,062; self/family wrong 7,745/6,939/6,413; after loss of
        qualification 8,137/6,896/6,730; benefit period over 161/114/105; name wrong 51/41/48; late-stage elderly
        89/54/60; sex wrong 3,376/2,794/2,602; national health insurance 1/0/0; birth date wrong 5,692/5,016/4,567;
        total 71,639/61,740/58,460""",
    "8 unknown insurer": "77777777 77777779",
    "9 usage": """
        27,147,812 ÷ 195,688,619 = 13.87 %; hospitals 3,052,854/12,669,330, clinics 9,267,062/80,550,382, dental
        2,674,074/13,779,140, pharmacies 12,153,822/88,689,767; 7,633,413/177,813,248 = 4.29 %""",
    "9 points": "2; else 4; 3 1; 2 1; 3 1; 1; 1; 1; 8/6/4; 11/9/7; 10/8/6; 8/6/4",
    "9 levels": "15/10/5 %; 30/20/10 %; 3 months before; 2 months before",
    "9 support money": "+5 points 20 yen, +10 40, +20 60, +30 80, +40 100, +50 120 yen",
    "10 trouble": """
        7,134 institutions with trouble: ● 4,773; reader 3,741; invalid 3,424; expired 1,425; name/address 1,414; no
        such number 1,311; share 768; limit 393; other person 155; full charge at 669 institutions, 974 cases""",
    "12 views": """
        hospitals 786,746/516,519/1,284,119; clinics 2,804,091/3,564,150/7,557,646; dental 634,123/581,431/562,021;
        pharmacies 3,713,761/3,174,700/6,072,891; total 7,938,721/7,836,800/15,476,677""",
    "12 december 2023": """
        hospitals 968,795/9,133,463; clinics 3,673,587/76,717,814; dental 1,139,873/12,095,006; pharmacies
        1,851,158/79,866,965""",
    "12 persons": "20.9 %; of card holders 27.8 %; of registered 34.3 %",
    "12 survey": """
        62,179 sent, 10,242 answers (16.5 %); clinics 6,895, dental 1,990, hospitals 566, unstated 791; trouble yes
        7,134, no 2,563, unstated 545; full charge yes 669, no 6,295, unstated 170, at least 974 cases; insurance
        card at hand 5,586 (78.3 %)""",
    "12 survey before": """
        5,188 with trouble: ● 3,492; invalid 2,554; reader 2,063; no such number 1,321; name/address 1,071; share
        776; limit 307; other person 102; full charge 403 institutions, 753 cases; reader 40 %""",
    "12 left out": "under 50 online checks",
}


def known() -> Iterator[str]:
    """Every figure that the data hold or that follows from their counts, as text."""
    for reason in RETURN_REASONS:
        yield from map(str, reason.counts)
    yield from map(str, TOTALS)
    yield from (row.number for row in UNKNOWN_INSURER_ROWS)
    for usage in USAGE_BY_KIND:
        yield from (str(usage.card_checks), str(usage.all_checks))
    for month in ((2024, 9), (2023, 12)):
        card, every = national_total(month)
        yield from (str(card), str(every), percent_text(Fraction(card, every)))
    yield from (str(row.points) for row in POINT_ROWS)
    for level in LEVEL_ROWS:
        yield from map(str, level.least_percents)
        yield from (str(level.claim_months_before), str(level.check_months_before))
    for support in SUPPORT_ROWS:
        yield from (str(support.least_rise), str(support.yen))
    for name in ("check_ups", "medication", "treatment"):
        counts = [getattr(views, name) for views in VIEWS_2024_09]
        yield from map(str, [*counts, sum(counts)])
    yield percent_text(Fraction(*PERSONS_2024_09), 1)
    yield from PERSON_SHARES_2024_09.values()
    for survey in SURVEYS:
        numbers = [survey.sent, survey.answers, survey.full_charge_cases, survey.insurance_card_at_hand]
        yield from (str(number) for number in numbers if number is not None)
        for counts_by in (survey.kinds, survey.trouble, survey.full_charge, survey.categories):
            yield from map(str, counts_by.values())
        yield from (percent_text(Fraction(count, survey.trouble["yes"]), 0) for count in survey.categories.values())
        if survey.sent is not None and survey.answers is not None and survey.insurance_card_at_hand is not None:
            yield percent_text(Fraction(survey.answers, survey.sent), 1)
            yield percent_text(Fraction(survey.insurance_card_at_hand, survey.trouble["yes"]), 1)
    yield str(LEAST_CHECKS)


KNOWN = frozenset(known())


def figures(text: str) -> list[str]:
    return [found.replace(",", "") for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)]


@pytest.mark.parametrize("subject", FACTS)
def test_every_figure_of_the_facts_is_in_the_data_or_follows_from_it(subject: str) -> None:
    found = figures(FACTS[subject])
    assert found
    assert [figure for figure in found if figure not in KNOWN] == []


@pytest.mark.parametrize("place", range(len(RETURN_REASONS)))
def test_the_returned_claims_stand_in_the_order_of_the_facts(place: int) -> None:
    counts = figures(FACTS["8 returned claims"])[place * 3 : place * 3 + 3]
    assert [str(count) for count in RETURN_REASONS[place].counts] == counts


def test_the_counts_of_kinds_and_views_stand_beside_their_kinds() -> None:
    for subject, month in (("9 usage", (2024, 9)), ("12 december 2023", (2023, 12))):
        of_month = [usage for usage in USAGE_BY_KIND if usage.month == month]
        expected = [str(count) for usage in of_month for count in (usage.card_checks, usage.all_checks)]
        start = 3 if subject == "9 usage" else 0
        assert figures(FACTS[subject])[start : start + 8] == expected
    views = [str(count) for one in VIEWS_2024_09 for count in (one.check_ups, one.medication, one.treatment)]
    assert figures(FACTS["12 views"])[:12] == views


def test_the_surveys_counts_stand_beside_their_categories() -> None:
    interim, before = SURVEYS
    assert figures(FACTS["10 trouble"])[1:10] == [str(count) for count in interim.categories.values()]
    assert figures(FACTS["12 survey before"])[1:9] == [str(count) for count in before.categories.values()]


def test_a_figure_that_is_nowhere_is_missed() -> None:
    assert "12345678" not in KNOWN
    assert figures("a 1,234/5 = 6.7 %") == ["1234", "5", "6.7"]
