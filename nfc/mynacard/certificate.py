"""The user-authentication certificate: parsed, dated, chained to roots. Pure; dates come from the caller.

Revocation is out of scope, and stays so: CRL and OCSP of these certificates are open only to verifiers certified
under Article 17 of the Public Certification Act (公的個人認証法), which this library is not. A certificate that is
`valid` here may have been revoked, and nothing here must be used as if it could not.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cached_property
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from mynacard.card_kind import CardKind
from mynacard.errors import CardError, DamagedDataError
from mynacard.signature import SignatureScheme
from mynacard.tlv import end_of_object

JST: Final = timezone(timedelta(hours=9), "JST")
# From this day on an eligibility check works for three months after a plastic card's certificate has expired.
GRACE_BEGAN: Final = date(2024, 12, 2)
GRACE_MONTHS: Final = 3
ALERT_MONTHS: Final = 3
_WHAT: Final = "certificate"


class CertificateState(StrEnum):
    """How a certificate stands on a day in Japan."""

    NOT_YET_VALID = "not_yet_valid"
    VALID = "valid"
    ALERT = "alert"
    """Valid, and to be renewed: three months or less are left."""
    GRACE = "grace"
    """Expired, still good for an eligibility check and for nothing else."""
    EXPIRED = "expired"


class ChainError(CardError):
    """No root vouches for the certificate.

    `reason`: `no_issuer`, or what disqualified the one that signed it: `root_not_ca`, `root_not_valid`.
    """

    code = "chain"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def data(self) -> dict[str, str | int | None]:
        return {"reason": self.reason}


# What the library raises for octets that are no certificate: found by fuzzing, for half of it is no ValueError.
_NOT_READ = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
)


@dataclass(frozen=True)
class Certificate:
    """A user-authentication certificate. It identifies a person, so its repr shows only when it ends."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(repr=False, compare=False)
    not_after: datetime

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """Raises DamagedDataError for anything else, a signature certificate (署名用) among it: that one carries name,
        address, birth date and sex, and this library never takes it."""
        found = cls._parsed(der)
        # A signature certificate among a frame's variables would be a person's data in a traceback.
        del der
        if isinstance(found, str):
            raise DamagedDataError(_WHAT, found)
        return found

    @classmethod
    def _parsed(cls, der: bytes) -> Certificate | str:
        try:
            parsed = x509.load_der_x509_certificate(der)
            usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
            parsed.public_key()
            not_after = parsed.not_valid_after_utc
        except _NOT_READ:
            return "not_a_certificate"
        if not usage.digital_signature or usage.content_commitment or usage.key_cert_sign:
            return "not_user_authentication"
        return cls(bytes(der), parsed, not_after)

    @property
    def serial(self) -> int:
        return self.parsed.serial_number

    @property
    def not_before(self) -> datetime:
        return self.parsed.not_valid_before_utc

    @property
    def sha256(self) -> bytes:
        return self.parsed.fingerprint(SHA256())

    @property
    def pem(self) -> str:
        return self.parsed.public_bytes(Encoding.PEM).decode("ascii")

    @cached_property
    def public_key(self) -> CertificatePublicKeyTypes:
        return self.parsed.public_key()

    @cached_property
    def scheme(self) -> SignatureScheme:
        """What its key signs with. Raises DamagedDataError for a kind of key that no card is known to have."""
        return SignatureScheme.of(self.public_key)

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this certificate's key made the signature over the message."""
        scheme = self.scheme
        return scheme.is_signature(self.public_key, scheme.digest(message), signature)

    @property
    def last_day(self) -> date:
        """The last day, in Japan, on which it is valid."""
        return self.not_after.astimezone(JST).date()

    @property
    def last_day_of_grace(self) -> date:
        """The last day of the third month after the month of expiry."""
        return _month_end(*_months_from(self.last_day.year, self.last_day.month, GRACE_MONTHS))

    @property
    def first_day_of_alert(self) -> date:
        """The same day three months before the last one, or that month's last day where it has no such day."""
        year, month = _months_from(self.last_day.year, self.last_day.month, -ALERT_MONTHS)
        return min(_month_end(year, month), date(year, month, 1) + timedelta(days=self.last_day.day - 1))

    def state(self, as_of: date, kind: CardKind) -> CertificateState:
        """How it stands on a day in Japan; a phone's has no grace."""
        if as_of < self.not_before.astimezone(JST).date():
            return CertificateState.NOT_YET_VALID
        if as_of > self.last_day:
            has_grace = kind is CardKind.PLASTIC and as_of >= GRACE_BEGAN and as_of <= self.last_day_of_grace
            return CertificateState.GRACE if has_grace else CertificateState.EXPIRED
        return CertificateState.ALERT if as_of >= self.first_day_of_alert else CertificateState.VALID

    def chain(self, roots: Iterable[x509.Certificate], as_of: datetime | None = None) -> x509.Certificate:
        """The root that signed it: found by key identifier, else by trying, since all generations have one name.

        The root must be a CA that may sign certificates and was valid when it issued this one; with `as_of` (aware),
        also then. Dates of the certificate itself are `state`'s. Raises ChainError.
        """
        reason = "no_issuer"
        for root in self._likely_first(list(roots)):
            if not _is_signed_by(self.parsed, root):
                continue
            if not _may_sign_certificates(root):
                reason = "root_not_ca"
            elif not all(_is_valid(root, moment) for moment in (self.not_before, as_of or self.not_before)):
                reason = "root_not_valid"
            else:
                return root
        raise ChainError(reason)

    def _likely_first(self, roots: list[x509.Certificate]) -> list[x509.Certificate]:
        try:
            wanted = self.parsed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        except x509.ExtensionNotFound:
            return roots
        return sorted(roots, key=lambda root: wanted is None or _key_identifier(root) != wanted)


def length_of_certificate(head: bytes) -> int | None:
    """How long the certificate is, from the first bytes of its file; None if they are too few."""
    return end_of_object(head, _WHAT, tag=0x30)


def serial_in(head: bytes) -> int | None:
    """The serial number at the head of a certificate (35 bytes always hold it), None if it cannot be made out.

    A hint to find a certificate that is already held, proof of nothing.
    """
    try:
        outer = end_of_object(head, _WHAT, tag=0x30)
        inner = 4 if outer is not None and outer > 0xFF else 0
        if not inner or head[inner + 4 : inner + 9] != bytes.fromhex("A003020102") or head[inner + 9] != 0x02:
            return None
        length = head[inner + 10]
        octets = head[inner + 11 : inner + 11 + length]
        return int.from_bytes(octets) if 0 < length <= 20 and len(octets) == length else None
    except (DamagedDataError, IndexError):
        return None


def _months_from(year: int, month: int, months: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + months
    return index // 12, index % 12 + 1


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _key_identifier(root: x509.Certificate) -> bytes | None:
    try:
        return root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _is_valid(root: x509.Certificate, moment: datetime) -> bool:
    return root.not_valid_before_utc <= moment.astimezone(UTC) <= root.not_valid_after_utc


def _may_sign_certificates(root: x509.Certificate) -> bool:
    try:
        is_ca = root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        return is_ca and root.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False


def _is_signed_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        key, algorithm = root.public_key(), certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    if algorithm is None or algorithm.name not in ("sha256", "sha384", "sha512"):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
