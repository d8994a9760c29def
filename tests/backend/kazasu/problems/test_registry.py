"""The registry of problems: complete, permanent, in both languages, and documented as it is."""

import re
from pathlib import Path

import pytest

from kazasu.problems import REGISTRY, ProblemError
from kazasu.problems.document import document

PAGE = Path(__file__).parents[4] / "docs" / "protocol" / "problem-types.md"
SYNC = Path(__file__).parents[4] / "docs" / "protocol" / "sync-v1.md"


def test_the_page_of_problem_types_is_current() -> None:
    assert PAGE.read_text("utf-8") == document()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_problem_says_what_happened_and_what_to_do_in_both_languages(name: str) -> None:
    problem = REGISTRY[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert 400 <= problem.status < 600
    for text in (problem.happened, problem.to_do):
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", text.ja)
        assert text.ja.endswith("。")
        assert text.en.endswith(".")
        assert not re.search(r"[ぁ-んァ-ヶ一-龠]", text.en)


def test_the_problems_of_the_protocol_page_are_registered_with_its_statuses() -> None:
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| ([0-9, ]+) \|", SYNC.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 6
    for names, statuses in rows:
        allowed = {int(status) for status in statuses.split(",")}
        for name in re.findall(r"[a-z-]+", names):
            assert REGISTRY[name].status in allowed, name


def test_a_problem_that_nobody_registered_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        ProblemError("no-such-problem")


def test_a_member_that_is_not_registered_cannot_slip_out() -> None:
    with pytest.raises(TypeError):
        ProblemError("push-gap", expected=1, patient="山田太郎")


def test_the_body_is_problem_details() -> None:
    body = ProblemError("push-gap", expected=4).body()
    assert body == {
        "type": "urn:kazasu:problem:push-gap",
        "title": "Push leaves a gap",
        "status": 409,
        "detail": "Entries in between have not arrived. The device sends again from the number in 'expected'.",
        "say": {
            "ja": "間の記録がまだ届いていません。端末が「expected」の番号から送り直します。",
            "en": "Entries in between have not arrived. The device sends again from the number in 'expected'.",
        },
        "expected": 4,
    }
