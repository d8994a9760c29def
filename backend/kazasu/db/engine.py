"""Connections to the database, and the two kinds of transaction that the server knows.

SQLite: WAL, synchronous=FULL, foreign keys on, read back on every connection; a database that will not have it so
is refused. Writers begin with BEGIN IMMEDIATE on the process's one writing connection, so they queue in order and
never fail half-way for a lock; readers are query_only. pysqlite's own transaction handling is switched off because
it would run SAVEPOINT outside a transaction.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

Connection = AsyncConnection
"""The same for a connection."""
Session = AsyncSession
"""What modules outside `db`, `models` and `service` call a session."""


class DatabaseNotDurableError(Exception):
    """The database would not take a setting without which a confirmed entry could be lost."""

    def __init__(self, setting: str, wanted: str, found: str) -> None:
        super().__init__(setting, wanted, found)
        self.setting = setting
        self.wanted = wanted
        self.found = found


class DatabaseUrlError(ValueError):
    """The database URL names no database that the server can work with (its text is not repeated: it may hold
    a password)."""


_BUSY_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_BUSY_SNAPSHOT,
        sqlite3.SQLITE_LOCKED,
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available
        "57P01",  # admin_shutdown
        "57P03",  # cannot_connect_now
        "53300",  # too_many_connections
    }
)
_PAGES_BETWEEN_CHECKPOINTS = 8000
"""Of 4 KiB: the write-ahead log grows to some 32 MiB."""
_WAL = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}


class TryAgainError(Exception):
    """Nothing is wrong with what was asked; something that it needs is away for now."""


def is_busy(error: BaseException) -> bool:
    """Whether trying again later may help: a lock was not had in time, a deadlock was broken, the server is away."""
    while True:
        if isinstance(error, (PoolTimeoutError, TryAgainError)):
            return True
        if isinstance(error, DBAPIError):
            code = getattr(error.orig, "sqlite_errorcode", None) or getattr(error.orig, "sqlstate", None)
            return error.connection_invalidated or code in _BUSY_CODES
        if error.__cause__ is None:
            return False
        error = error.__cause__


def normal_url(url: str) -> URL:
    """The URL with the drivers that the server uses: `sqlite:///file`, `postgresql://…`."""
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.drivername.partition("+")[0]]
    except Exception:
        raise DatabaseUrlError from None
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise DatabaseUrlError  # a database in memory forgets what a device was told is safe
    return parsed.set(drivername=driver)


class Database:
    """One facility's database."""

    def __init__(self, url: str, *, busy_timeout_s: float = 10.0) -> None:
        self.url = normal_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # hide_parameters: a failed statement must not carry what was in it into a log.
        common: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            common["connect_args"] = {"timeout": busy_timeout_s}
            self.engine = create_async_engine(self.url, pool_size=1, max_overflow=0, pool_timeout=60, **common)
            self._reading_engine = create_async_engine(self.url, pool_size=4, max_overflow=4, **common)
            _prepare_sqlite(self.engine, busy_timeout_s, begin="BEGIN IMMEDIATE", is_writer=True)
            _prepare_sqlite(self._reading_engine, busy_timeout_s, begin="BEGIN", is_writer=False)
        else:
            self.engine = create_async_engine(self.url, pool_size=5, max_overflow=10, pool_pre_ping=True, **common)
            self._reading_engine = self.engine.execution_options(postgresql_readonly=True)
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        self._reading = async_sessionmaker(self._reading_engine, expire_on_commit=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session for changes. Nothing is stored unless the caller commits: `await session.commit()`.

        Never open a second one inside the first: on SQLite it waits for itself.
        """
        async with self._writing() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database and cannot change it."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the database however long it reads, beside writers; for backups."""
        if self.is_sqlite:
            # In WAL mode a reading transaction keeps the state of its first statement.
            async with self._reading_engine.connect() as connection:
                yield connection
            return
        async with self.engine.connect() as plain:
            yield await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def prove_durable(self) -> None:
        """Raises `DatabaseNotDurableError` where a commit could be lost; called before the server answers anyone."""
        async with self.engine.connect() as connection:
            if not self.is_sqlite:
                for setting in ("fsync", "synchronous_commit"):
                    found = str((await connection.exec_driver_sql(f"SHOW {setting}")).scalar_one())
                    if found == "off":
                        raise DatabaseNotDurableError(setting, "on", found)

    async def give_up_deleted(self, tables: Sequence[str]) -> None:
        """What was deleted or overwritten leaves the files as far as the database can see to it; outside of any
        transaction.

        SQLite: deleted content is overwritten as it goes (`secure_delete`); what is left of it in the write-ahead log
        goes with that log, unless a reader holds it open at this moment. PostgreSQL: the dead rows of these tables are
        cleared; its own write-ahead log, its archives and replicas are their operator's.
        """
        async with self.engine.connect() as plain:
            if self.is_sqlite:
                # Under the driver: SQLAlchemy would begin a transaction, in which no checkpoint is made.
                raw: Any = (await plain.get_raw_connection()).driver_connection
                async with raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    await cursor.fetchall()
                return
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                # Names are the models' own.
                await connection.exec_driver_sql(f"VACUUM {table}")

    async def close(self) -> None:
        """Gives every connection back."""
        await self._reading_engine.dispose()
        await self.engine.dispose()


def _prepare_sqlite(engine: AsyncEngine, busy_timeout_s: float, *, begin: str, is_writer: bool) -> None:
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, see "begin" below
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA foreign_keys = ON")
            for setting, wanted in _WAL.items():
                cursor.execute(f"PRAGMA {setting}")
                row = cursor.fetchone()
                found = str(row[0]).lower() if row else "nothing"
                if found != wanted:
                    raise DatabaseNotDurableError(setting, wanted, found)
            if is_writer:
                # A checkpoint synchronises log and database once more each; by default one came with every other push.
                cursor.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_BETWEEN_CHECKPOINTS}")
                # What is destroyed is gone from the file with the commit, not when its page happens to be used again.
                cursor.execute("PRAGMA secure_delete = ON")
            else:
                cursor.execute("PRAGMA query_only = ON")
        finally:
            cursor.close()

    def on_begin(connection: SyncConnection) -> None:
        connection.exec_driver_sql(begin)

    def on_reset(connection: DBAPIConnection, record: ConnectionPoolEntry, state: PoolResetState) -> None:
        # A COMMIT that SQLite refuses (a deferred constraint) leaves the transaction open, while SQLAlchemy takes it
        # for ended: without this, every later BEGIN on this connection would fail.
        if state.asyncio_safe and connection.driver_connection.in_transaction:
            connection.rollback()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine.pool, "reset", on_reset)
    event.listen(engine.sync_engine, "begin", on_begin)
