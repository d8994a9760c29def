"""What asking the facility's own rules costs each time, beside merely looking at the files.

    python tests/benchmarks/rulebook.py [--files 0 5 50] [--times 2000] [--json]

`Context.rulebook` is asked at every check; it looks whether a file of `rules.d` was changed, and reads the files only
then. The bound is a bare listing of the folder with the state of each file, which is the least that can tell.

    bound      os.scandir with stat of each entry
    asked      the rulebook, nothing changed
    rows       the rulebook and the rows of one table, as a rule takes them
    changed    the rulebook after one file was changed: all files read again

Prints microseconds (median of the times) and the ratio to the bound, all in one run.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kazasu.rulebook import FOLDER, read_folder
from kazasu.rules.facilities import CheckTypeRow

ROW = (
    '[[row]]\nrow = "levels.own_{place}"\nsource = "s"\nwho = "w"\nwhen = 2025-03-01\nsince = 2025-04-01\n'
    "least_percents = [45, 30, 15]\n"
)


def median_us(call: Callable[[], object], times: int) -> float:
    """The median of one call, in microseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter_ns()
        call()
        found.append(time.perf_counter_ns() - start)
    return statistics.median(found) / 1000


def measure(files: int, times: int) -> dict[str, float]:
    """Microseconds of each, with so many files of one row."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        folder = home / FOLDER
        folder.mkdir()
        for place in range(files):
            (folder / f"{place:03d}.toml").write_text(ROW.format(place=place), "utf-8")

        def bound() -> None:
            with os.scandir(folder) as entries:
                for entry in entries:
                    entry.stat()

        def changed() -> object:
            (folder / "changed.toml").write_text(ROW.format(place="x") * 1, "utf-8")
            return read_folder(home)

        found = {
            "bound": median_us(bound, times),
            "asked": median_us(lambda: read_folder(home).rulebook, times),
            "rows": median_us(lambda: read_folder(home).rulebook.rows("check_types", CheckTypeRow), times),
        }
        return found | {"changed": median_us(changed, min(times, 50))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[0, 5, 50])
    parser.add_argument("--times", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {files: measure(files, arguments.times) for files in arguments.files}
    if arguments.json:
        print(json.dumps(found))
        return 0
    print(f"{'files':>6} {'what':>8} {'µs':>10} {'to bound':>9}")
    for files, parts in found.items():
        for what, value in parts.items():
            print(f"{files:>6} {what:>8} {value:>10.1f} {value / parts['bound']:>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
