"""The recovery file: the facility's keys under a code that is shown once, for the administrator to keep apart.

A sealing key is announced to devices only when this file (or a verified backup) was written and read back, because what
devices seal to a lost key nobody can open. Imports no storage.
"""

import os
import re
import secrets
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_FORMAT = "kazasu-recovery-v1"
# The code is 125 random bits, which no derivation has to slow anybody down for; it is scrypt all the same,
# so that a guess at a damaged or half-seen code stays dear.
_SCRYPT_N = 2**15
_SCRYPT_MAX_N = 2**20
# Crockford's digits: no I, L, O, U to be misread.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


class RecoveryError(Exception):
    """The recovery file does not open; `why` is `not_a_recovery_file`, `not_a_code` or `wrong_code_or_damaged`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RecoveredKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a facility cannot make again. Its repr shows none of it."""

    server_key: bytes
    """PEM."""
    sealing_keys: list[bytes]
    """Raw X25519 private keys."""
    storage_key: bytes
    authority_key: bytes | None = None
    """PEM of the facility CA's key, where the facility made its own."""

    def __repr__(self) -> str:
        return f"<RecoveredKeys of {len(self.sealing_keys)} sealing keys>"


class _RecoveryFile(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal["kazasu-recovery-v1"]
    facility: str
    facility_name: str
    mode: str
    made_at: str
    kdf: Literal["scrypt"]
    n: Annotated[int, msgspec.Meta(ge=2**14, le=_SCRYPT_MAX_N)]
    r: Annotated[int, msgspec.Meta(ge=8, le=32)]
    p: Annotated[int, msgspec.Meta(ge=1, le=8)]
    salt: bytes
    nonce: bytes
    ciphertext: bytes


def new_recovery_code() -> str:
    """25 characters in five groups, 125 random bits."""
    characters = "".join(secrets.choice(_DIGITS) for _ in range(25))
    return "-".join(characters[start : start + 5] for start in range(0, 25, 5))


def sealed_recovery_file(
    keys: RecoveredKeys, code: str, *, facility: str, facility_name: str, mode: str, made_at: str
) -> bytes:
    """The file's octets: JSON that names the facility in clear and holds the keys encrypted."""
    salt, nonce = os.urandom(16), os.urandom(12)
    key = _key(code, salt, _SCRYPT_N, 8, 1)
    about = _bound(facility, mode)
    file = _RecoveryFile(
        format="kazasu-recovery-v1",
        facility=facility,
        facility_name=facility_name,
        mode=mode,
        made_at=made_at,
        kdf="scrypt",
        n=_SCRYPT_N,
        r=8,
        p=1,
        salt=salt,
        nonce=nonce,
        ciphertext=AESGCM(key).encrypt(nonce, msgspec.json.encode(keys), about),
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def open_recovery_file(octets: bytes, code: str) -> RecoveredKeys:
    """The keys, or `RecoveryError`."""
    try:
        file = msgspec.json.decode(octets, type=_RecoveryFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise RecoveryError("not_a_recovery_file") from None
    key = _key(code, file.salt, file.n, file.r, file.p)
    try:
        opened = AESGCM(key).decrypt(file.nonce, file.ciphertext, _bound(file.facility, file.mode))
        return msgspec.json.decode(opened, type=RecoveredKeys)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise RecoveryError("wrong_code_or_damaged") from None


def _bound(facility: str, mode: str) -> bytes:
    return f"{_FORMAT}:{facility}:{mode}".encode()


def _key(code: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    characters = re.sub(r"[\s-]", "", code).upper().translate(_MISREAD)
    if len(characters) != 25 or set(characters) - set(_DIGITS):
        raise RecoveryError("not_a_code")
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(characters.encode())
