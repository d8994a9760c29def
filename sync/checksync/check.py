"""The body of a check entry: the card and, in a visual check, the attestation. Imports no transport and no storage."""

from typing import Annotated, ClassVar, Literal

import msgspec

from checksync.encoding import Digest, Identifier, PrivateRecord, RandomIdentifier, Record, Time

CardKind = Literal["plastic", "android", "iphone"]


class Attributes(PrivateRecord, frozen=True, kw_only=True):
    """The four attributes as the card holds them, and the secret that opened them.

    Sex is the card's digit: 1, 2, others unknown.
    """

    name: str
    address: str
    birth_date: str
    sex: str
    by: Literal["number_b", "text_pin"]


class Card(PrivateRecord, frozen=True, kw_only=True):
    """What was read from the card.

    No certificate octets where the server listed it as known; no signature where no PIN was given.
    """

    kind: CardKind
    certificate_sha256: Digest
    certificate: bytes | None
    signature: bytes | None
    attributes: Attributes | None


class Attestation(Record, frozen=True, kw_only=True):
    """The staff member signed in compared the person with the photograph on the card."""

    duty_pass: Identifier
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    device_time: Time


class CheckBody(PrivateRecord, frozen=True, kw_only=True):
    kind: ClassVar[str] = "check"
    check: RandomIdentifier
    intent: bytes
    card: Card
    attestation: Attestation | None
    repeat_of: RandomIdentifier | None = None
