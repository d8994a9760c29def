"""A process whose clock is wrong: libfaketime changes what the system says to it, or some C for a racing clock.
The monotonic clock stays.
"""

import subprocess
from pathlib import Path

_PLACES = (
    "/usr/lib/*/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
)


def faketime() -> Path | None:
    """The library, where it is installed."""
    return next((found for place in _PLACES for found in sorted(Path("/").glob(place.lstrip("/")))), None)


def clock_at(offset: str, zone: str = "UTC") -> dict[str, str]:
    """For a process's environment: `offset` as libfaketime takes it (`-1826d`, `+10h`). It may not sleep."""
    library = faketime()
    assert library is not None
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        # Otherwise each program that a command starts would begin at the offset anew.
        "FAKETIME_DONT_RESET": "1",
        "TZ": zone,
    }


def racing_clock(rate: int, folder: Path) -> dict[str, str]:
    """For a process's environment: its wall clock runs `rate` times as fast; it may sleep. Compiled into `folder`."""
    library = folder / "racing_clock.so"
    source = Path(__file__).with_name("racing_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "RACING_CLOCK_RATE": str(rate)}
