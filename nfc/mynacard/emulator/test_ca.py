"""The exercise's certificate authority: three generations of one name, as the real one has.

Its certificates are the same in every process: shipped keys, fixed serials and dates, a signature without randomness.
Every name in them says JPKI-TEST and EXERCISE. Must never be given a key that is not an exercise key.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from . import exercise_key
from .person import CertificateUse

# The test environment's arc has 0 where the real one has 1 or 3 for the use. One source for the signature policy; the
# authentication one is derived from it.
POLICY_OIDS: Final[dict[CertificateUse, x509.ObjectIdentifier]] = {
    "authentication": x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.30"),
    "signature": x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.20"),
}

_JST: Final = timezone(timedelta(hours=9))
_OU: Final[dict[CertificateUse, str]] = {
    "authentication": "JPKI-TEST for user authentication EXERCISE",
    "signature": "JPKI-TEST for digital signature EXERCISE",
}
_CPS_URI: Final = "https://jpki-test-exercise.invalid/cps/"


@dataclass(frozen=True)
class _Generation:
    serial: int
    not_before: date
    not_after: date
    key_name: str


# Dates and serials of the real generations, so that whatever depends on their order and overlap is exercised.
_GENERATIONS: Final[dict[CertificateUse, dict[int, _Generation]]] = {
    "authentication": {
        1: _Generation(0x01, date(2015, 10, 20), date(2025, 10, 19), "root-authentication-1"),
        2: _Generation(0x0133C349, date(2019, 9, 14), date(2029, 9, 14), "root-authentication-2"),
        3: _Generation(0x06D18006, date(2023, 7, 16), date(2033, 7, 15), "root-authentication-3"),
    },
    "signature": {
        3: _Generation(0x067C6A21, date(2023, 7, 16), date(2033, 7, 15), "root-signature-3"),
    },
}


def roots() -> list[x509.Certificate]:
    """The three self-signed roots for user authentication, oldest first; one DN, three keys."""
    return [root(generation) for generation in _GENERATIONS["authentication"]]


@cache
def root(generation: int = 3, use: CertificateUse = "authentication") -> x509.Certificate:
    """One root. The signature side has the third generation only: no product reads it."""
    of = _GENERATIONS[use][generation]
    key = exercise_key.load_rsa(of.key_name)
    name = issuer_name(use)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(of.serial)
        .not_valid_before(_start(of.not_before))
        .not_valid_after(_end(of.not_after))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def issuer_name(use: CertificateUse = "authentication") -> x509.Name:
    """The one DN of all generations."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-TEST"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _OU[use]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "EXERCISE - not the Agency"),
        ]
    )


def issue(
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    *,
    common_name: str,
    serial: int,
    not_before: date,
    not_after: date,
    generation: int = 3,
    use: CertificateUse = "authentication",
    locality: str | None = None,
    alternative_names: tuple[x509.OtherName, ...] = (),
    length: int | None = None,
) -> x509.Certificate:
    """An end-entity certificate in the real one's profile, from the first day's to the last day's end in Japan.

    `length` asks for that exact number of DER bytes; the address of the practice statement grows to fill it.
    """

    def build(padding: int) -> x509.Certificate:
        return _issue(
            public_key,
            common_name,
            serial,
            not_before,
            not_after,
            generation,
            use,
            locality,
            alternative_names,
            padding,
        )

    certificate = build(0)
    if length is None:
        return certificate
    # Length fields of the enclosing structures grow too, so the first guess is a few bytes too much.
    for padding in range(length - _der_length(certificate), -1, -1):
        certificate = build(padding)
        if _der_length(certificate) == length:
            return certificate
    raise ValueError(length)


def _issue(
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    common_name: str,
    serial: int,
    not_before: date,
    not_after: date,
    generation: int,
    use: CertificateUse,
    locality: str | None,
    alternative_names: tuple[x509.OtherName, ...],
    padding: int,
) -> x509.Certificate:
    of = _GENERATIONS[use][generation]
    issuer = root(generation, use)
    subject = [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP")]
    if locality is not None:
        subject.append(x509.NameAttribute(NameOID.LOCALITY_NAME, locality))
    subject.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    notice = x509.UserNotice(None, "訓練用 EXERCISE ONLY")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(_start(not_before))
        .not_valid_after(_end(not_after))
        .add_extension(_key_usage(digital_signature=True, content_commitment=use == "signature"), critical=True)
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(POLICY_OIDS[use], [_CPS_URI + "x" * padding, notice])]),
            critical=True,
        )
        .add_extension(x509.IssuerAlternativeName([_service_name()]), critical=False)
        .add_extension(_crl_distribution(use), critical=False)
        .add_extension(_ocsp(use), critical=False)
        .add_extension(_authority_key_identifier(issuer), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if alternative_names:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative_names), critical=False)
    return builder.sign(exercise_key.load_rsa(of.key_name), hashes.SHA256())


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0, 0), _JST).astimezone(UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), _JST).astimezone(UTC)


def _der_length(certificate: x509.Certificate) -> int:
    return len(certificate.public_bytes(Encoding.DER))


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _service_name() -> x509.DirectoryName:
    return x509.DirectoryName(
        x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "公的個人認証サービス（訓練 EXERCISE）"),
            ]
        )
    )


def _crl_distribution(use: CertificateUse) -> x509.CRLDistributionPoints:
    where = x509.DirectoryName(
        x509.Name([*issuer_name(use), x509.NameAttribute(NameOID.COMMON_NAME, "Tokyo-to Chiyoda-ku CRLDP EXERCISE")])
    )
    return x509.CRLDistributionPoints([x509.DistributionPoint([where], None, None, None)])


def _ocsp(use: CertificateUse) -> x509.AuthorityInformationAccess:
    # Reserved for never existing (RFC 2606): revocation cannot be asked for an exercise card.
    uri = x509.UniformResourceIdentifier(f"http://ocsp.{use}.jpki-test-exercise.invalid/")
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri)])


def _authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return x509.AuthorityKeyIdentifier(identifier, [x509.DirectoryName(issuer.subject)], issuer.serial_number)
