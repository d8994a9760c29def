"""Visits of the roster."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.rules import Setting


class VisitRow(Base):
    """One patient to be met at a time; cancelled, never deleted."""

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_at_id", "at", "id"),)

    id: Mapped[Id]
    patient: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    at: Mapped[datetime]
    setting: Mapped[Setting] = mapped_column(choice(Setting))
    staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    device: Mapped[str | None] = mapped_column(ForeignKey("devices.id"), index=True)
    calendar_id: Mapped[str | None] = mapped_column(String(40))
    """The visit's id in the clinic's own calendar, where it has one."""
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
