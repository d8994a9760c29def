"""How far the numbers of exports have been given out."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base


class ExportSeriesRow(Base):
    """One series of numbers."""

    __tablename__ = "export_series"

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]
