"""SQLite's connections: aiosqlite's, with fewer ways through its thread.

aiosqlite hands every call to a thread of its own: four changes of thread a statement, which cost ten times what SQLite
needs for it. Here making and closing a cursor needs none, and the one connection that writes runs its statements where
they are asked for: they take microseconds, because it holds the only write lock and nothing is synced before the
commit. What may wait, for a lock or for the disk, goes through the thread as ever: BEGIN, COMMIT, ROLLBACK, PRAGMA.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiosqlite

__all__ = ["connect"]

_MAY_WAIT = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "VACUUM", "ATTACH")


async def connect(file: Path, *, timeout_s: float, is_writer: bool) -> aiosqlite.Connection:
    """A new connection to the database in the file."""

    def open_file() -> sqlite3.Connection:
        # Two threads use it, one after the other, never at once: SQLAlchemy waits for each call before the next.
        return sqlite3.connect(file, timeout=timeout_s, check_same_thread=False)

    connection = _Connection(open_file, is_writer)
    # As SQLAlchemy does with those that it makes itself: a process that ends waits for no connection.
    connection._thread.daemon = True
    return await connection


class _Connection(aiosqlite.Connection):
    def __init__(self, open_file: Any, is_writer: bool) -> None:
        super().__init__(open_file, iter_chunk_size=64)
        self._cursor_class = _HereCursor if is_writer else _ThreadCursor

    def cursor(self) -> "_Cursor":  # type: ignore[override] # SQLAlchemy only ever enters it
        return self._cursor_class(self, self._conn.cursor())


class _Cursor(aiosqlite.Cursor):
    async def __aenter__(self) -> "_Cursor":
        return self

    async def close(self) -> None:
        self._cursor.close()


class _ThreadCursor(_Cursor):
    """Of a connection that reads: a long query must not hold up everybody else."""


class _HereCursor(_Cursor):
    """Of the connection that writes."""

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> aiosqlite.Cursor:
        if sql.lstrip().upper().startswith(_MAY_WAIT):
            await super()._execute(self._cursor.execute, sql, parameters or [])  # type: ignore[no-untyped-call]
        else:
            self._cursor.execute(sql, parameters or [])  # type: ignore[arg-type]
        return self
