"""`kill -9` of server and devices, and a restart of PostgreSQL, while they sync over a road that breaks things."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.processes.killing import Killing, fresh_seed
from harness.postgres import PostgresServer, programs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_SECONDS = 25.0


def run(killing: Killing, seed: int) -> None:
    try:
        outcome = killing.run(_SECONDS)
    finally:
        killing.close()
    print(f"seed {seed}: {outcome}")
    assert not outcome.wrong, f"seed {seed}: {len(outcome.wrong)} wrong, {outcome.wrong[:5]}"
    assert outcome.confirmed > 0
    assert outcome.on_server >= outcome.confirmed
    assert sum(outcome.kills.values()) >= 3


def test_on_sqlite_every_confirmed_entry_is_there_exactly_once(tmp_path: Path) -> None:
    seed = fresh_seed()
    run(Killing(tmp_path, seed=seed), seed)


@pytest.fixture
def durable_postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, which it may kill."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="kazasu-killed-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(folder, bin_folder, with_durability=True)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgres
def test_on_postgresql_with_restarts_of_it_every_confirmed_entry_is_there_exactly_once(
    tmp_path: Path, durable_postgres: PostgresServer
) -> None:
    def restart() -> None:
        durable_postgres.stop()
        durable_postgres.start()

    seed = fresh_seed()
    with durable_postgres.database() as url:
        run(Killing(tmp_path, seed=seed, database=url, restart_database=restart), seed)
