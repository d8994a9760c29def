"""The outbox's connection over apsw: its file operations pass through `Watched`, which writes them down or fails them.

Only what the outbox uses of `sqlite3.Connection` is here; apsw's errors become those of the standard library, with
their SQLite codes, so that the outbox's own translation is what is tested.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apsw
from faults.outbox.written import Change

_LIVES = itertools.count()


class Watched(apsw.VFS):  # type: ignore[misc]
    """File operations of one device: written down in `changes`; `fault` may raise in place of any of them."""

    def __init__(self) -> None:
        self.vfs_name = f"watched-{next(_LIVES)}"
        super().__init__(self.vfs_name, "")
        self.changes: list[Change] = []
        self.fault: Callable[[Change], None] = lambda _: None

    def note(self, change: Change) -> None:
        self.fault(change)
        self.changes.append(change)

    def mark(self, mark: Any) -> None:
        self.changes.append(Change("mark", mark=mark))

    def xOpen(self, name: Any, flags: list[int]) -> "WatchedFile":
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.note(Change("open", Path(path).name))
        return WatchedFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.note(Change("delete_sync" if syncdir else "delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class WatchedFile(apsw.VFSFile):  # type: ignore[misc]
    def __init__(self, watched: Watched, name: Any, flags: list[int]) -> None:
        self._watched = watched
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._watched.note(Change("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._watched.note(Change("truncate", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._watched.note(Change("sync", self._name))
        super().xSync(flags)


# Primary result codes; an error that a test raised itself carries none.
_CODES = {type(apsw.exception_for(code)): code for code in range(1, 27)}


def _as_stdlib(error: apsw.Error) -> sqlite3.Error:
    code = getattr(error, "extendedresult", None) or _CODES.get(type(error), sqlite3.SQLITE_ERROR)
    known: type[sqlite3.Error] = sqlite3.OperationalError
    if isinstance(error, apsw.ConstraintError):
        known = sqlite3.IntegrityError
    found = known(str(error))
    found.sqlite_errorcode = code
    found.sqlite_errorname = type(error).__name__
    return found


class Cursor:
    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def __iter__(self) -> Any:
        return self._rows


class ApswConnection:
    """What the outbox uses of a connection. `checkpoint_pages` makes checkpoints come as early as the test wants."""

    def __init__(self, watched: Watched, path: Any, timeout: float, checkpoint_pages: int) -> None:
        try:
            self._inner = apsw.Connection(str(path), vfs=watched.vfs_name)
            self._inner.set_busy_timeout(int(timeout * 1000))
            self._inner.wal_autocheckpoint(checkpoint_pages)
        except apsw.Error as error:
            raise _as_stdlib(error) from error

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        try:
            return Cursor(list(self._inner.execute(sql, parameters)))
        except apsw.Error as error:
            raise _as_stdlib(error) from error

    def executemany(self, sql: str, rows: Iterable[Any]) -> Cursor:
        try:
            return Cursor(list(self._inner.executemany(sql, rows)))
        except apsw.Error as error:
            raise _as_stdlib(error) from error

    @property
    def in_transaction(self) -> bool:
        return bool(self._inner.in_transaction)

    def close(self) -> None:
        try:
            self._inner.close(True)
        except apsw.Error as error:
            raise _as_stdlib(error) from error


def connecting(watched: Watched, checkpoint_pages: int = 1000) -> Any:
    """In place of `sqlite3.Connection` as the outbox's `connection_class`."""

    def connect(path: Any, *, timeout: float, **_: Any) -> ApswConnection:
        return ApswConnection(watched, path, timeout, checkpoint_pages)

    return connect
