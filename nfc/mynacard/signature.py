"""Which signature a card's key makes, told by the certificate's public key and by nothing else.

The one place that knows what a card must be given to sign. RSA: a DigestInfo for SHA-256 with NULL parameters, the
card pads it (confirmed by many clients). Elliptic curves are announced for the next card and no public source says
what it will take: the bare digest is assumed, and changing `card_input` is all that has to change. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from mynacard.errors import DamagedDataError

DIGEST_INFO_SHA256: Final = bytes.fromhex("3031300D060960864801650304020105000420")

_HASHES: Final[dict[str, HashAlgorithm]] = {"sha256": SHA256(), "sha384": SHA384()}


@dataclass(frozen=True)
class SignatureScheme:
    """How a message is hashed, handed to the card and checked; `longest_signature` is in bytes."""

    name: str
    hash_name: str
    longest_signature: int

    @classmethod
    def of(cls, key: CertificatePublicKeyTypes) -> SignatureScheme:
        """The scheme of a certificate's key. Raises DamagedDataError for a key that no card is known to have."""
        if isinstance(key, rsa.RSAPublicKey):
            return cls("rsa_pkcs1_sha256", "sha256", (key.key_size + 7) // 8)
        if isinstance(key, ec.EllipticCurvePublicKey):
            hash_name = {"secp256r1": "sha256", "secp384r1": "sha384"}.get(key.curve.name)
            if hash_name is not None:
                # The DER form of two integers of the curve's size, the longer of the two that are accepted.
                return cls(f"ecdsa_{key.curve.name}", hash_name, 2 * (key.key_size // 8 + 3) + 3)
        raise DamagedDataError("certificate", "unknown_key_type")

    def digest(self, message: bytes) -> bytes:
        return hashlib.new(self.hash_name, message).digest()

    def card_input(self, digest: bytes) -> bytes:
        """What COMPUTE DIGITAL SIGNATURE is given."""
        if len(digest) != _HASHES[self.hash_name].digest_size:
            raise ValueError(f"{self.hash_name} digest expected")
        return DIGEST_INFO_SHA256 + digest if self.name == "rsa_pkcs1_sha256" else digest

    def is_signature(self, key: CertificatePublicKeyTypes, digest: bytes, signature: bytes) -> bool:
        """Whether `key` made `signature` over `digest`; elliptic-curve signatures may be raw (r ‖ s) or DER."""
        algorithm = Prehashed(_HASHES[self.hash_name])
        if isinstance(key, rsa.RSAPublicKey):
            try:
                key.verify(signature, digest, padding.PKCS1v15(), algorithm)
            except InvalidSignature:
                return False
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            return any(_is_ecdsa(key, digest, form, algorithm) for form in _der_forms(key, signature))
        return False


# What every card in use is known to do; asked for only as long as the certificate itself has not been read.
RSA_2048: Final = SignatureScheme("rsa_pkcs1_sha256", "sha256", 256)


def is_card_input(data: bytes) -> bool:
    """Whether these bytes are something this library asks a card to sign, and nothing else that a caller made up."""
    is_digest_info = data[: len(DIGEST_INFO_SHA256)] == DIGEST_INFO_SHA256 and len(data) == len(DIGEST_INFO_SHA256) + 32
    return is_digest_info or len(data) in (32, 48)


def _der_forms(key: ec.EllipticCurvePublicKey, signature: bytes) -> list[bytes]:
    forms = [signature]
    width = (key.key_size + 7) // 8
    if len(signature) == 2 * width:
        forms.append(encode_dss_signature(int.from_bytes(signature[:width]), int.from_bytes(signature[width:])))
    return forms


def _is_ecdsa(key: ec.EllipticCurvePublicKey, digest: bytes, signature: bytes, algorithm: Prehashed) -> bool:
    try:
        key.verify(signature, digest, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True
