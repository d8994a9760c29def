"""The same for as long as one likes.

    python tests/faults/processes/run.py [--seconds 600] [--devices 3] [--seed N] [--database sqlite|postgresql]

Prints what was done and found; exit status 1 where anything confirmed is missing or counted twice.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from faults.processes.killing import Killing, fresh_seed
from harness.postgres import PostgresServer, programs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--devices", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args()
    seed = fresh_seed() if options.seed is None else options.seed
    print(f"seed {seed}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kazasu-killed-")))
        url, restart = "", None
        if options.database == "postgresql":
            bin_folder = programs()
            if bin_folder is None:
                raise SystemExit("PostgreSQL's server programs are not installed")
            folder.chmod(0o755)
            data = folder / "postgres"
            data.mkdir(mode=0o755)
            postgres = PostgresServer(data, bin_folder, with_durability=True)
            postgres.start()
            stack.callback(postgres.stop)
            url = stack.enter_context(postgres.database())

            def restart() -> None:
                postgres.stop()
                postgres.start()

        killing = Killing(folder / "run", seed=seed, devices=options.devices, database=url, restart_database=restart)
        stack.callback(killing.close)
        outcome = killing.run(options.seconds)
    print(f"confirmed {outcome.confirmed}, on the server {outcome.on_server}")
    print(f"killed {dict(outcome.kills)}")
    print(f"broken {dict(outcome.breakages)}")
    for line in outcome.wrong[:20]:
        print(f"WRONG {line}")
    raise SystemExit(1 if outcome.wrong else 0)


if __name__ == "__main__":
    main()
