"""The public side of the facility's sealing keys and how far each has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, choice


class SealingKeyState(StrEnum):
    """made → backed_up → announced → retired → destroyed."""

    MADE = "made"
    BACKED_UP = "backed_up"
    ANNOUNCED = "announced"
    RETIRED = "retired"
    DESTROYED = "destroyed"


class SealingKeyRow(Base):
    """One key to which devices seal; its private half is never in the database."""

    __tablename__ = "sealing_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[SealingKeyState] = mapped_column(choice(SealingKeyState))
    made_at: Mapped[datetime]
    backed_up_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]
