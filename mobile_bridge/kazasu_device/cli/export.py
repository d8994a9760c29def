"""`kazasu device export`: what is not acknowledged, as a file for an administrator to import."""

from pathlib import Path

import click

from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.device import open_device
from kazasu_device.export import export as write_export
from kazasu_device.home import Home
from kazasu_device.say import EXPORTED


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def export(home: Home, file: Path, as_json: bool) -> None:
    """未送信の記録を封をしたままファイルに出す / Write what is not sent, sealed as it is, to FILE."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), open_device(home) as device:
        done = write_export(device, file)
        screen.tell(EXPORTED)
        result = {"file": str(file), "lines": done.lines, "entries": done.entries, "gaps": done.gaps}
        screen.show(result, [f"{key}: {value}" for key, value in result.items()])
