"""Coverage-guided: atheris (libFuzzer) drives the same targets for as long as one likes.

    python tests/fuzz/coverage_guided.py [--target "push received"] [--seconds 60] [--runs N] [--keep FOLDER]
    python tests/fuzz/coverage_guided.py --target NAME --input FILE     # one input again

Without a target all take turns: the first octet says whose turn it is. What breaks something is written to FOLDER
(default: a temporary folder that is named on failure), and the exit status is not 0.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import atheris

with atheris.instrument_imports(
    include=["checksync", "mynacard", "kazasu", "kazasu_device"],
    # Models and tables are SQLAlchemy's own business.
    exclude=["kazasu.tables", "kazasu.db"],
):
    from fuzz.all_targets import TARGETS, close, run

_NAMES = sorted(TARGETS)


def one(octets: bytes) -> None:
    """One input of all targets."""
    if octets:
        run(TARGETS[_NAMES[octets[0] % len(_NAMES)]], octets[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=_NAMES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--input", type=Path)
    options = parser.parse_args()
    chosen = None if options.target is None else TARGETS[options.target]
    if options.input is not None:
        octets = options.input.read_bytes()
        one(octets) if chosen is None else run(chosen, octets)
        return
    keep = options.keep or Path(tempfile.mkdtemp(prefix="kazasu-fuzz-"))
    corpus = keep / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for turn, name in enumerate(_NAMES):
        if chosen is None or chosen.name == name:
            for number, octets in enumerate(TARGETS[name].seeds()):
                (corpus / f"{turn}-{number}").write_bytes((b"" if chosen else bytes([turn])) + octets)
    longest = max(20_000, *(2 * file.stat().st_size for file in corpus.iterdir()))
    arguments = [
        sys.argv[0], f"-max_total_time={options.seconds}", f"-runs={options.runs}", f"-max_len={longest}",
        "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={keep}/", str(corpus),
    ]  # fmt: skip
    print(f"kept in {keep}", file=sys.stderr)
    atheris.Setup(arguments, one if chosen is None else lambda octets: run(chosen, octets))
    atheris.Fuzz()
    close()


if __name__ == "__main__":
    main()
