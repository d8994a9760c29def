"""A day of many visits asked about beforehand: is the ten-thousandth as quick as the first, and who has to wait?

    python tests/benchmarks/bulk_inquiry.py --visits 10000

SQLite with full synchronisation in a folder of its own, the simulator without delay, synthetic persons. Beside it the
bound: the same rows inserted bare, in transactions of the same sizes, without rule, audit or feed.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.office import make_context
from sqlalchemy import func, insert, select

from kazasu.clock import SetClock
from kazasu.db import Database
from kazasu.gateway import BulkKind
from kazasu.gateway.simulator import Simulator, generate
from kazasu.inquiries.bulk import worker
from kazasu.inquiries.bulk.models import BulkJobRow, PatientInquiryRow
from kazasu.inquiries.bulk.planning import plan_day
from kazasu.inquiries.state import InquiryState
from kazasu.patients.models import PatientRow
from kazasu.rules import Setting
from kazasu.tables import metadata
from kazasu.visits.models import VisitRow

SLICE = 200
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TOMORROW = date(2026, 11, 23)


class Watched:
    """How long each writing transaction was held, and how much computing it took: the machine may be shared."""

    def __init__(self, database: Database) -> None:
        self.held: list[tuple[float, float]] = []
        plain = database.writing

        def writing() -> object:
            return _Timed(plain(), self.held)

        database.writing = writing  # type: ignore[method-assign, assignment]


class _Timed:
    def __init__(self, inner: object, held: list[tuple[float, float]]) -> None:
        self._inner, self._held = inner, held

    async def __aenter__(self) -> object:
        self._start, self._cpu = time.perf_counter(), time.process_time()
        return await self._inner.__aenter__()  # type: ignore[attr-defined]

    async def __aexit__(self, *error: object) -> None:
        await self._inner.__aexit__(*error)  # type: ignore[attr-defined]
        self._held.append((time.perf_counter() - self._start, time.process_time() - self._cpu))


async def measure(folder: Path, visits: int) -> None:
    database = Database(f"sqlite:///{folder / 'kazasu.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    context = await make_context(database, folder)
    assert isinstance(context.clock, SetClock)
    clock = context.clock
    people = generate(visits, "bulk")
    gateway = Simulator(context.facility, clock, further=people)
    gateway.bulk.polls = 0
    object.__setattr__(context, "gateway", gateway)
    await fill(database, people)
    watched = Watched(database)

    start = time.perf_counter()
    planned = await plan_day(context, TOMORROW, actor="shell")
    planning, held = time.perf_counter() - start, list(watched.held)
    assert planned.asked == visits
    report("planned", planning, held, visits)

    start = time.perf_counter()
    assert (await plan_day(context, TOMORROW, actor="shell")).already == visits
    print(f"planned again: {time.perf_counter() - start:.1f} s, nobody asked twice")

    watched.held.clear()
    start = time.perf_counter()
    idle = 0
    while idle < 3:
        if await worker.work_once(context):
            idle = 0
            continue
        clock.advance(timedelta(seconds=10))
        idle += 1
    asking, held = time.perf_counter() - start, list(watched.held)
    report("asked and stored", asking, held, visits)
    async with database.reading() as session:
        states = (await session.execute(select(PatientInquiryRow.state, func.count()).group_by("state"))).all()
        jobs = (await session.execute(select(BulkJobRow.state, func.count()).group_by("state"))).all()
    print(f"inquiries {dict((s.value, n) for s, n in states)}, requests {dict((s.value, n) for s, n in jobs)}")

    bound = await bare(Database(f"sqlite:///{folder / 'bare.db'}"), visits)
    print(f"bound, rows inserted bare: {bound:.2f} s; planning {planning / bound:.1f} times that")
    await database.close()


def report(what: str, seconds: float, held: list[tuple[float, float]], visits: int) -> None:
    walls = [wall for wall, _ in held]
    # Of computing, and of the transactions that do the work: short ones only look what is due.
    worked = [cpu for _, cpu in held if cpu > max(cpu for _, cpu in held) / 4]
    third, computing = max(len(worked) // 3, 1), sum(cpu for _, cpu in held)
    first, last = statistics.median(worked[:third]), statistics.median(worked[-third:])
    print(
        f"{what}: {seconds:.1f} s, {visits / seconds:.0f} a second; writer held {1000 * statistics.median(walls):.0f}"
        f" ms (median), {1000 * max(walls):.0f} ms (longest of {len(walls)}); computing {computing:.1f} s,"
        f" last third to first {last / first:.2f}"
    )


async def fill(database: Database, people: tuple[object, ...]) -> None:
    patients, visits = [], []
    for index, person in enumerate(people):
        one = person.current[0]  # type: ignore[attr-defined]
        patients.append(
            {
                "id": f"{index:032x}", "chart_number": str(index), "name": one.name, "name_kana": one.name_kana,
                "birth_date": person.birth_date, "sex": "1", "insurer_number": one.insurer_number.strip(),  # type: ignore[attr-defined]
                "symbol": one.symbol, "number": one.number, "branch": one.branch, "number_source": "roster",
                "made_at": NOW, "changed_at": NOW,
            }
        )  # fmt: skip
        at = datetime(2026, 11, 23, 0, 0, tzinfo=UTC) + timedelta(seconds=index % 30_000)
        visits.append(
            {
                "id": f"f{index:031x}", "patient": f"{index:032x}", "at": at, "setting": Setting.HOME_VISIT,
                "made_at": NOW, "changed_at": NOW,
            }
        )  # fmt: skip
    async with database.writing() as session:
        await session.execute(insert(PatientRow.__table__), patients)  # type: ignore[arg-type]
        await session.execute(insert(VisitRow.__table__), visits)  # type: ignore[arg-type]
        await session.commit()


async def bare(database: Database, count: int) -> float:
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    people = generate(count, "bulk")
    await fill(database, people)
    start = time.perf_counter()
    for first in range(0, count, SLICE):
        async with database.writing() as session:
            await session.execute(
                insert(PatientInquiryRow.__table__),  # type: ignore[arg-type]
                [
                    {
                        "id": f"{index:032x}", "patient": f"{index:032x}", "day": TOMORROW,
                        "kind": BulkKind.BEFORE_VISIT, "visit": f"f{index:031x}", "state": InquiryState.ASKED,
                        "number_hash": b"h" * 32, "attempts": 0, "next_at": NOW, "is_flagged": False, "changes": [],
                        "made_at": NOW,
                    }
                    for index in range(first, min(first + SLICE, count))
                ],
            )  # fmt: skip
            await session.commit()
    seconds = time.perf_counter() - start
    await database.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=10_000)
    visits = parser.parse_args().visits
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), visits))


if __name__ == "__main__":
    main()
