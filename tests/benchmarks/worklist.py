"""A page of the worklist at a million open holds: first and deep, with and without a filter, beside the bare statement.

    python tests/benchmarks/worklist.py [--rows 1000000] [--database sqlite|postgresql] [--json]

A database with that many open holds over 20,000 patients, 40 staff members, 60 devices and two claim months, and one
hundredth of it for comparison. A page is 50 holds as the route reads them: the service's query through the ORM, and
the holds' decisions. The bare statement is the same order read by the driver alone: ids of 51 rows, no filter, no ORM.
Both take turns in one run. Deep is the page after the row that 90 % of the holds stand before. Prints medians in
milliseconds, the ratio to the bare statement of the same place, and the plan of each query.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.postgres import PostgresServer, programs
from sqlalchemy import create_engine, insert, text

from kazasu.db import Database
from kazasu.devices.models import DeviceRow
from kazasu.patients.models import PatientRow
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import decisions_of
from kazasu.reconciliation.worklist import WorkFilter, WorkPlace, list_work
from kazasu.reconciliation.worklist.service import work_query
from kazasu.staff.models import StaffRow
from kazasu.tables import metadata

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PAGE = 50
ROUNDS = 31
PATIENTS, STAFF, DEVICES = 20_000, 40, 60
REASONS_HELD = (
    [HoldReason.ANSWER_INVALID] * 50
    + [HoldReason.ANSWER_NOT_FOUND] * 30
    + [HoldReason.CANNOT_BE_ASKED] * 15
    + [HoldReason.ANSWER_NAME_DIFFERS] * 4
    + [HoldReason.OTHER_PERSON]
)
BARE = (
    "SELECT id FROM holds WHERE closed_at IS NULL {after} ORDER BY deadline, rank, id LIMIT 51",
    "AND (deadline, rank, id) > (:deadline, :rank, :id)",
)


def _fill(url: str, rows: int) -> None:
    dice = random.Random(7)  # noqa: S311 - a benchmark's dice
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(PatientRow.__table__),  # type: ignore[arg-type]
            [
                {"id": f"{n:032x}", "name": "訓練", "name_kana": "クンレン", "birth_date": date(1950, 1, 1), "sex": "3",
                 "made_at": NOW, "changed_at": NOW}
                for n in range(PATIENTS)
            ],
        )  # fmt: skip
        connection.execute(
            insert(StaffRow.__table__),  # type: ignore[arg-type]
            [
                {"id": f"{n:032x}", "login": str(n), "name": "x", "roles": [], "password_hash": "-", "made_at": NOW}
                for n in range(STAFF)
            ],
        )
        connection.execute(
            insert(DeviceRow.__table__),  # type: ignore[arg-type]
            [
                {"id": f"{n:032x}", "name": "x", "jwk": {}, "thumbprint": str(n), "state": "confirmed",
                 "enrolled_at": NOW}
                for n in range(DEVICES)
            ],
        )  # fmt: skip
        for chunk in range(0, rows, 20_000):
            values = [_hold(n, dice) for n in range(chunk, min(chunk + 20_000, rows))]
            connection.execute(insert(HoldRow.__table__), values)  # type: ignore[arg-type]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _hold(n: int, dice: random.Random) -> dict[str, Any]:
    reason = dice.choice(REASONS_HELD)
    month = dice.choice((date(2026, 11, 1), date(2026, 12, 1)))
    deadline = date(2026, 12, 10) if month.month == 11 else date(2027, 1, 10)
    return {
        "id": f"{dice.getrandbits(128):032x}",
        "reason": reason,
        "state": "open",
        "open_key": f"check:{n}",
        "evidence": {"result": "invalid"},
        "proposal": REASONS[reason].proposal,
        "raised_at": NOW,
        "severity": REASONS[reason].severity,
        "deadline": deadline,
        "rank": -7 * dice.randint(1, 9),
        "month": month,
        "patient": f"{dice.randrange(PATIENTS):032x}",
        "staff": f"{dice.randrange(STAFF):032x}",
        "device": f"{dice.randrange(DEVICES):032x}",
    }


async def _measure(url: str, rows: int) -> dict[str, Any]:
    database = Database(url)
    try:
        deep = await _place(database, int(rows * 0.9))
        filters = {
            "all": WorkFilter(),
            "reason other_person": WorkFilter(reason=HoldReason.OTHER_PERSON),
            "one device": WorkFilter(device=f"{3:032x}"),
            "one patient": WorkFilter(patient=f"{3:032x}"),
            "month and staff": WorkFilter(month=date(2026, 12, 1), staff=f"{3:032x}"),
        }
        found: dict[str, Any] = {}
        for place_name, after in (("first", None), ("deep", deep)):
            works: dict[str, Callable[[], Awaitable[Any]]] = {
                "bare statement": _bare(database, after),
                **{name: _page(database, wanted, after) for name, wanted in filters.items()},
            }
            times: dict[str, list[float]] = {name: [] for name in works}
            for _ in range(ROUNDS):
                for name, work in works.items():
                    started = time.perf_counter()
                    await work()
                    times[name].append(time.perf_counter() - started)
            medians = {name: statistics.median(taken) * 1000 for name, taken in times.items()}
            for name, ms in medians.items():
                found[f"{place_name}: {name}"] = {"ms": ms, "ratio": ms / medians["bare statement"]}
        found["plans"] = {
            f"{name}, deep": await _plan(database, replace(wanted), deep) for name, wanted in filters.items()
        }
        return found
    finally:
        await database.close()


def _page(database: Database, wanted: WorkFilter, after: WorkPlace | None) -> Callable[[], Awaitable[Any]]:
    async def read() -> None:
        async with database.reading() as session:
            rows = await list_work(session, wanted, after=after, limit=PAGE + 1)
            await decisions_of(session, [row.id for row in rows])

    return read


def _bare(database: Database, after: WorkPlace | None) -> Callable[[], Awaitable[Any]]:
    statement = text(BARE[0].format(after=BARE[1] if after else ""))
    values = {"deadline": str(after.deadline), "rank": after.rank, "id": after.id} if after else {}

    async def read() -> None:
        async with database.engine.connect() as connection:
            assert (await connection.execute(statement, values)).all()

    return read


async def _place(database: Database, offset: int) -> WorkPlace:
    order = "SELECT deadline, rank, id FROM holds WHERE closed_at IS NULL ORDER BY deadline, rank, id LIMIT 1 OFFSET :n"
    async with database.engine.connect() as connection:
        deadline, rank, id_ = (await connection.execute(text(order), {"n": offset})).one()
    return WorkPlace(date.fromisoformat(str(deadline)), rank, id_)


async def _plan(database: Database, wanted: WorkFilter, after: WorkPlace) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if database.url.get_backend_name() == "sqlite" else "EXPLAIN "
    query = work_query(wanted, database.url.get_backend_name(), after=after, limit=PAGE + 1)
    compiled = query.compile(database.engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with database.engine.connect() as connection:
        rows = (await connection.exec_driver_sql(explain + str(compiled))).all()
    return [str(row[-1]).strip() for row in rows if "holds" in str(row[-1])]


@contextmanager
def _empty(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="kazasu-worklist-") as folder:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/kazasu.db"
            return
        place = programs()
        if place is None:
            raise SystemExit("PostgreSQL's server programs are not installed")
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder), place)
        server.start()
        try:
            with server.database() as url:
                yield url
        finally:
            server.stop()


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found: dict[int, dict[str, Any]] = {}
    for rows in (asked.rows // 100, asked.rows):
        with _empty(asked.database) as url:
            _fill(url, rows)
            found[rows] = asyncio.run(_measure(url, rows))
    if asked.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for rows, measured in found.items():
        print(f"{asked.database}, {rows:,} open holds")
        plans = measured.pop("plans")
        for name, figures in measured.items():
            print(f"  {name:32} {figures['ms']:8.2f} ms  x {figures['ratio']:.2f}")
        for name, lines in plans.items():
            print(f"  plan of {name}: {' | '.join(lines)}")


if __name__ == "__main__":
    main()
