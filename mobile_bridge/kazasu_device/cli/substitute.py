"""`kazasu device substitute`: a document in place of the card, typed at the door."""

import sys

import click

from kazasu_device.cli.acting import acting_person, staff_option
from kazasu_device.cli.recording import show_recorded, sync_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.clock import day_in_japan
from kazasu_device.document import remarks
from kazasu_device.door import Document, parse_fields, record_document
from kazasu_device.home import Home
from kazasu_device.say import LOOK_AGAIN
from kazasu_device.session import Session

_LONGEST = 65_536


@click.command()
@click.option("--check", metavar="ID", help="この確認のために / For this check.")
@click.option("--visit", metavar="ID", help="この訪問のために / For this visit, where no card was touched.")
@click.option(
    "--document",
    required=True,
    metavar="KIND",
    help="qualification_certificate, notice, saved_pdf, portal_screen, insurance_card, oral_confirmation, …",
)
@click.option(
    "--reason",
    required=True,
    metavar="WORD",
    help="カードで済まない理由 / Why the card did not do: equipment, card, pin, line, outage, invalid, not_found, …",
)
@staff_option
@sync_options
@json_option
@click.pass_obj
def substitute(
    home: Home,
    check: str | None,
    visit: str | None,
    document: str,
    reason: str,
    staff: str | None,
    no_sync: bool,
    wait_s: float,
    as_json: bool,
) -> None:
    """書類の内容を記録する / Record what a document says; its fields are one JSON object on standard input.

    例 / for example {"insurer_number":"01130012","symbol":"…","number":"…","branch":"00","birth_date":"1950-01-01"}
    """
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        shown = Document(document, reason, parse_fields(sys.stdin.buffer.read(_LONGEST)))
        acting = acting_person(screen, session.device, staff)
        rules, today = session.device.policy.door, day_in_japan(session.device.now()).isoformat()
        odd = remarks(rules, document, shown.fields, today) if rules is not None else ()
        confirmed = record_document(session.device, acting, shown, check=check, visit=visit)
        for one in odd:
            screen.tell(LOOK_AGAIN.with_data(field=one.field, why=one.why))
        described = {"kind": "substitute", "remarks": [{"field": one.field, "why": one.why} for one in odd]}
        show_recorded(screen, session, confirmed, check, described, no_sync=no_sync, wait_s=wait_s)
