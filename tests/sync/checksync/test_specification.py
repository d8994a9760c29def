"""docs/protocol/sync-v1.md says what the code does: its tables, its limits, its invariants and their tests."""

import ast
import importlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from faults.mutations.listed import SYNC
from harness.specified import DEVICE_EVENTS, SERVER_EVENTS, SERVER_STATES, device_cell, server_cell

from checksync.outbox import QueueName

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/protocol/sync-v1.md").read_text(encoding="utf-8")


def _section(number: int) -> str:
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group()


def _table(number: int) -> tuple[list[str], dict[str, list[str]]]:
    lines = [line for line in _section(number).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [name.strip("`") for name in cells[0][1:]], {row[0]: row[1:] for row in cells[2:]}


STATES, DEVICE = _table(7)
SERVER_NAMES, SERVER = _table(8)


def test_the_device_table_has_every_state_and_event_and_no_empty_cell() -> None:
    assert set(STATES) == {name.value for name in QueueName}
    assert tuple(DEVICE) == DEVICE_EVENTS
    assert {len(row) for row in DEVICE.values()} == {len(STATES)}
    assert {cell for row in DEVICE.values() for cell in row} <= {name.value for name in QueueName}


@pytest.mark.parametrize("event", DEVICE_EVENTS)
@pytest.mark.parametrize("state", list(QueueName))
def test_a_device_goes_where_the_page_says(tmp_path: Path, state: QueueName, event: str) -> None:
    assert device_cell(tmp_path / "device", state, event).value == DEVICE[event][STATES.index(state.value)]


def test_the_server_table_has_every_state_and_event() -> None:
    assert tuple(SERVER_NAMES) == SERVER_STATES
    assert tuple(SERVER) == SERVER_EVENTS


@pytest.mark.parametrize("event", SERVER_EVENTS)
@pytest.mark.parametrize("state", SERVER_STATES)
def test_a_server_answers_as_the_page_says(state: str, event: str) -> None:
    assert server_cell(state, event) == SERVER[event][SERVER_STATES.index(state)]


@pytest.mark.parametrize("what", _table(10)[1])
def test_limits_are_those_of_the_code(what: str) -> None:
    value, constant = _table(10)[1][what]
    parts = constant.strip("`").split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        break
    for part in parts[split:]:
        found = getattr(found, part)
    assert (found.total_seconds() if isinstance(found, timedelta) else found) == float(value)


INVARIANTS = {
    found.group(1): found.group(2)
    for found in re.finditer(r"^(I\d+)\. (.*?)(?=^I\d+\. |\Z)", _section(11), re.MULTILINE | re.DOTALL)
}


def _tests_of(invariant: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py::\w+)`", INVARIANTS[invariant].partition("Enforced by:")[2])


def test_invariants_are_numbered_without_gaps() -> None:
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, len(INVARIANTS) + 1)]
    assert len(INVARIANTS) == 18


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_every_invariant_has_tests_that_exist(invariant: str) -> None:
    named = _tests_of(invariant)
    assert named
    for name in named:
        file, _, function = name.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert function in functions, name


def test_every_invariant_was_broken_on_purpose_and_no_other() -> None:
    assert {mutation.invariant for mutation in SYNC} == set(INVARIANTS)
