"""A facility's home on disk: made whole or not at all. Imports no storage."""

import json
from collections.abc import Mapping
from pathlib import Path

from kazasu.keys.file import write_private
from kazasu.settings import FILE_NAME


class HomeNotEmptyError(Exception):
    """There is something in this folder; a facility is never made over what is there."""


def make_home(home: Path) -> None:
    """The folder and its `keys`, for the owner alone."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise HomeNotEmptyError
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in ("keys", "run"):
        (home / name).mkdir(mode=0o700)


def write_settings(home: Path, values: Mapping[str, object]) -> None:
    """The settings file; for the owner alone, because a database URL may hold a password."""
    lines = ["# Settings of this facility's server; all of them are listed in docs/operations.md.", ""]
    # A JSON string, number or boolean is TOML too.
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    write_private(home / FILE_NAME, ("\n".join(lines) + "\n").encode())
