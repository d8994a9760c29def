"""Consents as fetched."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id


class FetchedConsentRow(Base):
    """One consent with the qualification that came with it: once, however often it is fetched."""

    __tablename__ = "fetched_consents"
    __table_args__ = (
        Index("ix_fetched_consents_fetched_at_id", "fetched_at", "id"),
        Index("ix_fetched_consents_day", "day"),
    )

    id: Mapped[Id]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Keyed hash of who consented when to what: by it the same is known when it is fetched again."""
    day: Mapped[date]
    """On which it was registered."""
    job: Mapped[str] = mapped_column(ForeignKey("bulk_jobs.id"))
    """The first that brought it."""
    check: Mapped[str | None] = mapped_column(ForeignKey("checks.id"), index=True)
    """The check that it answered, the first of them where there are several; None while none waits for it."""
    is_simulated: Mapped[bool]
    content: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]
    matched_at: Mapped[datetime | None]
