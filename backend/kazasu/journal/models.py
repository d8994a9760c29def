"""The journal's lines as a restored database knows them: looked up where what they forbid comes again."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base


class JournalMarkRow(Base):
    """One line that was replayed at a restore."""

    __tablename__ = "journal_marks"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]]
