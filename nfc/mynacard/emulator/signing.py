"""What the chip does with the bytes that it is to sign. It does not look into them, as the real one does not."""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed, decode_dss_signature

from .exercise_key import ExerciseKey

_HASH_BY_SIZE: Final[dict[int, hashes.HashAlgorithm]] = {
    32: hashes.SHA256(),
    48: hashes.SHA384(),
    64: hashes.SHA512(),
}


class SignatureInputError(Exception):
    """Too much or too little to sign."""


def sign(key: ExerciseKey, data: bytes) -> bytes:
    """RSA pads what is given, without asking whether it is a DigestInfo; ECDSA answers r and s, one after the other.

    That the next generation's card takes the bare hash and answers r ‖ s is not known to anyone yet: here alone it is
    decided.
    """
    if isinstance(key, ec.EllipticCurvePrivateKey):
        algorithm = _HASH_BY_SIZE.get(len(data))
        if algorithm is None:
            raise SignatureInputError
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(Prehashed(algorithm), deterministic_signing=True)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if len(data) > key.key_size // 8 - 11:
        raise SignatureInputError
    return key.sign(data, padding.PKCS1v15(), NoDigestInfo())
