"""Certificates that were seen: encrypted, found by keyed hash, linked to a patient by a person or an answer."""

from kazasu.checks.certificates.service import (
    certificate_octets,
    certificate_of_check,
    certificate_values,
    find_certificate,
    forgettable_certificates,
    keep_certificate,
    link_certificate,
    unlink_certificate,
)

__all__ = [
    "certificate_octets",
    "certificate_of_check",
    "certificate_values",
    "find_certificate",
    "forgettable_certificates",
    "keep_certificate",
    "link_certificate",
    "unlink_certificate",
]
