"""The facility as a value, for rules and services that need to know where they are. Pure."""

from dataclasses import dataclass
from datetime import date

from kazasu.facility.kind import FacilityKind, FacilityMode


@dataclass(frozen=True, slots=True)
class Facility:
    """This database's facility."""

    id: str
    name: str
    mode: FacilityMode
    kind: FacilityKind
    institution_code: str
    epoch: str
    transitional_until: date | None = None

    @property
    def is_exercise(self) -> bool:
        """Whether anything simulated may be used, and everything that goes out says EXERCISE."""
        return self.mode is FacilityMode.EXERCISE
