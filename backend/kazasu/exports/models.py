"""How far the numbers of exports have been given out, and the batches that went out under them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base, Id


class ExportSeriesRow(Base):
    """One series of numbers."""

    __tablename__ = "export_series"

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]


class ExportBatchRow(Base):
    """One batch that left the house; withdrawn, it stays listed and its checks may go out again."""

    __tablename__ = "export_batches"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    epoch: Mapped[str] = mapped_column(String(32))
    since: Mapped[date]
    until: Mapped[date]
    count: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_because: Mapped[str | None] = mapped_column(Text)
    """In the person's words; shown to the back office, never logged."""


class ExportItemRow(Base):
    """One check of a batch."""

    __tablename__ = "export_items"

    batch: Mapped[str] = mapped_column(ForeignKey("export_batches.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    standing: Mapped[str | None] = mapped_column(String(32), unique=True)
    """The check's id while the batch stands, so that none is out twice; None when withdrawn."""


class ExportFileRow(Base):
    """A batch in one format, as it was first given out: encrypted, and the same octets for ever."""

    __tablename__ = "export_files"

    batch: Mapped[str] = mapped_column(ForeignKey("export_batches.id"), primary_key=True)
    format: Mapped[str] = mapped_column(String(20), primary_key=True)
    octets: Mapped[bytes] = mapped_column(LargeBinary)
