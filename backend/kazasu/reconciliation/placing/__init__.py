"""Where a hold stands in the worklist: its deadline, and how much hangs on it."""

from kazasu.reconciliation.placing.place import NO_DEADLINE, Place, place_of_check, place_of_entry
from kazasu.reconciliation.placing.service import facility_kind, weigh

__all__ = ["NO_DEADLINE", "Place", "facility_kind", "place_of_check", "place_of_entry", "weigh"]
