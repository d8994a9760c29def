"""What was tried in vain lately."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base


class FailedAttemptRow(Base):
    """How often something was tried in vain lately: a login, an address, an enrolment code from an address.

    In the database and not in memory, so that every process counts the same and a restart forgives nothing.
    """

    __tablename__ = "failed_attempts"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
