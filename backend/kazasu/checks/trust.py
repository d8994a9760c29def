"""Which card CA roots this facility trusts (invariant 10): the test CA in an exercise, configured ones else."""

import re
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from kazasu.facility.facility import Facility
from kazasu.settings import Settings

__all__ = ["roots_of"]


def roots_of(facility: Facility, settings: Settings) -> tuple[x509.Certificate, ...]:
    """The roots. A live facility trusts those of its file whose fingerprints a person confirmed, and none without."""
    if facility.is_exercise:
        # Exercise keys are public: this import must never be reached by a live facility.
        from mynacard.emulator import test_ca

        return tuple(test_ca.roots())
    if not settings.roots or not settings.root_fingerprints:
        return ()
    file = settings.path(settings.roots)
    return _confirmed(file, file.stat().st_mtime_ns, settings.root_fingerprints)


@lru_cache(maxsize=8)
def _confirmed(file: Path, _changed_at: int, fingerprints: tuple[str, ...]) -> tuple[x509.Certificate, ...]:
    confirmed = {re.sub(r"[^0-9a-f]", "", fingerprint.lower()) for fingerprint in fingerprints}
    roots = x509.load_pem_x509_certificates(file.read_bytes())
    return tuple(root for root in roots if root.fingerprint(SHA256()).hex() in confirmed and not _is_exercise(root))


def _is_exercise(root: x509.Certificate) -> bool:
    # Every name of the test CA says so; nobody can confirm it by mistake.
    return "EXERCISE" in root.subject.rfc4514_string().upper()
