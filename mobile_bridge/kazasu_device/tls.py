"""Trust in the server: one root, the one whose pin the enrolment code carried. Imports no HTTP client."""

import ssl

from cryptography import x509

from checksync.enrolment import certificate_pin
from kazasu_device.errors import PinMismatchError, ServerAnswerError


def pinned_root(pem: bytes, pin: str) -> bytes:
    """The PEM of the one certificate that has the pin; whatever else came with it is left out.

    `PinMismatchError` where none has it.
    """
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ServerAnswerError("enrolment_certificate") from None
    from cryptography.hazmat.primitives.serialization import Encoding

    for certificate in certificates:
        if certificate_pin(certificate) == pin:
            return certificate.public_bytes(Encoding.PEM)
    raise PinMismatchError


def context_before_trust() -> ssl.SSLContext:
    """TLS that verifies nobody: for the one request that fetches the certificate to be held against the pin.

    It carries nothing, and nothing of its answer counts but a certificate with the right key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
