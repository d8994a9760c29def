"""What the visit list says of a qualification before the visit."""

import pytest

from checksync.feed import RosterVisit, VisitEligibility
from kazasu.rules.qualification_change import QualificationChange
from kazasu_device.cli.visits import _described, _lines
from kazasu_device.foreknown import is_flagged, note_of


def eligibility(result: str = "valid", *changes: str, kind: str = "before_visit") -> VisitEligibility:
    return VisitEligibility(
        kind=kind,
        result=result,
        changes=list(changes),
        asked_for="2026-12-02",
        answered_at="2026-12-01T10:00:00.000Z",
        simulated=True,
    )


def words(one: VisitEligibility | None) -> str:
    return str(note_of(one))


def test_nothing_asked_says_nothing() -> None:
    assert note_of(None) is None
    assert not is_flagged(None)
    visit = RosterVisit(visit="ab", name="見本", at="2026-12-02T01:00:00Z", setting="home_visit")
    assert _lines(visit) == ["2026-12-02T01:00:00Z home_visit 見本 (ab)"]


def test_valid_and_as_it_was_is_no_flag_and_asked_again_needs_no_card() -> None:
    assert not is_flagged(eligibility())
    assert "valid when asked beforehand (2026-12-02)" in words(eligibility())
    assert "no card needed" in words(eligibility(kind="re_inquiry"))
    assert "no card needed" not in words(eligibility("invalid", kind="re_inquiry"))


@pytest.mark.parametrize("change", list(QualificationChange))
def test_every_change_that_the_server_knows_is_told_in_words(change: QualificationChange) -> None:
    one = eligibility("valid", change.value)
    assert is_flagged(one)
    told = note_of(one)
    assert told is not None
    assert change.value not in told.ja
    assert told.ja.startswith("訪問前に確認")


@pytest.mark.parametrize("result", ["invalid", "invalid_newer_exists", "not_found", "several_match", "refused"])
def test_every_result_but_valid_is_flagged_and_told(result: str) -> None:
    one = eligibility(result, "no_longer_valid")
    assert is_flagged(one)
    assert "look before the visit" in words(one)
    assert f" {result} " not in words(one)
    # Said once: the result tells it already.
    assert "no longer valid" not in words(one)


def test_a_code_of_a_later_server_is_shown_as_it_is() -> None:
    assert "novel_change" in words(eligibility("valid", "novel_change"))
    assert "novel_result" in words(eligibility("novel_result"))


def test_the_list_marks_who_to_look_at() -> None:
    visit = RosterVisit(
        visit="ab",
        name="見本",
        at="2026-12-02T01:00:00Z",
        setting="home_visit",
        eligibility=eligibility("valid", "insurer"),
    )
    assert _lines(visit)[1].startswith("! 訪問前に確認：保険者が変わっています")
    described = _described(visit)
    assert (described["is_flagged"], described["eligibility"]["changes"]) == (True, ["insurer"])
