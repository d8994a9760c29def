"""Every listed break. Later rooms: a list beside this one, and its name here."""

from faults.mutations.house_listed import HOUSE
from faults.mutations.medical_listed import MEDICAL
from faults.mutations.mutation import Mutation, Simulation
from faults.mutations.sync_listed import SYNC

__all__ = ["HOUSE", "MEDICAL", "MUTATIONS", "SYNC", "Mutation", "Simulation"]

MUTATIONS = (*SYNC, *HOUSE, *MEDICAL)
