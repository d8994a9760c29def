"""The listed mutations fit the code as it is, and those that are quickly caught are caught."""

import pytest
from faults.mutations.listed import MUTATIONS, Mutation, Simulation
from faults.mutations.run import judge, occurrences

QUICK = [
    mutation
    for mutation in MUTATIONS
    if isinstance(mutation.caught_by, Simulation) and mutation.caught_by.schedules <= Simulation().schedules
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.invariant}-{mutation.name}")
def test_a_mutation_fits_one_place_of_the_code(mutation: Mutation) -> None:
    assert occurrences(mutation) == 1
    assert mutation.old != mutation.new


@pytest.mark.slow
@pytest.mark.parametrize("mutation", QUICK, ids=lambda mutation: f"{mutation.invariant}-{mutation.name}")
def test_the_simulation_sees_it(mutation: Mutation) -> None:
    verdict, why = judge(mutation)
    assert verdict == "caught", why
