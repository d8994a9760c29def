"""The facility: what it is, whether it is real, its institution code."""

from kazasu.facility.facility import Facility
from kazasu.facility.institution_code import InstitutionCodeError, check_digit, proven_institution_code
from kazasu.facility.kind import FacilityKind, FacilityMode

__all__ = [
    "Facility",
    "FacilityKind",
    "FacilityMode",
    "InstitutionCodeError",
    "check_digit",
    "proven_institution_code",
]
