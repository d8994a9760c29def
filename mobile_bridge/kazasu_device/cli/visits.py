"""`kazasu device visits`: today's list, for whoever signs in here."""

from typing import Any

import click
import msgspec

from checksync.feed import RosterVisit
from kazasu_device.cli.acting import sign_in_first, staff_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.errors import SignInNeededError
from kazasu_device.foreknown import is_flagged, note_of
from kazasu_device.home import Home
from kazasu_device.roster import visits as listed
from kazasu_device.session import Session


@click.command()
@staff_options
@json_option
@click.pass_obj
def visits(home: Home, staff: str | None, password_stdin: bool, as_json: bool) -> None:
    """訪問予定（サインインが必要） / The visits; needs --staff and --password-stdin, since the list is encrypted."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        if sign_in_first(session, staff, password_stdin=password_stdin) is None:
            raise SignInNeededError
        _, failure = session.exchange.read_feed()
        found = listed(session.store)
        result = {
            "visits": [_described(visit) for visit in found],
            "is_current": failure is None,
        }
        screen.show(result, [line for visit in found for line in _lines(visit)])


def _lines(visit: RosterVisit) -> list[str]:
    note = note_of(visit.eligibility)
    mark = "! " if is_flagged(visit.eligibility) else "  "
    return [f"{visit.at} {visit.setting} {visit.name} ({visit.visit})", *([f"{mark}{note}"] if note else [])]


def _described(visit: RosterVisit) -> dict[str, Any]:
    return {
        "visit": visit.visit,
        "patient": visit.patient,
        "name": visit.name,
        "name_kana": visit.name_kana,
        "birth_date": visit.birth_date,
        "at": visit.at,
        "setting": visit.setting,
        "keys": visit.keys,
        "is_card_known": bool(visit.known_certificates),
        "eligibility": None if visit.eligibility is None else msgspec.to_builtins(visit.eligibility),
        "is_flagged": is_flagged(visit.eligibility),
    }
