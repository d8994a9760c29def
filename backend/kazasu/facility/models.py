"""The one facility whose database this is."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id, choice
from kazasu.facility.kind import FacilityKind, FacilityMode


class FacilityRow(Base):
    """One row for good: made by `kazasu init`, its mode never changed."""

    __tablename__ = "facilities"
    __table_args__ = (
        CheckConstraint("single = 1", name="single"),
        # Invariant 10, once more at the lowest layer: an exercise writes no real institution's code, and the other way.
        CheckConstraint(
            "(mode = 'exercise') = (institution_code LIKE '99%')",
            name="exercise_code",
        ),
    )

    id: Mapped[Id]
    single: Mapped[int] = mapped_column(default=1, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    mode: Mapped[FacilityMode] = mapped_column(choice(FacilityMode))
    kind: Mapped[FacilityKind] = mapped_column(choice(FacilityKind))
    institution_code: Mapped[str] = mapped_column(String(10))
    transitional_until: Mapped[date | None]
    epoch: Mapped[str] = mapped_column(String(32))
    """Random, anew at every restore: whoever meets another one starts its sync again."""
    made_at: Mapped[datetime]
