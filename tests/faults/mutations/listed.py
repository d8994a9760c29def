"""Every listed break. Later rooms: a list beside this one, and its name here."""

from faults.mutations.house_listed import HOUSE
from faults.mutations.mutation import Mutation, Simulation
from faults.mutations.sync_listed import SYNC

__all__ = ["HOUSE", "MUTATIONS", "SYNC", "Mutation", "Simulation"]

MUTATIONS = (*SYNC, *HOUSE)
