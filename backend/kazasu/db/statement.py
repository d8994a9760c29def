"""Statements that each database has to be told in its own words."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from kazasu.db.engine import Session

_ORDER_LOCK = 0x6B617A61


async def insert_if_absent(session: Session, table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, leaving out those that a unique constraint says are there already."""
    if not isinstance(table, Table):
        raise TypeError("rows are inserted into a table")
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(postgresql.insert(table).on_conflict_do_nothing(), list(rows))
    else:
        await session.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))


async def lock_order(session: Session) -> None:
    """From here to the end of the transaction nobody else writes to a sequence that must have the order of commits:
    the audit log's numbers and the feed's. One lock for both, so that they cannot wait for each other.
    """
    # SQLite has one writer at a time anyway.
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ORDER_LOCK})


async def lock_name(session: Session, name: str) -> None:
    """From here to the end of the transaction nobody else passes with this name, whether or not it names a row yet."""
    if session.get_bind().dialect.name == "postgresql":
        # Two names may share a lock by their hash: they then wait for each other, which harms nothing.
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": name})
