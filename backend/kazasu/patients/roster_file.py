"""A roster file of whatever kind: a table, or FHIR resources. Pure."""

from kazasu.patients.fhir_roster import is_fhir, read_fhir_roster
from kazasu.patients.import_row import ImportPreview
from kazasu.patients.import_table import read_roster

__all__ = ["read_roster_file"]


def read_roster_file(octets: bytes, *, institution_code: str = "") -> ImportPreview:
    """The preview of the file. Raises nothing: one that cannot be read comes back with its fault."""
    if is_fhir(octets):
        return read_fhir_roster(octets, institution_code=institution_code)
    return read_roster(octets)
