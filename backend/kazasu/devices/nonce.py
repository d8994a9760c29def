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
_TAG = 16


def make_nonce(key: StorageKey, now: datetime) -> str:
    """A nonce that `expiry_of` accepts for `LIFETIME`."""
    body = os.urandom(16) + struct.pack(">Q", int((now + LIFETIME).timestamp() * 1000))
    return base64.urlsafe_b64encode(body + key.keyed_hash(body, purpose=_PURPOSE)[:_TAG]).decode().rstrip("=")


def expiry_of(nonce: str, key: StorageKey, now: datetime) -> datetime | None:
    """When this nonce of ours runs out; None where it has, or was never ours."""
    try:
        octets = base64.b64decode(nonce.encode("ascii") + b"=" * (-len(nonce) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, tag = octets[:_BODY], octets[_BODY:]
    if len(octets) != _BODY + _TAG or not hmac.compare_digest(tag, key.keyed_hash(body, purpose=_PURPOSE)[:_TAG]):
        return None
    expires_at = datetime.fromtimestamp(struct.unpack(">Q", body[16:])[0] / 1000, UTC)
    return expires_at if expires_at > now else None
