"""Whom TLS trusts: one root. Imports no HTTP client."""

import ssl
from typing import Final, Literal


def pinned_context(root_pem: bytes) -> ssl.SSLContext:
    """TLS that trusts this root alone: neither the system's list nor an environment variable counts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A clinic may have given a certificate whose issuer is not at hand: it is then the anchor itself.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=root_pem.decode("ascii"))
    return context


_NOT_NOW: Final = frozenset({9, 10})
"""OpenSSL's codes for a certificate that is not valid yet, and not any more."""


def why_distrusted(error: BaseException | None) -> Literal["not-trusted", "clock-wrong"] | None:
    """Why TLS trusted nobody, if that is what failed: another certificate, or the right one at the wrong time."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "clock-wrong" if error.verify_code in _NOT_NOW else "not-trusted"
        error = error.__cause__ or error.__context__
    return None
