"""Nonces that need no storage until they are used: random, expiry and a tag under the storage key. Pure.

So a caller who is nobody yet can fill nothing up by asking for them.
"""

import base64
import binascii
import hmac
import os
import struct
from datetime import UTC, datetime, timedelta

from kazasu.keys import StorageKey

LIFETIME = timedelta(seconds=60)
_PURPOSE = "device-nonce"
_BODY = 24
_TAG_LENGTH = 16


def make_nonce(key: StorageKey, epoch: str, now: datetime) -> str:
    """A nonce that `expiry_of` accepts for `LIFETIME`."""
    body = os.urandom(16) + struct.pack(">Q", int((now + LIFETIME).timestamp() * 1000))
    return base64.urlsafe_b64encode(body + _tag(key, epoch, body)).decode().rstrip("=")


def expiry_of(nonce: str, key: StorageKey, epoch: str, now: datetime) -> datetime | None:
    """When this nonce of ours runs out; None where it has, or was never ours."""
    try:
        octets = base64.b64decode(nonce.encode("ascii") + b"=" * (-len(nonce) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, tag = octets[:_BODY], octets[_BODY:]
    if len(octets) != _BODY + _TAG_LENGTH or not hmac.compare_digest(tag, _tag(key, epoch, body)):
        return None
    expires_at = datetime.fromtimestamp(struct.unpack(">Q", body[16:])[0] / 1000, UTC)
    return expires_at if expires_at > now else None


def _tag(key: StorageKey, epoch: str, body: bytes) -> bytes:
    # By the epoch no nonce outlives a restore, which forgets which ones were used.
    return key.keyed_hash(body, purpose=f"{_PURPOSE}:{epoch}")[:_TAG_LENGTH]
