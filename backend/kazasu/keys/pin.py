"""The certificate that devices pin, and the enrolment code that carries its pin."""

from cryptography import x509

from checksync import NO_PIN, EnrolmentCode, certificate_pin
from kazasu.keys.keyring import KeyFiles
from kazasu.settings import Settings


def pinned_certificate(settings: Settings) -> bytes | None:
    """PEM of the facility's CA, else of the certificate given; None where plain HTTP is spoken on loopback."""
    files = KeyFiles(settings.home)
    if settings.pinned_certificate:
        return _first(settings.path(settings.pinned_certificate).read_bytes())
    if not settings.has_tls:
        return None
    given = settings.path(settings.tls_certificate)
    if given == files.tls_certificate and files.authority_certificate.exists():
        return files.authority_certificate.read_bytes()
    return _first(given.read_bytes())


def enrolment_code(settings: Settings, url: str, secret: str) -> EnrolmentCode:
    """The whole code; `EnrolmentCodeError` where the URL is neither pinned HTTPS nor loopback."""
    pem = pinned_certificate(settings)
    pin = NO_PIN if pem is None else certificate_pin(x509.load_pem_x509_certificate(pem))
    return EnrolmentCode(url, secret, pin)


def _first(pem: bytes) -> bytes:
    end = b"-----END CERTIFICATE-----"
    return pem[pem.index(b"-----BEGIN CERTIFICATE-----") : pem.index(end) + len(end)] + b"\n"
