"""The database: base, engine, migrations. Nothing here knows what the tables mean."""

from kazasu.db.base import Base, Id, JsonDocument, NaiveTimeError, Sequence, UtcDateTime, choice, new_id
from kazasu.db.engine import Database, DatabaseNotDurableError, DatabaseUrlError, Session

__all__ = [
    "Base",
    "Database",
    "DatabaseNotDurableError",
    "DatabaseUrlError",
    "Id",
    "JsonDocument",
    "NaiveTimeError",
    "Sequence",
    "Session",
    "UtcDateTime",
    "choice",
    "new_id",
]
