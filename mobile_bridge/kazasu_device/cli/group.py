"""The group of commands: names and one-line helps stand here, everything else is loaded for the command that runs.

Imports click and the standard library alone.
"""

from importlib import import_module
from pathlib import Path
from typing import Final

import click

_COMMANDS: Final = {
    "enrol": ("enrol", "端末を登録する / Make this machine a clinic's device."),
    "sign-in": ("sign_in", "勤務を始める / Go on duty on this device."),
    "sign-out": ("sign_in", "勤務を終える / Go off duty."),
    "visits": ("visits", "訪問予定 / The visits."),
    "check": ("check", "カードで確認する / Touch a card: recorded first, then sent."),
    "medical": ("medical", "医療情報を見る（接続が必要） / Medical information, on the screen alone."),
    "substitute": ("substitute", "書類を記録する / Record a document in place of the card."),
    "propose": ("propose", "代わりの確認方法 / What may stand in the card's place, and why the rest may not."),
    "declaration": ("declaration", "被保険者資格申立書 / The patient's declaration, filled in and signed."),
    "trouble": ("trouble", "トラブルを記録する / Log a trouble: what happened, what was done."),
    "void": ("void", "確認を取り消す / Take back a check."),
    "queue": ("queue", "記録の一覧 / What waits, and what is held and why."),
    "sync": ("sync", "送る / Send what waits."),
    "export": ("export", "ファイルに出す / Write what waits to a file, to be carried by hand."),
    "status": ("status", "端末の状態 / Queue, anchor, staff on duty, reader."),
}


MEMORY: Final = "kazasu_device.memory"
"""Where the context says how far this process's memory is kept off the disk."""


class LazyGroup(click.Group):
    """Knows its commands by name alone until one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"kazasu_device.cli.{_COMMANDS[cmd_name][0]}")
        found = getattr(module, cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without loading what they need."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in _COMMANDS.items()])


@click.group(cls=LazyGroup, name="device", context_settings={"help_option_names": ["-h", "--help"]})
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
    from kazasu_device.home import Home, default_path
    from kazasu_device.memory import keep_memory_off_disk
    from mynacard.terminal import keep_stdout_for_results

    ctx.obj = Home(home or default_path())
    ctx.meta[MEMORY] = keep_memory_off_disk()
    keep_stdout_for_results()
