"""Signed statements: compact JWS, ES256, a type of their own each, the signer's thumbprint as `kid`.

Imports no transport and no storage. Algorithm and type are taken from here, never from what came.
"""

import hashlib
from typing import ClassVar, Final, Literal, TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from checksync.encoding import (
    Digest,
    Identifier,
    MalformedError,
    Number,
    NumberOrNone,
    RandomIdentifier,
    Record,
    Thumbprint,
    Time,
    decode,
    encode,
)
from checksync.key import SigningKey, VerifyingKey

_ALGORITHM: Final = "ES256"
_REGISTRY: Final = jws.JWSRegistry(algorithms=[_ALGORITHM])

Fault = Literal["malformed", "wrong_type", "wrong_algorithm", "wrong_key", "bad_signature"]


class StatementError(Exception):
    """A statement does not hold; carries why in one word."""

    def __init__(self, typ: str, fault: Fault) -> None:
        super().__init__(f"{typ}: {fault}")
        self.typ = typ
        self.fault = fault


class Statement(Record, frozen=True, kw_only=True):
    """Base of all statements; `typ` is the JWS type."""

    typ: ClassVar[str]


class Head(Statement, frozen=True, kw_only=True):
    """The device: my log stands at this number and hash; I keep the entries from `oldest` on."""

    typ: ClassVar[str] = "kazasu-head"
    log: Digest
    number: Number
    hash: Digest
    oldest: Number
    device_time: Time


class Acknowledgement(Statement, frozen=True, kw_only=True):
    """The server: everything up to `number` is committed, and `hash` is its hash; 0 and the log itself: nothing yet.

    The device may delete what it holds up to `forgettable`: a verified backup holds it, or its retention is over.
    """

    typ: ClassVar[str] = "kazasu-ack"
    epoch: Identifier
    log: Digest
    number: NumberOrNone
    hash: Digest
    forgettable: NumberOrNone = 0
    time: Time


class Anchor(Statement, frozen=True, kw_only=True):
    """The server's time and a nonce, against which a device's clock is judged."""

    typ: ClassVar[str] = "kazasu-anchor"
    id: RandomIdentifier
    epoch: Identifier
    facility: Identifier
    time: Time


def fresh_anchor_id(assertion: str) -> str:
    """The id of the anchor that answers this assertion.

    No assertion is signed twice alike, so an anchor with this id was made after it: the epoch in it is the present one.
    """
    return hashlib.sha256(assertion.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class DutyPass(Statement, frozen=True, kw_only=True):
    """The server: this person is on duty on this device, from when until when."""

    typ: ClassVar[str] = "kazasu-duty"
    id: Identifier
    staff: Identifier
    roles: list[str]
    facility: Identifier
    device: Thumbprint
    from_at: Time = msgspec.field(name="from")
    until_at: Time = msgspec.field(name="until")


class Closed(Statement, frozen=True, kw_only=True):
    """The server: this log takes no more entries."""

    typ: ClassVar[str] = "kazasu-closed"
    epoch: Identifier
    log: Digest
    number: NumberOrNone
    hash: Digest
    time: Time
    why: str


class Assertion(Statement, frozen=True, kw_only=True):
    """The device: it is me who asks, to this nonce."""

    typ: ClassVar[str] = "kazasu-assertion"
    nonce: str
    facility: Identifier


class Enrolment(Statement, frozen=True, kw_only=True):
    """The device: I hold the private half of this key, and the code is mine."""

    typ: ClassVar[str] = "kazasu-enrolment"
    code: str
    facility: Identifier | None = None

    def __repr__(self) -> str:
        return "<Enrolment>"


class GapStatement(Statement, frozen=True, kw_only=True):
    """The device: I have these numbers no more. The hashes on both sides let the chain go on."""

    typ: ClassVar[str] = "kazasu-gap"
    log: Digest
    from_number: Number = msgspec.field(name="from")
    to_number: Number = msgspec.field(name="to")
    why: Literal["damaged", "lost", "destroyed"]
    hash_before: Digest | None
    hash_after: Digest


S = TypeVar("S", bound=Statement)


def sign(statement: Statement, key: SigningKey) -> str:
    """The statement as compact JWS. What could not be verified again is refused here (`MalformedError`)."""
    payload = encode(statement)
    decode(payload, type(statement), statement.typ)
    header = {"alg": _ALGORITHM, "typ": statement.typ, "kid": key.thumbprint}
    return jws.serialize_compact(header, payload, key.jose, registry=_REGISTRY)


def verify(signed: str, form: type[S], key: VerifyingKey) -> S:
    """The statement, if it is of that form and this key signed it; `StatementError` otherwise."""
    try:
        signature = jws.extract_compact(signed.encode("ascii"), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise StatementError(form.typ, "malformed") from None
    header = signature.protected
    if not isinstance(header, dict):
        raise StatementError(form.typ, "malformed")
    if header.get("alg") != _ALGORITHM:
        raise StatementError(form.typ, "wrong_algorithm")
    if header.get("typ") != form.typ:
        raise StatementError(form.typ, "wrong_type")
    # No further header has a meaning here (jwk, x5u, crit, b64): a statement with one is not ours.
    if set(header) != {"alg", "typ", "kid"}:
        raise StatementError(form.typ, "malformed")
    if header["kid"] != key.thumbprint:
        raise StatementError(form.typ, "wrong_key")
    if not jws.validate_compact(signature, key.jose, registry=_REGISTRY):
        raise StatementError(form.typ, "bad_signature")
    try:
        return decode(signature.payload, form, form.typ)
    except MalformedError:
        raise StatementError(form.typ, "malformed") from None


def signer_of(signed: str) -> str | None:
    """The thumbprint that the statement names, unverified: to choose the key to verify with.

    None where it names none.
    """
    try:
        kid: object = jws.extract_compact(signed.encode("ascii"), registry=_REGISTRY).protected.get("kid")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return kid if isinstance(kid, str) else None
