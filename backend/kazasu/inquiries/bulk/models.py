"""Inquiries about patients rather than checks: no card was touched. Their requests, and the answers that came."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.gateway import BulkKind, Result
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.state import InquiryState


class BulkJobRow(Base):
    """One request with many persons, from being sent to its result. Counts are the national system's own."""

    __tablename__ = "bulk_jobs"
    __table_args__ = (
        Index("ix_bulk_jobs_state_next_at", "state", "next_at"),
        Index("ix_bulk_jobs_made_at_id", "made_at", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[BulkKind] = mapped_column(choice(BulkKind))
    day: Mapped[date]
    """For which day qualifications are asked: that of the visits."""
    state: Mapped[BulkState] = mapped_column(choice(BulkState))
    reception_number: Mapped[str | None] = mapped_column(String(60))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(60))
    """One word, or the system's own code; never what else the other side wrote."""
    leased_by: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    processed: Mapped[int | None]
    normal: Mapped[int | None]
    errors: Mapped[int | None]


class PatientInquiryRow(Base):
    """One question about one patient for one day: exactly one such row, however often it is asked for."""

    __tablename__ = "patient_inquiries"
    __table_args__ = (
        UniqueConstraint("patient", "day"),
        Index("ix_patient_inquiries_state_next_at", "state", "next_at"),
        Index("ix_patient_inquiries_day_made_at_id", "day", "made_at", "id"),
    )

    id: Mapped[Id]
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    day: Mapped[date]
    kind: Mapped[BulkKind] = mapped_column(choice(BulkKind))
    visit: Mapped[str] = mapped_column(ForeignKey("visits.id"))
    """The first visit of that day: why it is asked."""
    state: Mapped[InquiryState] = mapped_column(choice(InquiryState))
    number_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed hash of the number it was planned with: another one on file since is asked about again."""
    job: Mapped[str | None] = mapped_column(ForeignKey("bulk_jobs.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(60))
    result: Mapped[Result | None] = mapped_column(choice(Result))
    """Of the latest answer, as the next three."""
    is_simulated: Mapped[bool | None]
    changes: Mapped[list[str]]
    is_flagged: Mapped[bool] = mapped_column(default=False)
    """Whether somebody should look before the visit: not valid, or not as it was."""
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class PatientAnswerRow(Base):
    """One answer about a patient as it came; the latest of its inquiry counts."""

    __tablename__ = "patient_answers"
    __table_args__ = (
        UniqueConstraint("inquiry", "sequence"),
        Index("ix_patient_answers_patient_stored_at", "patient", "stored_at"),
    )

    id: Mapped[Id]
    inquiry: Mapped[str] = mapped_column(ForeignKey("patient_inquiries.id"))
    sequence: Mapped[int]
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    result: Mapped[Result] = mapped_column(choice(Result))
    is_simulated: Mapped[bool]
    changes: Mapped[list[str]]
    """What is not as it was when last known; codes, no values."""
    content: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime]
    stored_at: Mapped[datetime]
