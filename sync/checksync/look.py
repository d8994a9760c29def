"""A look at medical information from a device: the proof that somebody signed in on it, in this memory.

A duty pass and the device key rest on the device's disk, so that they alone would open to a thief what was never on
the screen. The day key lives in memory, and only a sign-in brings it: it makes the proof. docs/protocol/sync-v1.md
section 5. Imports no transport and no storage.
"""

import hashlib
import hmac
from typing import Final

from checksync.encoding import Identifier, PrivateRecord

__all__ = ["ConsentWithdrawnItem", "is_look_proof", "look_proof", "look_subject"]

PURPOSE: Final = b"kazasu-look-v1"


class ConsentWithdrawnItem(PrivateRecord, frozen=True, kw_only=True):
    """A feed item, to every device: whoever shows medical information closes it, and asks again if it is still wanted.

    Says nothing of whose consent it was.
    """

    consent: Identifier
    kinds: list[str]


def look_subject(*, check: str | None = None, visit: str | None = None) -> str | None:
    """How a proof names what it is about: a check, or a visit without a card; None for both or neither."""
    if (check is None) == (visit is None):
        return None
    return check if visit is None else f"visit:{visit}"


def look_proof(day_key: bytes, *, duty_pass: str, about: str, kind: str, nonce: str) -> str:
    """64 hexadecimal digits, good for one request with a nonce of the server; `kind` is empty for the list of kinds."""
    key = hmac.digest(day_key, PURPOSE, hashlib.sha256)
    # Each has a form of its own without a line feed, so that no two requests have one message.
    message = "\n".join((duty_pass, about, kind, nonce)).encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, hashlib.sha256).hex()


def is_look_proof(proof: str, day_key: bytes, *, duty_pass: str, about: str, kind: str, nonce: str) -> bool:
    """Whether it was made with this day key for exactly this request."""
    expected = look_proof(day_key, duty_pass=duty_pass, about=about, kind=kind, nonce=nonce)
    return hmac.compare_digest(expected.encode(), proof.encode("utf-8", "surrogatepass"))
