"""A PostgreSQL server for a test run: started by hand from the distribution's programs, on a Unix socket only.

As root it runs as the user `postgres` (the programs refuse root). One server a worker process, one database a test.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

_AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", "--")


def programs() -> Path | None:
    """Where the server's programs are: the newest of Debian's, else those on the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class PostgresServer:
    """A server of its own in a folder of its own. `with_durability` is for tests that kill it."""

    def __init__(self, folder: Path, bin_folder: Path, *, with_durability: bool = False) -> None:
        self.folder = folder
        self._bin = bin_folder
        self._commit = "on" if with_durability else "local"
        self._as = _AS_POSTGRES if os.geteuid() == 0 else ()

    def start(self) -> None:
        if self._as:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        data = self.folder / "data"
        if not data.exists():
            self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                      "--no-sync")  # fmt: skip
        options = (
            f"-c listen_addresses= -c unix_socket_directories={self.folder} -c full_page_writes=off"
            f" -c synchronous_commit={self._commit}"
        )
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh database, gone afterwards; gives its URL."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file, not a pipe: the server that pg_ctl starts would keep a pipe open.
        with (self.folder / "programs.log").open("ab") as log:
            subprocess.run(
                [*self._as, str(self._bin / program), *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                timeout=120,
            )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; skips where none is installed or may be started."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    if os.geteuid() == 0 and (shutil.which("setpriv") is None):
        pytest.skip("as root PostgreSQL needs setpriv (util-linux) to run as another user")
    folder = Path(tempfile.mkdtemp(prefix="kazasu-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(folder, bin_folder)
    try:
        server.start()
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
