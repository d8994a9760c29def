"""Staff and their office sign-ins."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id


class StaffRow(Base):
    """A person who signs in; deactivated, never deleted."""

    __tablename__ = "staff"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]


class OfficeSessionRow(Base):
    """A sign-in to the back office; the bearer token is known by its hash alone."""

    __tablename__ = "office_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
