"""`kazasu device trouble`: a line of the trouble log in two touches."""

import sys

import click

from kazasu_device.cli.acting import acting_person, staff_option
from kazasu_device.cli.recording import show_recorded, sync_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.door import Trouble, record_trouble
from kazasu_device.door_rules import DoorWord
from kazasu_device.home import Home
from kazasu_device.session import Session

_LONGEST = 8192


@click.command()
@click.argument("category", required=False)
@click.argument("response", required=False)
@click.option("--check", metavar="ID", help="この確認のこと / About this check.")
@click.option("--visit", metavar="ID", help="この訪問のこと / About this visit.")
@click.option("--full-charge", is_flag=True, help="10割をいただいた / The full charge was taken.")
@click.option("--note-stdin", is_flag=True, help="メモを標準入力から / A note on standard input; it is sealed.")
@staff_option
@sync_options
@json_option
@click.pass_obj
def trouble(
    home: Home,
    category: str | None,
    response: str | None,
    check: str | None,
    visit: str | None,
    full_charge: bool,
    note_stdin: bool,
    staff: str | None,
    no_sync: bool,
    wait_s: float,
    as_json: bool,
) -> None:
    """トラブルを記録する（引数なしで言葉の一覧） / Log CATEGORY and RESPONSE; without them, lists the words."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        if category is None or response is None:
            _show_words(screen, session)
            return
        note = sys.stdin.buffer.read(_LONGEST).decode("utf-8", "replace").strip() if note_stdin else ""
        acting = acting_person(screen, session.device, staff)
        said = Trouble(category, response, full_charge, note)
        confirmed = record_trouble(session.device, acting, said, check=check, visit=visit)
        described = {"kind": "trouble", "category": category, "response": response, "full_charge": full_charge}
        show_recorded(screen, session, confirmed, check, described, no_sync=no_sync, wait_s=wait_s)


def _show_words(screen: Screen, session: Session) -> None:
    rules = session.device.policy.door
    categories = rules.trouble_categories if rules else []
    responses = rules.trouble_responses if rules else []
    lines = [_line(word) for word in (*categories, *responses)]
    screen.show(
        {"categories": [_word(word) for word in categories], "responses": [_word(one) for one in responses]}, lines
    )


def _word(word: DoorWord) -> dict[str, str]:
    return {"code": word.code, "ja": word.say.ja, "en": word.say.en}


def _line(word: DoorWord) -> str:
    return f"{word.code}: {word.say.ja} / {word.say.en}"
