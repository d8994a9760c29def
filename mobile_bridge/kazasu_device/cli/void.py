"""`kazasu device void`: takes back a check of this device."""

import click

from kazasu_device.cli.acting import acting_person, staff_option
from kazasu_device.cli.recording import show_recorded, sync_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.door import record_void
from kazasu_device.home import Home
from kazasu_device.session import Session


@click.command()
@click.argument("check")
@click.option(
    "--reason",
    required=True,
    metavar="WORD",
    help="理由を一語で / Why, in one word: wrong_person, wrong_type, duplicate, mistake, … No patient's data.",
)
@staff_option
@sync_options
@json_option
@click.pass_obj
def void(home: Home, check: str, reason: str, staff: str | None, no_sync: bool, wait_s: float, as_json: bool) -> None:
    """この端末の確認を取り消す（消しません） / Take back a check of this device; nothing is deleted."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        confirmed = record_void(session.device, acting_person(screen, session.device, staff), check, reason)
        show_recorded(screen, session, confirmed, check, {"kind": "void"}, no_sync=no_sync, wait_s=wait_s)
