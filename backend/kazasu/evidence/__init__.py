"""Evidence of one check in one file, judged without the server."""

from kazasu.evidence.bundle import Bundle, EvidenceSeal, NotEvidenceError, read_bundle, sealed_bundle
from kazasu.evidence.finding import Finding, Verdict
from kazasu.evidence.judging import Judgement, judge

__all__ = [
    "Bundle",
    "EvidenceSeal",
    "Finding",
    "Judgement",
    "NotEvidenceError",
    "Verdict",
    "judge",
    "read_bundle",
    "sealed_bundle",
]
