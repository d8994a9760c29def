"""What it costs that the embedded database overwrites what is deleted (`secure_delete`): pushes with and without it.

One facility, one writer, pushes of 100 trouble entries, taken in turn with the setting on and off in one run; the bound
is the same server without it. `python tests/benchmarks/overwritten.py [rounds]` prints one JSON object.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.door import Door, make_door
from sqlalchemy import create_engine

import checksync as cs
from kazasu.db import Database
from kazasu.tables import metadata

_ENTRIES = 100


async def _set(database: Database, value: str) -> None:
    async with database.engine.connect() as plain:
        raw: Any = (await plain.get_raw_connection()).driver_connection
        await raw.execute(f"PRAGMA secure_delete = {value}")


async def _push(door: Door) -> float:
    """Milliseconds for one push of so many entries."""
    for _ in range(_ENTRIES):
        body = cs.TroubleBody(
            visit="ab" * 16, duty_pass=door.duty_pass, category="reader", response="vendor", full_charge=False,
            note="x" * 1500,
        )  # fmt: skip
        door.record("trouble", body)
    begun = time.perf_counter()
    await door.push()
    return (time.perf_counter() - begun) * 1000


async def measure(rounds: int) -> dict[str, Any]:
    """Both in turn, the first round of each left out."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kazasu.db"
        engine = create_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        database = Database(url)
        door = await make_door(database, Path(folder))
        took: dict[str, list[float]] = {"ON": [], "OFF": []}
        for turn in range(rounds + 1):
            for value in ("ON", "OFF") if turn % 2 else ("OFF", "ON"):
                await _set(database, value)
                ms = await _push(door)
                if turn:
                    took[value].append(ms)
        await database.close()
    ratios = [on / off for on, off in zip(took["ON"], took["OFF"], strict=True)]
    return {
        "rounds": rounds,
        "entries_a_push": _ENTRIES,
        "overwriting_ms": round(statistics.median(took["ON"]), 1),
        "without_ms": round(statistics.median(took["OFF"]), 1),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_quartiles": [round(one, 3) for one in statistics.quantiles(ratios, n=4)],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20))))
