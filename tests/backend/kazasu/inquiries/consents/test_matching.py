"""Which waiting check a consent belongs to: beyond doubt, or not at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kazasu.inquiries.consents.matching import Consent, MatchedBy, Waiting, match
from kazasu.rules import InsuredNumber

NUMBER = InsuredNumber("01990019", "12345678", "0000101", "00")


def consent(id: str = "c1", **changes: Any) -> Consent:
    fields: dict[str, Any] = {
        "at": "20261201090000",
        "number": NUMBER,
        "birth_date": "19800112",
        "name": "佐藤　花子",
        "name_kana": "ｻﾄｳ ﾊﾅｺ",
    }
    return Consent(id=id, **(fields | changes))


def waiting(check: str = "k1", person: str = "p1", **changes: Any) -> Waiting:
    fields: dict[str, Any] = {"birth_date": "19800112"}
    return Waiting(inquiry=f"i-{check}", check=check, person=person, **(fields | changes))


def found(consents: list[Consent], checks: list[Waiting]) -> tuple[list[tuple[str, str, MatchedBy]], list[str]]:
    matches = match(consents, checks)
    pairs = [(one.id, check.check, by) for one, check, by in matches.found]
    return pairs, sorted(one.check for one, _ in matches.doubts)


@pytest.mark.parametrize(
    ("known", "by"),
    [
        ({"chart_number": "0007"}, MatchedBy.REFERENCE_NUMBER),
        ({"chart_number": "０００７"}, MatchedBy.REFERENCE_NUMBER),
        ({"number": NUMBER}, MatchedBy.INSURED_NUMBER),
        ({"number": InsuredNumber("01990019", "１２３４５６７８", "101", "")}, MatchedBy.INSURED_NUMBER),
        ({"name_kana": "サトウ　ハナコ"}, MatchedBy.NAME),
        ({"names": ("佐藤花子",)}, MatchedBy.NAME),
        ({"names": ("", "佐藤　花子")}, MatchedBy.NAME),
    ],
)
def test_a_consent_finds_its_check_by_reference_number_or_name(known: dict[str, Any], by: MatchedBy) -> None:
    assert found([consent(reference_number="0007")], [waiting(**known)]) == ([("c1", "k1", by)], [])


@pytest.mark.parametrize(
    "known",
    [
        {"chart_number": "0007", "birth_date": "19800113"},
        {"number": NUMBER, "birth_date": ""},
        {"number": InsuredNumber("01990019", "12345678", "0000101", "01")},
        {"name_kana": "サトウ　ハナエ", "names": ("佐藤　花子",)},
        {"names": ("佐藤　●子",)},
        {},
    ],
)
def test_what_does_not_agree_finds_nobody(known: dict[str, Any]) -> None:
    assert found([consent(reference_number="0007")], [waiting(**known)]) == ([], [])
    assert found([consent(birth_date="", reference_number="0007")], [waiting(**known)]) == ([], [])


def test_a_name_with_a_character_that_cannot_be_shown_says_nothing_and_its_reading_does() -> None:
    hidden = consent(name="佐●　花子", number=None)
    assert found([hidden], [waiting(names=("佐●　花子",))]) == ([], [])
    assert found([hidden], [waiting(name_kana="サトウ　ハナコ")])[0] == [("c1", "k1", MatchedBy.NAME)]


def test_the_surer_way_goes_first() -> None:
    by_number, by_name = waiting("k1", "p1", number=NUMBER), waiting("k2", "p2", name_kana="サトウ　ハナコ")
    assert found([consent()], [by_name, by_number]) == ([("c1", "k1", MatchedBy.INSURED_NUMBER)], [])


def test_two_persons_by_the_same_way_are_a_doubt() -> None:
    two = [waiting("k1", "p1", name_kana="サトウ　ハナコ"), waiting("k2", "p2", name_kana="ｻﾄｳ ﾊﾅｺ")]
    assert found([consent()], two) == ([], ["k1", "k2"])


def test_all_checks_of_one_person_have_the_consent() -> None:
    two = [waiting("k1", number=NUMBER), waiting("k2", number=NUMBER)]
    pairs, doubts = found([consent()], two)
    assert ({check for _, check, _ in pairs}, doubts) == ({"k1", "k2"}, [])


def test_of_one_persons_consents_the_last_counts_and_of_two_persons_none() -> None:
    later = consent("c0", at="20261201100000")
    assert found([consent(), later], [waiting(number=NUMBER)])[0] == [("c0", "k1", MatchedBy.INSURED_NUMBER)]
    other = consent("c2", number=InsuredNumber("06990028", "7001", "404", "00"))
    by_name = waiting(name_kana="サトウ　ハナコ")
    assert found([consent(), other], [by_name]) == ([], ["k1"])


CONSENTS = st.builds(
    lambda number, chart, kana: consent(
        f"c{number}{chart}{kana}",
        number=InsuredNumber("01990019", "1", str(number), ""),
        reference_number=chart,
        name_kana=kana,
    ),
    st.integers(1, 2),
    st.sampled_from(["", "7", "8"]),
    st.sampled_from(["ア", "イ"]),
)
CHECKS = st.lists(
    st.tuples(st.sampled_from(["", "7", "8"]), st.sampled_from([0, 1, 2]), st.sampled_from(["", "ア", "イ"])),
    max_size=4,
)


@given(consents=st.lists(CONSENTS, max_size=4, unique_by=lambda one: one.id), checks=CHECKS, data=st.data())
def test_no_check_has_two_consents_or_a_consent_and_a_doubt_and_the_order_does_not_matter(
    consents: list[Consent], checks: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    people = [
        waiting(
            f"k{place}",
            f"p{place}",
            chart_number=chart,
            number=InsuredNumber("01990019", "1", str(number), "") if number else None,
            name_kana=kana,
        )
        for place, (chart, number, kana) in enumerate(checks)
    ]
    pairs, doubts = found(consents, people)
    matched = [check for _, check, _ in pairs]
    assert len(matched) == len(set(matched))
    assert not set(matched) & set(doubts)
    # A consent is of one person.
    assert len({one for one, _, _ in pairs}) == len(pairs)
    again = found(data.draw(st.permutations(consents)), data.draw(st.permutations(people)))
    assert (sorted(again[0]), again[1]) == (sorted(pairs), doubts)
