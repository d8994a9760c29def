"""Options that several commands share."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kazasu.settings import Settings, load_settings

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="KAZASU_HOME",
    help="The facility's folder (default: kazasu-home here). / 施設のフォルダー",
)
password_option: Callable[[Any], Any] = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input. / パスワードを標準入力から読む",
)


def settings_of(home: Path | None, **overrides: Any) -> Settings:
    """The settings of a home, with what the command line says over them."""
    return load_settings(home, **overrides)


def secret(prompt: str, *, from_stdin: bool, confirm: bool = False) -> str:
    """A secret by hidden prompt, or the first line of standard input; never an argument."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    return typed
