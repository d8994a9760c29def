"""Device logs as stored: entries still sealed, gaps, the other branch of a closed log, refused pushes, the feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Sequence, choice
from kazasu.sync.seam import Outcome


class DeviceLogRow(Base):
    """A log and how far it is committed."""

    __tablename__ = "device_logs"

    log: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str] = mapped_column(String(43), index=True)
    """Thumbprint of the device key that signs it."""
    genesis: Mapped[bytes] = mapped_column(LargeBinary)
    predecessor: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    newest_number: Mapped[int]
    """What the device last said it has: the difference is still out."""
    oldest_number: Mapped[int]
    """The oldest that it still keeps."""
    newest_head: Mapped[str | None] = mapped_column(Text)
    forgettable: Mapped[int] = mapped_column(default=0)
    """Up to here a verified backup holds it, or a set retention is over."""
    is_closed: Mapped[bool] = mapped_column(Boolean, default=False)
    opened_at: Mapped[datetime]
    last_push_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    """When the device last spoke of this log, also where it brought nothing new."""
    closed_at: Mapped[datetime | None]


class LogEntryRow(Base):
    """One entry: verified in its chain, sealed as it came, and what became of it."""

    __tablename__ = "log_entries"
    __table_args__ = (UniqueConstraint("log", "number"), CheckConstraint("number >= 1", name="number_from_one"))

    id: Mapped[Sequence]
    log: Mapped[str] = mapped_column(ForeignKey("device_logs.log"))
    number: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    head: Mapped[str | None] = mapped_column(Text)
    """The device's head for this number, where one came: a push carries that of its last entry."""
    received_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome), default=Outcome.PENDING)
    reason: Mapped[str | None] = mapped_column(String(80))
    check: Mapped[str | None] = mapped_column(String(64), index=True)
    destroyed_at: Mapped[datetime | None]
    """When the sealed octets were destroyed; digest and hash stay, and the chain with them."""


class LogGapRow(Base):
    """Numbers that the device declared gone, by its signed statement."""

    __tablename__ = "log_gaps"
    __table_args__ = (UniqueConstraint("log", "from_number"), UniqueConstraint("log", "to_number"))

    id: Mapped[Sequence]
    log: Mapped[str] = mapped_column(ForeignKey("device_logs.log"))
    from_number: Mapped[int]
    to_number: Mapped[int]
    why: Mapped[str] = mapped_column(String(20))
    hash_after: Mapped[bytes] = mapped_column(LargeBinary(32))
    statement: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]


class BranchEntryRow(Base):
    """An entry of the other branch of a closed log. Nothing counts by it; nothing is thrown away."""

    __tablename__ = "branch_entries"
    __table_args__ = (UniqueConstraint("log", "number", "digest"),)

    id: Mapped[Sequence]
    log: Mapped[str] = mapped_column(ForeignKey("device_logs.log"))
    number: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class BranchEvidenceRow(Base):
    """What the device signed over the other branch: a head, or a gap."""

    __tablename__ = "branch_evidence"
    __table_args__ = (UniqueConstraint("log", "statement_hash"),)

    id: Mapped[Sequence]
    log: Mapped[str] = mapped_column(ForeignKey("device_logs.log"))
    statement_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    statement: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]


class RefusedPushRow(Base):
    """What did not verify, kept as evidence; the octets of the first of each device, then the hash alone."""

    __tablename__ = "refused_pushes"
    __table_args__ = (UniqueConstraint("log", "device", "octets_hash"),)

    id: Mapped[Sequence]
    log: Mapped[str] = mapped_column(String(64), index=True)
    device: Mapped[str] = mapped_column(String(43), index=True)
    octets_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    octets: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(40))
    received_at: Mapped[datetime]


class FeedItemRow(Base):
    """What a device is told; for every device where none is named."""

    __tablename__ = "feed_items"
    # SQLite would give the number of a deleted last item out again, and a device would never see the new one.
    __table_args__ = (Index("ix_feed_items_device_seq", "device", "seq"), {"sqlite_autoincrement": True})

    seq: Mapped[Sequence]
    id: Mapped[str] = mapped_column(String(32), unique=True)
    device: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
