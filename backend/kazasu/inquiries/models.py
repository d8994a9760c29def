"""Inquiries and the answers that came."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.gateway import Result
from kazasu.inquiries.state import InquiryState
from kazasu.rules import InquiryKey


class InquiryRow(Base):
    """One question about one check by one key: exactly one such row, however often it is asked."""

    __tablename__ = "inquiries"
    __table_args__ = (
        UniqueConstraint("check", "key"),
        Index("ix_inquiries_state_next_at", "state", "next_at"),
        Index("ix_inquiries_made_at_id", "made_at", "id"),
    )

    id: Mapped[Id]
    check: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    key: Mapped[InquiryKey] = mapped_column(choice(InquiryKey))
    state: Mapped[InquiryState] = mapped_column(choice(InquiryState))
    asked_for: Mapped[date]
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The insured number asked with, encrypted under the storage key."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(60))
    """One word; never what the other side wrote."""
    last_failed_at: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    """A worker that does not come back by then has lost the job to the next."""
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    for_claim: Mapped[bool] = mapped_column(default=False)
    """Asked again for the claim alone: without consents, and nothing medical of its answer is kept."""


class AnswerRow(Base):
    """One answer as it came; the latest is the check's."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("inquiry", "sequence"),)

    id: Mapped[Id]
    inquiry: Mapped[str] = mapped_column(ForeignKey("inquiries.id"), index=True)
    sequence: Mapped[int]
    result: Mapped[Result] = mapped_column(choice(Result))
    is_simulated: Mapped[bool]
    typed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    """Who typed or pasted it, where no gateway brought it."""
    content: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime]
    stored_at: Mapped[datetime]
