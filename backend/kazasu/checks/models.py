"""Checks, their consents, the certificates seen, and what else devices recorded."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from checksync.assurance import Assurance
from kazasu.checks.state import CheckState
from kazasu.db import Base, Id, choice
from kazasu.gateway import Result
from kazasu.rules import CardKind, CertificateState, CheckType, IdentityMethod, Setting


class CertificateRow(Base):
    """A card's certificate: encrypted, found by keyed hash, linked to a patient by a person or an answer."""

    __tablename__ = "certificates"

    id: Mapped[Id]
    keyed_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Over the certificate's SHA-256, under the storage key."""
    octets: Mapped[bytes] = mapped_column(LargeBinary)
    patient: Mapped[str | None] = mapped_column(ForeignKey("patients.id"), index=True)
    linked_by: Mapped[str | None] = mapped_column(String(40))
    """The check whose answer made the link."""
    first_seen_at: Mapped[datetime]


class CheckRow(Base):
    """One check, made from exactly one entry; its id is the device's."""

    __tablename__ = "checks"
    __table_args__ = (
        UniqueConstraint("log", "entry_number"),
        Index("ix_checks_received_at_id", "received_at", "id"),
        Index("ix_checks_certificate_checked_at", "certificate", "checked_at"),
    )

    id: Mapped[Id]
    state: Mapped[CheckState] = mapped_column(choice(CheckState), index=True)
    log: Mapped[str] = mapped_column(String(64))
    entry_number: Mapped[int]
    entry: Mapped[int] = mapped_column(BigInteger, index=True)
    """The row in `log_entries`."""
    device: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    duty_pass: Mapped[str] = mapped_column(String(64))
    staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who was on duty by the pass; None where no such pass is known."""
    check_type: Mapped[CheckType] = mapped_column(choice(CheckType))
    setting: Mapped[Setting] = mapped_column(choice(Setting))
    identity_method: Mapped[IdentityMethod] = mapped_column(choice(IdentityMethod))
    pin_typed_by: Mapped[str | None] = mapped_column(String(10))
    pin_proxy_relation: Mapped[str | None] = mapped_column(String(100))
    assurance: Mapped[Assurance] = mapped_column(choice(Assurance))
    card_kind: Mapped[CardKind] = mapped_column(choice(CardKind))
    certificate: Mapped[str | None] = mapped_column(ForeignKey("certificates.id"))
    certificate_state: Mapped[CertificateState | None] = mapped_column(choice(CertificateState))
    serves_for_medical_information: Mapped[bool]
    """By type and certificate; invariant 7 asks more before anything is shown."""
    attributes: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The four attributes, encrypted under the storage key."""
    patient: Mapped[str | None] = mapped_column(ForeignKey("patients.id"), index=True)
    visit: Mapped[str | None] = mapped_column(ForeignKey("visits.id"), index=True)
    repeat_of: Mapped[str | None] = mapped_column(ForeignKey("checks.id"), index=True)
    """The check of the same touch again: asked once and counted once, with that one."""
    device_checked_at: Mapped[datetime]
    """What the device believed."""
    checked_at: Mapped[datetime]
    """The device's time where it is plausible, else the last anchor's."""
    checked_on: Mapped[date]
    """The day in Japan: rules and the inquiry go by it."""
    recorded_after: Mapped[datetime | None]
    """The last anchor's time: the check was not made before."""
    received_at: Mapped[datetime]
    result: Mapped[Result | None] = mapped_column(choice(Result))
    is_simulated: Mapped[bool | None]
    """Of the answer; None before one came."""


class ConsentRow(Base):
    """One kind of consent, given or declined; a withdrawal is noted, nothing is deleted."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("consent", "kind"),)

    id: Mapped[Id]
    consent: Mapped[str] = mapped_column(String(32), index=True)
    """The device's id of the consent; for those of a check's intent, the check's."""
    kind: Mapped[str] = mapped_column(String(30))
    is_given: Mapped[bool]
    text: Mapped[str] = mapped_column(String(100))
    """Id of the text that the patient was shown."""
    check: Mapped[str | None] = mapped_column(ForeignKey("checks.id"), index=True)
    visit: Mapped[str | None] = mapped_column(ForeignKey("visits.id"))
    patient: Mapped[str | None] = mapped_column(ForeignKey("patients.id"), index=True)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_entry: Mapped[int | None]


class RecordedEntryRow(Base):
    """What was recorded beside checks: substitute, declaration, consent, withdrawal, void, trouble.

    By a device, as an entry of its log; or at the desk, by a staff member signed in there: then there is no entry, log,
    number, device or duty pass, and `device_recorded_at` is the server's own time.

    Listed with what says nothing about a person; the content stays sealed in its entry, or encrypted here where the
    server works with it.
    """

    __tablename__ = "recorded_entries"
    __table_args__ = (Index("ix_recorded_entries_received_at_id", "received_at", "id"),)

    id: Mapped[Id]
    entry: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    log: Mapped[str | None] = mapped_column(String(64))
    entry_number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(30), index=True)
    check: Mapped[str | None] = mapped_column(String(32), index=True)
    """As the entry names it; it may name a check that has not come."""
    visit: Mapped[str | None] = mapped_column(String(64), index=True)
    consent: Mapped[str | None] = mapped_column(String(32), index=True)
    device: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    duty_pass: Mapped[str | None] = mapped_column(String(64))
    staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    facts: Mapped[dict[str, Any]]
    fields: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A document's fields, encrypted under the storage key. A declaration's are never taken out of its entry; of one
    that was typed at the desk they are here, under a key of their own."""
    device_recorded_at: Mapped[datetime]
    received_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
    """When what it said was destroyed; that it was recorded stays."""

    @property
    def origin(self) -> str:
        """`device` or `desk`."""
        return "desk" if self.entry is None else "device"


class VisitJoinRow(Base):
    """One check that belongs to another's visit: it is asked and counted with that one. Parted, the row stays."""

    __tablename__ = "visit_joins"

    id: Mapped[Id]
    check: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    into: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    standing: Mapped[str | None] = mapped_column(String(32), unique=True)
    """The check's id while it is joined, so that it is in one visit; None when parted."""
    why: Mapped[str] = mapped_column(String(40))
    """By which reading of `rules.same_visit`."""
    moved: Mapped[list[str]]
    """Repeats of the same touch that went along."""
    joined_at: Mapped[datetime]
    parted_at: Mapped[datetime | None]
    parted_because: Mapped[str | None] = mapped_column(String(40))


class VisitDecisionRow(Base):
    """What a person said of two checks: one visit, or two. The last word about a pair counts."""

    __tablename__ = "visit_decisions"
    __table_args__ = (Index("ix_visit_decisions_first_second", "first", "second"),)

    id: Mapped[Id]
    first: Mapped[str] = mapped_column(ForeignKey("checks.id"))
    second: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    is_one: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    """In the person's words; shown to the back office, never logged."""
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime]
