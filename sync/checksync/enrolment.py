"""The enrolment code that an administrator hands over. Imports no transport and no storage."""

import base64
import hashlib
import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION: Final = "KZ1"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_PIN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
NO_PIN: Final = "-"
"""In place of the pin where the server speaks plain HTTP on loopback."""


class EnrolmentCodeError(ValueError):
    """Not an enrolment code; says nothing of what was typed."""

    def __init__(self) -> None:
        super().__init__("not an enrolment code")


def new_enrolment_secret() -> str:
    """128 random bits in 22 characters."""
    return secrets.token_urlsafe(16)


def certificate_pin(certificate: x509.Certificate) -> str:
    """base64url SHA-256 of the certificate's SubjectPublicKeyInfo."""
    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(info).digest()).rstrip(b"=").decode("ascii")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class EnrolmentCode:
    """Where the server is, the one-time secret, and the pin of the key that it must show."""

    url: str
    secret: str = field(repr=False)
    pin: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host = parts.hostname or ""
        except ValueError:
            raise EnrolmentCodeError from None
        # Without a pin nothing tells the server from another: only this machine itself may go without.
        if parts.scheme == "https":
            is_pinned_well = _PIN.fullmatch(self.pin) is not None
        else:
            is_pinned_well = parts.scheme == "http" and self.pin == NO_PIN and _is_loopback(host)
        if not host or not is_pinned_well or not _SECRET.fullmatch(self.secret):
            raise EnrolmentCodeError

    def text(self) -> str:
        """What the administrator hands over."""
        url = base64.urlsafe_b64encode(self.url.encode()).rstrip(b"=").decode("ascii")
        return f"{_VERSION}.{url}.{self.secret}.{self.pin}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Spaces and line breaks that copying brought in are taken out. `EnrolmentCodeError` otherwise."""
        match "".join(text.split()).split("."):
            case [version, url, secret, pin] if version == _VERSION:
                try:
                    octets = base64.b64decode(url + "=" * (-len(url) % 4), altchars=b"-_", validate=True)
                    return cls(octets.decode(), secret, pin)
                except ValueError:
                    raise EnrolmentCodeError from None
            case _:
                raise EnrolmentCodeError
