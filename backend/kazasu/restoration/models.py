"""Restores: from which backup, and whether the server was opened again since."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id


class RestorationRow(Base):
    """One restore. The server is closed while one is not reopened."""

    __tablename__ = "restorations"

    id: Mapped[Id]
    epoch: Mapped[str] = mapped_column(String(32))
    backup: Mapped[str] = mapped_column(String(32))
    """The backup's id."""
    backup_made_at: Mapped[datetime]
    restored_at: Mapped[datetime]
    is_journal_whole: Mapped[bool]
    """Whether a whole journal was replayed; without one nobody knows what is undone, and a person opens again."""
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[str | None] = mapped_column(String(80))
    """An actor; `system` where the logs were refilled."""
    missing: Mapped[list[Any] | None]
    """What the administrator declared missing: logs and numbers."""
