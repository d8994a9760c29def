"""HPKE's base mode for one message, written out from RFC 9180 sections 4 to 6, with the ephemeral key given.

For vectors only: a real sender draws its ephemeral key. DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM_SUITE = b"KEM" + bytes.fromhex("0020")
SUITE = b"HPKE" + bytes.fromhex("002000010002")


def _extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def _expand(key: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + labeled + bytes([counter]), hashlib.sha256)
        out += block
        counter += 1
    return out[:length]


def key_schedule(ephemeral: bytes, recipient: bytes, info: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The encapsulated key, the shared secret, the AEAD key and the base nonce."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(recipient))
    prk = _extract(b"", KEM_SUITE, b"eae_prk", shared)
    secret = _expand(prk, KEM_SUITE, b"shared_secret", enc + recipient, 32)
    context = b"\x00" + _extract(b"", SUITE, b"psk_id_hash", b"") + _extract(b"", SUITE, b"info_hash", info)
    scheduled = _extract(secret, SUITE, b"secret", b"")
    key = _expand(scheduled, SUITE, b"key", context, 32)
    return enc, secret, key, _expand(scheduled, SUITE, b"base_nonce", context, 12)


def encrypt(ephemeral: bytes, recipient: bytes, info: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """enc and the ciphertext of the first message, as one string."""
    enc, _, key, nonce = key_schedule(ephemeral, recipient, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, aad)
