"""Breaks the code on purpose, one listed mutation after the other, and sees the suite fail.

    python tests/faults/mutations/run.py                all of them; ends with 1 when one survives
    python tests/faults/mutations/run.py --only I2      those of one invariant (I1 to I18: the sync's)

The checkout is not touched: a mutated copy of the package in a folder of its own comes first on the path.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from faults.mutations.listed import MUTATIONS, Mutation, Simulation

ROOT = Path(__file__).resolve().parents[3]
LONGEST_S = 600.0

Verdict = Literal["caught", "SURVIVED", "NOT APPLICABLE", "BROKEN"]


def occurrences(mutation: Mutation, root: Path = ROOT) -> int:
    return (root / mutation.file).read_text(encoding="utf-8").count(mutation.old)


def mutated_copy(mutation: Mutation, folder: Path) -> Path:
    """The package with the mutation in it; the source root to put first on the path."""
    source_root, package = Path(mutation.file).parts[:2]
    shutil.copytree(ROOT / source_root / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / Path(mutation.file).relative_to(source_root)
    file.write_text(file.read_text(encoding="utf-8").replace(mutation.old, mutation.new), encoding="utf-8")
    return folder


def command(mutation: Mutation) -> list[str]:
    found = mutation.caught_by
    if isinstance(found, Simulation):
        script = str(ROOT / "tests/faults/simulation/run.py")
        return [sys.executable, script, "--schedules", str(found.schedules), "--first", str(found.first),
                "--processes", "1", "--most-failures", "1"]  # fmt: skip
    return [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", "-m", "not postgres", found]


def judge(mutation: Mutation) -> tuple[Verdict, str]:
    """Whether the suite sees it. Broken: the suite did not even begin, which proves nothing."""
    if occurrences(mutation) != 1:
        return "NOT APPLICABLE", f"{mutation.file} has the text {occurrences(mutation)} times"
    with tempfile.TemporaryDirectory(prefix="kazasu-mutation-") as name:
        path = str(mutated_copy(mutation, Path(name)))
        environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command(mutation), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S
            )
        except subprocess.TimeoutExpired:
            return "caught", "it never came to an end"
    said = done.stdout.strip().splitlines()
    if done.returncode == 0:
        return "SURVIVED", said[-1] if said else ""
    failed = [line for line in said if line.startswith(("FAILED", "ERROR"))]
    # 1 is a test that failed, or a schedule; anything else (an import that broke) is no proof.
    if done.returncode != 1 or not failed or any("ImportError" in line for line in failed):
        return "BROKEN", done.stderr.strip()[-400:] or "\n".join(said[-3:])
    return "caught", failed[0][:160]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="an invariant, as I2 or 7")
    options = parser.parse_args(arguments)
    chosen = [found for found in MUTATIONS if options.only in (None, found.invariant)]
    bad = 0
    for mutation in chosen:
        begun = time.monotonic()
        verdict, why = judge(mutation)
        bad += verdict != "caught"
        print(f"{mutation.invariant:4} {verdict:8} {time.monotonic() - begun:5.0f} s  {mutation.name}", flush=True)
        print(f"     {why}", flush=True)
    print(f"{len(chosen)} mutations, {len(chosen) - bad} caught")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
