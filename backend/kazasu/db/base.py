"""What every table of the server is built from: the declarative base, ids, UTC times, JSON.

Times are refused when naive, on the way in and as a matter of type; both databases give them back in UTC.
"""

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored; nobody could say later when it was."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC to the microsecond on SQLite and PostgreSQL alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveTimeError
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite keeps no zone; what we stored there was UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonDocument = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value; where exact bytes matter (audit, statements, entries) use text or octets instead."""

# SQLite gives only INTEGER PRIMARY KEY its own numbering; PostgreSQL wants 64 bits.
_counter = BigInteger().with_variant(Integer(), "sqlite")

Id = Annotated[str, mapped_column(String(32), primary_key=True)]
"""The primary key of most tables: 16 random octets in lower-case hexadecimal (`new_id`)."""

Sequence = Annotated[int, mapped_column(_counter, primary_key=True, autoincrement=True)]
"""A primary key that the database counts up; gaps are possible, order of commit is not promised."""


def new_id() -> str:
    """A fresh identifier that says nothing about what it names."""
    return secrets.token_hex(16)


def choice(kind: type[StrEnum]) -> Enum:
    """A column type for a `StrEnum`, kept as its text; a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # int is 64 bits wherever a table counts something: numbers of entries, sequences of feeds.
    type_annotation_map: dict[Any, Any] = {  # noqa: RUF012 - SQLAlchemy's own way of being told
        datetime: UtcDateTime(),
        int: BigInteger(),
        dict[str, Any]: JsonDocument,
        list[Any]: JsonDocument,
        list[str]: JsonDocument,
    }
