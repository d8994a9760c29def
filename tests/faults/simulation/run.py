"""The simulation by command: many schedules, on all cores, each under a seed of its own.

    python tests/faults/simulation/run.py --schedules 10000 --entries 1000000
    python tests/faults/simulation/run.py --seed 4711        one schedule again, with all that happened in it

Runs until both numbers are reached; prints what it did, what came about in it and how often, and the seeds that failed.
Ends with 1 when one failed, or when a kind of event never came about in a long run.
"""

import argparse
import itertools
import multiprocessing
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from faults.simulation.plan import EVENTS, draw
from faults.simulation.schedule import Result, memory_store, run_schedule

SQL_EVERY = 100
"""Of so many schedules one runs on the real service and a real database."""

ENOUGH = 1_000
"""In so many schedules every kind of event comes about, or the run has not shown what it says."""


@dataclass(frozen=True)
class Outcome:
    """What of a result crosses from a worker."""

    seed: int
    confirmed: int
    counted: int
    acknowledgements: int
    happened: Counter[str]
    error: str | None


@dataclass
class Totals:
    schedules: int = 0
    confirmed: int = 0
    counted: int = 0
    acknowledgements: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.schedules += 1
        self.confirmed += outcome.confirmed
        self.counted += outcome.counted
        self.acknowledgements += outcome.acknowledgements
        self.happened.update(outcome.happened)
        if outcome.error is not None:
            self.failed.append(outcome)


def is_on_sql(seed: int) -> bool:
    return seed % SQL_EVERY == 0


def run_one(seed: int) -> Result:
    """A seed is one schedule, its store included: what failed once fails again."""
    if not is_on_sql(seed):
        return run_schedule(seed, make_store=memory_store)
    from faults.simulation.sql_store import sql_store

    return run_schedule(seed, plan=draw(seed, most_entries=60), make_store=sql_store)


def _work(seed: int) -> Outcome:
    try:
        result = run_one(seed)
    except Exception as error:  # the run goes on: a schedule that breaks is a failure like another
        return Outcome(seed, 0, 0, 0, Counter(), f"{type(error).__name__}: {error}")
    error = None if result.error is None else str(result.error)
    happened = result.happened + Counter(devices=result.devices, schedules_on_sql=int(is_on_sql(seed)))
    return Outcome(seed, result.confirmed, result.counted, result.acknowledgements, happened, error)


def _outcomes(first: int, processes: int) -> Iterator[Outcome]:
    seeds = itertools.count(first)
    if processes == 1:
        yield from map(_work, seeds)
        return
    # Spawned, not forked: no thread of this process is half way through anything there.
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=500) as pool:
        while True:
            yield from pool.imap_unordered(_work, list(itertools.islice(seeds, 64 * processes)), chunksize=4)


def run(schedules: int, entries: int, first: int, processes: int, *, most_failures: int) -> Totals:
    totals = Totals()
    begun = time.monotonic()
    for outcome in _outcomes(first, processes):
        totals.add(outcome)
        if outcome.error is not None:
            print(f"FAILED seed {outcome.seed}: {outcome.error}", flush=True)
        if totals.schedules % 500 == 0:
            spent_s = time.monotonic() - begun
            print(f"{totals.schedules} schedules, {totals.confirmed} entries, {spent_s:.0f} s", flush=True)
        if (totals.schedules >= schedules and totals.confirmed >= entries) or len(totals.failed) >= most_failures:
            break
    return totals


def _again(seed: int) -> int:
    result = run_one(seed)
    print("\n".join(result.trace))
    print(result.plan)
    print(result.error or f"every invariant held; {result.confirmed} entries confirmed, {result.counted} counted")
    return 0 if result.error is None else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=int, default=100)
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--first", type=int, help="the first seed; the others follow it. Fresh by default")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--most-failures", type=int, default=10, help="after so many it ends")
    parser.add_argument("--seed", type=int, help="this one schedule again, told step by step")
    options = parser.parse_args()
    if options.seed is not None:
        return _again(options.seed)
    first = secrets.randbelow(2**40) if options.first is None else options.first
    print(f"first seed {first}", flush=True)
    begun = time.monotonic()
    totals = run(options.schedules, options.entries, first, options.processes, most_failures=options.most_failures)
    print(
        f"{totals.schedules} schedules, {totals.confirmed} entries confirmed, {totals.counted} counted at the server,"
        f" {totals.acknowledgements} acknowledgements, {time.monotonic() - begun:.0f} s"
    )
    print("what came about: " + ", ".join(f"{event} {count}" for event, count in sorted(totals.happened.items())))
    never = [event for event in EVENTS if not totals.happened[event]]
    if never:
        print("what never came about: " + ", ".join(never))
    for outcome in totals.failed:
        print(f"FAILED: python tests/faults/simulation/run.py --seed {outcome.seed}    {outcome.error}")
    print("every invariant held in each" if not totals.failed else f"{len(totals.failed)} schedules FAILED")
    is_hollow = bool(never) and totals.schedules >= ENOUGH
    return 1 if totals.failed or is_hollow else 0


if __name__ == "__main__":
    sys.exit(main())
