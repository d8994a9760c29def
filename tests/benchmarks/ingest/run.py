"""Durable ingest of batches of 100, every system in turn in each round of one run.

    python tests/benchmarks/ingest/run.py [--rounds 3] [--batches 20] [--writers 2] [--systems ours,bound,…] [--json]

Quote the ratios: absolute figures are those of this machine at this hour. What each system sends is made before its
clock starts. After each round everything that was acknowledged is looked for. `--syncs` counts fsync and fdatasync
with strace in a round of its own.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.ingest import pouch
from benchmarks.ingest.bound import Bound
from benchmarks.ingest.kinto import Kinto
from benchmarks.ingest.ours import Ours
from benchmarks.ingest.pouch import Pouch
from benchmarks.ingest.sending import rate
from benchmarks.ingest.system import BATCH, System
from harness.postgres import PostgresServer, programs

SYSTEMS = ("ours", "ours-new", "ours-asking", "bound", "bound-rsa", "pouch", "kinto")
REFERENCE = "bound-rsa"


def build(name: str, folder: Path, options: argparse.Namespace, stack: ExitStack) -> System | str:
    """The system, or why it cannot be run here."""
    shape = {"rounds": options.rounds + 1, "batches": options.batches, "writers": options.writers}
    match name:
        case "ours":
            return Ours(folder / name, **shape)
        case "ours-new":
            return Ours(folder / name, **shape, known=False)
        case "ours-asking":
            return Ours(folder / name, **shape, gateway="simulator")
        case "bound" | "bound-rsa":
            return Bound(made(folder / name), verifies=name == "bound-rsa")
        case "pouch":
            return pouch.why_not() or Pouch(folder / name, options.rivals / "pouch")
        case "kinto":
            bin_folder = programs()
            if bin_folder is None:
                return "PostgreSQL's server programs are not installed"
            postgres = PostgresServer(made(folder / "postgres", 0o755), bin_folder, with_durability=True)
            postgres.start()
            stack.callback(postgres.stop)
            url = stack.enter_context(postgres.database())
            return Kinto(folder / name, options.rivals / "kinto", url)
        case _:
            return "no such system"


def made(folder: Path, mode: int = 0o700) -> Path:
    folder.mkdir(parents=True)
    folder.chmod(mode)
    return folder


def counted_syncs(system: System, run: Callable[[], object]) -> int | None:
    """fsync and fdatasync of the system's processes while `run` runs."""
    if shutil.which("strace") is None:
        return None
    with tempfile.NamedTemporaryFile("r") as summary:
        pids = [part for pid in system.processes() for part in ("-p", str(pid))]
        tracer = subprocess.Popen(
            ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", summary.name, *pids], stderr=subprocess.PIPE
        )
        time.sleep(1)
        run()
        tracer.send_signal(signal.SIGINT)
        tracer.wait(30)
        calls = [line.split() for line in summary.read().splitlines()]
    return sum(int(words[3]) for words in calls if words and words[-1] in ("fsync", "fdatasync"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=20, help="of each writer in a round")
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--rivals", type=Path, default=Path(tempfile.gettempdir()) / "kazasu-rivals")
    parser.add_argument("--syncs", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kazasu-ingest-")))
        folder.chmod(0o755)
        rows = measure(options, folder, stack)
    print(json.dumps(rows, indent=1) if options.json else table(rows))
    if any(row.get("missing") for row in rows.values() if row["is_ours"]):
        raise SystemExit("acknowledged and missing")


def measure(options: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, dict[str, Any]]:
    systems: dict[str, System] = {}
    rows: dict[str, dict[str, Any]] = {}
    for name in options.systems.split(","):
        built = build(name, folder, options, stack)
        rows[name] = {"is_ours": name.startswith("ours"), "rates": [], "p50_ms": [], "missing": 0, "acknowledged": 0}
        if isinstance(built, str):
            rows[name]["left_out"] = built
            continue
        built.start()
        stack.callback(built.stop)
        systems[name] = built
        rows[name]["name"] = built.name
    for _ in range(options.rounds):
        for name, system in systems.items():
            system.prepare(options.batches, options.writers)
            sent = system.measure()
            records = options.batches * options.writers * BATCH
            rows[name]["rates"].append(rate(sent, records))
            rows[name]["p50_ms"].append(statistics.median(s for one in sent for s in one.seconds) * 1000)
            rows[name]["missing"] += system.missing(sent)
            rows[name]["acknowledged"] += records
            print(f"{name:12} {rows[name]['rates'][-1]:9.0f}/s", file=sys.stderr)
    for name, system in systems.items():
        if options.syncs:
            system.prepare(options.batches, 1)
            found = counted_syncs(system, system.measure)
            rows[name]["syncs_per_batch"] = None if found is None else found / options.batches
    for name, row in rows.items():
        if isinstance(systems.get(name), Ours):
            row["entry_octets"] = getattr(systems[name], "entry_octets", None)
        if row["rates"] and rows.get(REFERENCE, {}).get("rates"):
            pairs = zip(row["rates"], rows[REFERENCE]["rates"], strict=True)
            row["to_reference"] = statistics.median(mine / theirs for mine, theirs in pairs)
    return rows


def table(rows: dict[str, dict[str, Any]]) -> str:
    lines = [
        f"| system | records/s, median (range) | to {REFERENCE} | p50 ms | syncs a batch | acknowledged, missing |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        if "left_out" in row:
            lines.append(f"| {name} | left out: {row['left_out']} | | | | |")
            continue
        rates = row["rates"]
        syncs = row.get("syncs_per_batch")
        lines.append(
            f"| {row['name']} | {statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f}) "
            f"| {row.get('to_reference', 0):.2f} | {statistics.median(row['p50_ms']):.0f} "
            f"| {'' if syncs is None else f'{syncs:.1f}'} | {row['acknowledged']:,}, {row['missing']} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
