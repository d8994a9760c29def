"""The feed: what the server has for this device. Imports no transport and no storage."""

import msgspec

from checksync.encoding import Digest, Identifier, Number, PrivateRecord, Record, decode


class FeedItem(PrivateRecord, frozen=True, kw_only=True):
    """One item, idempotent by its id. `data` as it came: an unknown kind is kept for a later version."""

    id: str
    kind: str
    data: msgspec.Raw


class FeedPage(PrivateRecord, frozen=True, kw_only=True):
    epoch: Identifier
    items: list[FeedItem]
    cursor: str
    more: bool


class Answer(PrivateRecord, frozen=True, kw_only=True):
    """The national system's answer to a check, or the simulator's."""

    check: Identifier
    result: str
    qualifications: list[dict[str, object]]
    asked_for: str
    answered_at: str
    simulated: bool


class Say(Record, frozen=True, kw_only=True):
    ja: str
    en: str


class Hold(PrivateRecord, frozen=True, kw_only=True):
    """Why a check is not clean, and what to do while the patient is still there."""

    check: Identifier | None = None
    visit: Identifier | None = None
    reason: str
    say: Say


class Destroyed(Record, frozen=True, kw_only=True):
    """What this entry says was destroyed at the server: the device deletes its sealed octets too."""

    log: Digest
    number: Number


class ListedCertificate(PrivateRecord, frozen=True, kw_only=True):
    """A certificate that the server holds: an entry may name it by its digest alone."""

    serial: str
    sha256: str
    certificate: bytes


class VisitEligibility(PrivateRecord, frozen=True, kw_only=True):
    """What the national system said of the patient before the visit, asked by number: no card was there.

    `kind` `re_inquiry`: a continuing visit that needs no card. `changes`: what is not as it was when last known.
    """

    kind: str
    result: str
    changes: list[str] = msgspec.field(default_factory=list)
    asked_for: str
    answered_at: str
    simulated: bool


class RosterVisit(PrivateRecord, frozen=True, kw_only=True):
    """One visit on the list, as it is told now; a later item of the same visit replaces it.

    `removed`: it is off the list, and nothing else is said of it.
    """

    visit: Identifier
    removed: bool = False
    patient: Identifier | None = None
    name: str = ""
    name_kana: str | None = None
    birth_date: str | None = None
    at: str = ""
    setting: str = ""
    keys: list[str] = msgspec.field(default_factory=list)
    known_certificates: list[ListedCertificate] = msgspec.field(default_factory=list)
    eligibility: VisitEligibility | None = None


class AnchorItem(Record, frozen=True, kw_only=True):
    statement: str


def decode_feed_page(octets: bytes) -> FeedPage:
    """`MalformedError` when it is none."""
    return decode(octets, FeedPage, "feed page")


def encode_feed_page(page: FeedPage) -> bytes:
    return msgspec.json.encode(page)
