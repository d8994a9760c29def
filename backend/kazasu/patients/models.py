"""Patients; no address is kept."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id


class PatientRow(Base):
    """One patient. The insured number is what the inquiry by number asks with; None where none is known."""

    __tablename__ = "patients"
    __table_args__ = (Index("ix_patients_made_at_id", "made_at", "id"),)

    id: Mapped[Id]
    chart_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_kana: Mapped[str] = mapped_column(String(200))
    birth_date: Mapped[date] = mapped_column(index=True)
    sex: Mapped[str] = mapped_column(String(1))
    """1 male, 2 female, 3 not set, as the national system has it."""
    insurer_number: Mapped[str | None] = mapped_column(String(8))
    symbol: Mapped[str | None] = mapped_column(String(20))
    number: Mapped[str | None] = mapped_column(String(20))
    branch: Mapped[str | None] = mapped_column(String(2))
    number_source: Mapped[str | None] = mapped_column(String(10))
    """`roster`, `answer` or `document`."""
    home_visits_ended_on: Mapped[date | None]
    """The last day of the continuing home visits; asking again without a card ends with it."""
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
