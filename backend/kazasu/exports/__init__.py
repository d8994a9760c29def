"""Out to the receipt computer: claim fields as text and record lines, CSV, FHIR. Pure: values in, octets or text out.

Imports no storage and no web framework; numbering, keeping and withdrawing batches is the caller's.
"""

from kazasu.exports.claim_text import claim_lines, claim_name, clipboard_text
from kazasu.exports.fhir import CoverageFacts, FhirFacts, PatientFacts, bundle, member_id
from kazasu.exports.receipt_record import (
    FieldFault,
    LinesNotKnown,
    RecordLines,
    RecordSettings,
    WithoutBranch,
    receipt_records,
)
from kazasu.exports.table import CheckRow, TableEncoding, check_table

__all__ = [
    "CheckRow",
    "CoverageFacts",
    "FhirFacts",
    "FieldFault",
    "LinesNotKnown",
    "PatientFacts",
    "RecordLines",
    "RecordSettings",
    "TableEncoding",
    "WithoutBranch",
    "bundle",
    "check_table",
    "claim_lines",
    "claim_name",
    "clipboard_text",
    "member_id",
    "receipt_records",
]
