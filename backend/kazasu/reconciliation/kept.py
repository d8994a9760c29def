"""What a decision stood on as it was then, with its values: encrypted beside the decision. Imports no storage."""

from typing import Any

import msgspec

from kazasu.exports.unknown_input import UnknownInput
from kazasu.keys import StorageKey

__all__ = ["KeptEvidence", "KeptLine", "holds_declared", "open_kept", "sealed_kept", "without_declared"]

_PURPOSE = "decision-evidence"


class KeptLine(msgspec.Struct, frozen=True):
    """A field and its value, or a field of which two values differ."""

    label: str
    value: str
    other: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return "<KeptLine>"


class KeptEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The answer (without what only a look at medical information shows), the document's fields, the roster's entry,
    what differed, and the claim that followed."""

    answer: dict[str, Any] | None
    document: dict[str, Any]
    roster: dict[str, str]
    differences: list[KeptLine]
    route: str | None
    """By which the claim would go out; None where it cannot yet, or none is due."""
    claim: list[KeptLine]
    unknown: UnknownInput | None
    """What was typed for a claim as unknown (不詳)."""

    def __repr__(self) -> str:
        return "<KeptEvidence>"


def sealed_kept(storage: StorageKey, decision: str, kept: KeptEvidence) -> bytes:
    """Encrypted, readable for this decision alone."""
    return storage.encrypt(msgspec.json.encode(kept), purpose=_PURPOSE, subject=decision)


def holds_declared(storage: StorageKey, decision: str, octets: bytes) -> bool:
    """Whether something was typed from a declaration, which goes when that is destroyed."""
    return open_kept(storage, decision, octets).unknown is not None


def without_declared(storage: StorageKey, decision: str, octets: bytes) -> bytes:
    """The same without it."""
    return sealed_kept(
        storage, decision, msgspec.structs.replace(open_kept(storage, decision, octets), unknown=None, claim=[])
    )


def open_kept(storage: StorageKey, decision: str, octets: bytes) -> KeptEvidence:
    """What was kept; `StoredOctetsDamagedError` where it does not open."""
    return msgspec.json.decode(storage.decrypt(octets, purpose=_PURPOSE, subject=decision), type=KeptEvidence)
