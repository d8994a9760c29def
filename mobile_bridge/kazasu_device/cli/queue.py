"""`kazasu device queue`: what this device recorded, by number and kind; it cannot open any of it."""

from typing import Any

import click

from checksync.outbox import RecordedEntry
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.device import open_device
from kazasu_device.home import Home


@click.command()
@click.option("--all", "show_all", is_flag=True, help="受領済みも / Acknowledged ones too, whatever became of them.")
@json_option
@click.pass_obj
def queue(home: Home, show_all: bool, as_json: bool) -> None:
    """記録の一覧：送信待ち、保留とその理由 / What waits, and what is held and why; with --all everything."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), open_device(home) as device:
        entries = device.outbox.recorded()
        shown = [entry for entry in entries if show_all or _state(entry) in {"out", "held", "stranded"}]
        lines = [_line(entry) for entry in shown]
        state = device.outbox.state()
        result = {"state": state.name.value, "reason": state.reason, "entries": [described(entry) for entry in shown]}
        screen.show(result, lines or [state.name.value])


def _line(entry: RecordedEntry) -> str:
    parts = (str(entry.number), _state(entry), entry.kind, entry.reference or "-", entry.reason or "")
    return " ".join(parts).rstrip()


def described(entry: RecordedEntry) -> dict[str, Any]:
    """An entry as JSON shows it: `reference` is the id of the check that it is or names."""
    return {
        "log": entry.log,
        "number": entry.number,
        "kind": entry.kind,
        "reference": entry.reference,
        "recorded_at": entry.recorded_at.isoformat(),
        "state": _state(entry),
        "acknowledged": entry.is_acknowledged,
        "outcome": entry.outcome,
        "reason": entry.reason,
    }


def _state(entry: RecordedEntry) -> str:
    if entry.is_stranded:
        return "stranded"
    if not entry.is_acknowledged:
        return "out"
    return "held" if entry.outcome == "held" else "acknowledged"
