"""Passwords: argon2id, in a thread, a few at a time (each takes 64 MiB). Imports no storage."""

import unicodedata

import anyio
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 10
_MAXIMUM_LENGTH = 1000
_HASHER = PasswordHasher()
# What an unknown login is verified against, so that it takes as long as a known one.
_NOBODY = _HASHER.hash("nobody has this password")
_AT_A_TIME = CapacityLimiter(2)


class PasswordTooWeakError(ValueError):
    """Shorter than `MINIMUM_LENGTH`, or longer than any password is."""


def _normal(password: str) -> str:
    # The same characters typed on another keyboard are the same password (RFC 8265).
    return unicodedata.normalize("NFC", password)


async def hash_password(password: str) -> str:
    """What is kept; `PasswordTooWeakError` before anything is hashed."""
    normal = _normal(password)
    if not MINIMUM_LENGTH <= len(normal) <= _MAXIMUM_LENGTH:
        raise PasswordTooWeakError
    return await anyio.to_thread.run_sync(_HASHER.hash, normal, limiter=_AT_A_TIME)


async def is_password_right(password: str, kept: str | None) -> bool:
    """Whether it is; None (nobody of that login) is always wrong and takes as long."""
    normal = _normal(password)[:_MAXIMUM_LENGTH]

    def verify() -> bool:
        try:
            return _HASHER.verify(kept or _NOBODY, normal) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    return await anyio.to_thread.run_sync(verify, limiter=_AT_A_TIME)


def is_due_for_rehash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
