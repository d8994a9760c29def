"""The wire benchmark's figures are counts, so they are held: budgets, and the model against the one of the floor."""

import pytest
from benchmarks.card_wire import FLOOR_MS, PERSON, Row, opensc, ours, script, why_without_opensc

from mynacard.emulator import virtual_card


def rows_of(rows: object) -> dict[str, Row]:
    assert hasattr(rows, "__iter__")
    return {row.job: row for row in rows}


def test_script_of_the_floor_comes_out_as_it_was_modelled_before() -> None:
    found = rows_of(script(virtual_card(PERSON.short_name), extended_length=False))
    assert (found["whole touch"].commands, found["whole touch"].blocks) == (14, 42)
    for job, row in found.items():
        # The earlier figures are rounded, and count the certificate's reads 2 % cheaper.
        assert row.ms_106 == pytest.approx(FLOOR_MS[job][0], rel=0.03)
        assert row.ms_424 == pytest.approx(FLOOR_MS[job][1], rel=0.04)


@pytest.mark.parametrize(("extended_length", "budget"), [(True, 6), (False, 12)])
def test_whole_touch_keeps_its_budget_of_commands(extended_length: bool, budget: int) -> None:
    found = rows_of(ours(virtual_card(PERSON.short_name), extended_length=extended_length))
    assert found["whole touch"].commands <= budget
    assert found["whole touch"].ratio_106 <= 1.05


@pytest.mark.parametrize("extended_length", [True, False])
def test_known_card_keeps_its_budget_on_the_air(extended_length: bool) -> None:
    known = rows_of(ours(virtual_card(PERSON.short_name), extended_length=extended_length))["known card"]
    assert known.commands <= 6
    assert known.octets <= 520
    assert known.ms_106 <= 56


@pytest.mark.pcsc
@pytest.mark.opensc
@pytest.mark.slow
def test_opensc_on_the_same_card_takes_more() -> None:
    missing = why_without_opensc()
    if missing is not None:
        pytest.skip(missing)
    card = virtual_card(PERSON.short_name)
    mine, others = rows_of(ours(card, extended_length=False)), list(opensc(card))
    assert len(others) == 6
    for row in others:
        assert row.commands > mine[row.job].commands
        assert row.ms_106 > mine[row.job].ms_106
