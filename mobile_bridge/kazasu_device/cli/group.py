"""The group of commands. Each command's module is loaded when it is asked for, so that help comes at once."""

from importlib import import_module
from pathlib import Path
from typing import Final

import click

from kazasu_device.home import Home, default_path

_COMMANDS: Final = {
    "enrol": "enrol",
    "sign-in": "sign_in",
    "sign-out": "sign_in",
    "visits": "visits",
    "check": "check",
    "substitute": "substitute",
    "void": "void",
    "queue": "queue",
    "sync": "sync",
    "status": "status",
}


class LazyGroup(click.Group):
    """Knows its commands by name alone until one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        found = getattr(import_module(f"kazasu_device.cli.{module}"), cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None


@click.group(cls=LazyGroup, name="device")
@click.option(
    "--home",
    "home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="KAZASU_DEVICE_HOME",
    help="端末の保存フォルダー / This device's folder (KAZASU_DEVICE_HOME).",
)
@click.pass_context
def device(ctx: click.Context, home: Path | None) -> None:
    """カードをかざす端末 / The device at which cards are touched: recorded first, then sent."""
    from mynacard.terminal import keep_stdout_for_results

    ctx.obj = Home(home or default_path())
    keep_stdout_for_results()
