"""The database: base, engine, migrations. Nothing here knows what the tables mean."""

from kazasu.db.base import Base, Id, JsonDocument, NaiveTimeError, Sequence, UtcDateTime, choice, new_id
from kazasu.db.engine import (
    Connection,
    Database,
    DatabaseNotDurableError,
    DatabaseUrlError,
    Session,
    TryAgainError,
    is_busy,
)
from kazasu.db.statement import insert_if_absent, lock_name, lock_order

__all__ = [
    "Base",
    "Connection",
    "Database",
    "DatabaseNotDurableError",
    "DatabaseUrlError",
    "Id",
    "JsonDocument",
    "NaiveTimeError",
    "Sequence",
    "Session",
    "TryAgainError",
    "UtcDateTime",
    "choice",
    "insert_if_absent",
    "is_busy",
    "lock_name",
    "lock_order",
    "new_id",
]
