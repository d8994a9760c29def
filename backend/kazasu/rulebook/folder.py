"""Reading a facility's `rules.d/*.toml`. Always as the files stand now: a changed file counts from the next question
on, in every process, without a restart.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from kazasu.rules.override import OverrideFault
from kazasu.rules.rulebook import Rulebook, RulebookReading, read_rulebook

__all__ = ["FOLDER", "LARGEST_FILE", "MOST_FILES", "read_folder"]

FOLDER: Final = "rules.d"
LARGEST_FILE: Final = 256 * 1024
MOST_FILES: Final = 100
_ENDING: Final = ".toml"
_NOTHING: Final = RulebookReading(Rulebook(), ())

_Seen = tuple[tuple[str, int, int, int], ...]


def read_folder(home: Path) -> RulebookReading:
    """The rulebook of the facility in this home, with the faults of what is left out. Raises nothing."""
    folder = home / FOLDER
    seen = _seen(folder)
    return _read(folder, seen) if seen else _NOTHING


def _seen(folder: Path) -> _Seen:
    """Name, time, size and inode of each file, in the order of their names: what tells whether one was changed."""
    try:
        with os.scandir(folder) as entries:
            states = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(_ENDING)]
    except OSError:
        return ()
    return tuple(sorted((name, state.st_mtime_ns, state.st_size, state.st_ino) for name, state in states))


@lru_cache(maxsize=16)
def _read(folder: Path, seen: _Seen) -> RulebookReading:
    texts: list[tuple[str, str]] = []
    faults: list[OverrideFault] = []
    for place, (name, _, size, _) in enumerate(seen):
        text = None
        if place < MOST_FILES and size <= LARGEST_FILE:
            text = _text(folder / name)
        if text is None:
            faults.append(OverrideFault(file=name, row="", field="", why="not_readable"))
        else:
            texts.append((name, text))
    reading = read_rulebook(texts)
    return RulebookReading(reading.rulebook, (*faults, *reading.faults))


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
