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
    def prefecture_code(self) -> str:
        """The prefecture of the institution code, `01` to `47`; `99`, none, in an exercise."""
        return self.institution_code[:2]

    @property
    def is_dental(self) -> bool:
        """Whether the institution code is of the dental points table (点数表 3)."""
        return self.institution_code[2:3] == "3"

    @property
    def is_exercise(self) -> bool:
        """Whether anything simulated may be used, and everything that goes out says EXERCISE."""
        return self.mode is FacilityMode.EXERCISE
