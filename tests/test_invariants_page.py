"""docs/invariants.md names tests. One that goes away takes its invariant's cover with it, unseen unless this fails."""

import re
from pathlib import Path

from faults.mutations.listed import HOUSE
from fuzz.all_targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def _rows() -> list[str]:
    page = (ROOT / "docs" / "invariants.md").read_text("utf-8")
    return [line for line in page.splitlines() if re.match(r"\| \d+ \|", line)]


def test_every_invariant_names_a_test() -> None:
    rows = _rows()
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 11))
    assert [row for row in rows if not _NAMED.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    page = (ROOT / "docs" / "invariants.md").read_text("utf-8")
    missing = [
        f"{path}::{name}"
        for path, name in _NAMED.findall(page)
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text("utf-8")
    ]
    assert missing == []


def test_every_test_that_the_page_on_proof_names_exists() -> None:
    page = (ROOT / "docs" / "proof.md").read_text("utf-8")
    file = ""
    missing, seen = [], 0
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", page):
        file = path or file
        seen += 1
        if not (ROOT / file).exists() or f"def {name}(" not in (ROOT / file).read_text("utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []
    assert seen > 15


def test_every_fuzz_target_stands_on_the_page_on_proof() -> None:
    page = (ROOT / "docs" / "proof.md").read_text("utf-8")
    assert [name for name in TARGETS if f"`{name}`" not in page] == []


def test_every_invariant_was_broken_on_purpose_and_no_other() -> None:
    assert {mutation.invariant for mutation in HOUSE} == {str(number) for number in range(1, 11)}
