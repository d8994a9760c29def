"""`kazasu keys restore`: the keys of a lost home from the recovery file."""

import json
from pathlib import Path

import click

from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, secret
from kazasu.keys.recovery import open_recovery_file
from kazasu.keys.restoring import restore_keys
from kazasu.settings import default_home


@click.group()
def keys() -> None:
    """The facility's keys. / 施設の鍵"""


@keys.command()
@home_option
@click.argument("recovery_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--code-stdin", is_flag=True, help="Read the recovery code from standard input. / 復旧コードを標準入力から"
)
@reporting
def restore(home: Path | None, recovery_file: Path, code_stdin: bool) -> None:
    """Put the keys in RECOVERY_FILE back where they are missing; those that are there stay as they are."""
    code = secret("Recovery code / 復旧コード", from_stdin=code_stdin)
    restored = restore_keys(home or default_home({}), open_recovery_file(recovery_file.read_bytes(), code))
    click.echo(json.dumps(restored))
