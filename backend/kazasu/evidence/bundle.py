"""The bundle: everything that one check rests on, in two lines of JSON: the content, and the server's seal over its
exact octets. Pure; never imports a database.
"""

import hashlib
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from checksync import Head, SigningKey, Statement, StatementError, VerifyingKey, sign, verify
from checksync.encoding import Digest, Identifier, Time
from kazasu.rules import Say

__all__ = ["NOTICE", "Bundle", "EvidenceSeal", "NotEvidenceError", "read_bundle", "sealed_bundle"]

FORMAT: Final = "kazasu-evidence-v1"
NOTICE: Final = Say(
    ja="このファイルには患者の利用者証明用電子証明書と、資格確認の内容（個人情報）が含まれます。"
    "必要な相手だけに渡し、用が済んだら消去してください。",
    en="This file contains the patient's user-authentication certificate and what was checked (personal data). "
    "Hand it only to those who need it, and erase it when it has served.",
)


class NotEvidenceError(Exception):
    """The file is no evidence bundle of this version."""


class EvidenceSeal(Statement, frozen=True, kw_only=True):
    """The server: I put these octets together at this time."""

    typ: ClassVar[str] = "kazasu-evidence"
    digest: Digest
    facility: Identifier
    time: Time


class BundleFacility(msgspec.Struct, frozen=True):
    """Whose check it is."""

    id: str
    name: str
    mode: str
    institution_code: str


class BundleDevice(msgspec.Struct, frozen=True):
    """By which device; its key signed the log's heads."""

    id: str
    jwk: dict[str, str]
    revoked_at: datetime | None


class BundleEntry(msgspec.Struct, frozen=True):
    """The entry in its place: sealed as it came, opened, and the digests that lead from it to the signed head."""

    log: str
    genesis: bytes
    number: int
    before: str
    digest: str
    sealed: bytes
    """Empty where the content was destroyed by law."""
    opened: bytes | None
    following: list[str]
    head: str | None
    received_at: datetime


class BundleAnswer(msgspec.Struct, frozen=True):
    """The answer as the clinic's server kept it; nobody signed it."""

    result: str
    simulated: bool
    typed_by: str | None
    answered_at: datetime
    content: dict[str, Any]


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The content. Its repr shows nothing of it."""

    format: str = FORMAT
    notice: Say = NOTICE
    made_at: datetime
    check: str
    facility: BundleFacility
    epoch: str
    server_key: dict[str, str]
    device: BundleDevice
    entry: BundleEntry
    intent: bytes | None
    card_signature: bytes | None
    certificate: bytes | None
    anchor: str | None
    duty_pass: str | None
    acknowledgement: str
    answer: BundleAnswer | None

    def __repr__(self) -> str:
        return "<Bundle>"


def sealed_bundle(bundle: Bundle, key: SigningKey) -> bytes:
    """The file's octets."""
    content = msgspec.json.encode(bundle)
    seal = EvidenceSeal(digest=hashlib.sha256(content).hexdigest(), facility=bundle.facility.id, time=bundle.made_at)
    return content + b"\n" + msgspec.json.encode({"seal": sign(seal, key)}) + b"\n"


def read_bundle(octets: bytes) -> tuple[Bundle, bool]:
    """The bundle, and whether its seal by the server key inside it holds over these octets."""
    content, _, rest = octets.partition(b"\n")
    try:
        bundle = msgspec.json.decode(content, type=Bundle)
        signed = msgspec.json.decode(rest, type=dict[str, str])["seal"]
        key = VerifyingKey.from_jwk(bundle.server_key)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, ValueError):
        raise NotEvidenceError from None
    if bundle.format != FORMAT:
        raise NotEvidenceError
    try:
        seal = verify(signed, EvidenceSeal, key)
    except StatementError:
        return bundle, False
    return bundle, seal.digest == hashlib.sha256(content).hexdigest() and seal.facility == bundle.facility.id


def head_of(bundle: Bundle, key: VerifyingKey) -> Head | None:
    """The head, where the device's key signed it."""
    try:
        return verify(bundle.entry.head or "", Head, key)
    except StatementError:
        return None
