"""The months' figures that the facility was told or read elsewhere: what no check of ours can say."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, choice
from kazasu.reports.figures.kind import FigureKind


class UsageFigureRow(Base):
    """One figure of one month, as last entered; what stood there before is in the audit log."""

    __tablename__ = "usage_figures"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """`yyyy-mm`, of Japan."""
    kind: Mapped[FigureKind] = mapped_column(choice(FigureKind), primary_key=True)
    part: Mapped[int]
    whole: Mapped[int]
    is_rate: Mapped[bool]
    """Told as a rate alone: `part` is hundredths of a percent, `whole` 10,000, and neither is a count."""
    source: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]
