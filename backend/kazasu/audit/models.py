"""The audit log's table, and the triggers that refuse to let it be changed."""

from datetime import datetime

from sqlalchemy import DDL, BigInteger, LargeBinary, String, Table, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from kazasu.db import Base


class AuditEntry(Base):
    """One change of state: who did what to what, chained to the one before."""

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80), index=True)
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    details: Mapped[str] = mapped_column(Text)
    """Canonical JSON, kept as text: the hash is over these characters."""
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


SQLITE_APPEND_ONLY = tuple(
    f"CREATE TRIGGER audit_entries_no_{verb.lower()} BEFORE {verb} ON audit_entries "
    "BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)

POSTGRESQL_APPEND_ONLY = (
    "CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit_entries is append-only'; END $$",
    "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries "
    "FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only()",
    "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only()",
)

_table = AuditEntry.__table__
assert isinstance(_table, Table)  # noqa: S101 - a declarative class maps a table; this tells the type checker
for _dialect, _statements in (("sqlite", SQLITE_APPEND_ONLY), ("postgresql", POSTGRESQL_APPEND_ONLY)):
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(_table, "after_create", _ddl.execute_if(dialect=_dialect))
