"""`kazasu device declaration`: the declaration, filled in field by field and signed on the glass."""

import sys
from typing import Any

import click

from kazasu_device.cli.acting import acting_person, sign_in_first, staff_options
from kazasu_device.cli.recording import show_recorded, sync_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.clock import day_in_japan
from kazasu_device.declaration import (
    DeclarationDraft,
    Drafts,
    asked_fields,
    faults,
    form_on,
    merged,
    record_declaration,
)
from kazasu_device.door import parse_fields
from kazasu_device.door_rules import DoorForm
from kazasu_device.errors import InputNotValidError
from kazasu_device.home import Home
from kazasu_device.say import DRAFT_IN_MEMORY_ONLY, DRAFT_KEPT
from kazasu_device.session import Session

_LONGEST = 65_536


@click.command()
@click.option("--check", metavar="ID", help="この確認のために / For this check.")
@click.option("--visit", metavar="ID", help="この訪問のために / For this visit, where no card was touched.")
@click.option(
    "--form", "version", type=click.Choice(["2023-07", "2024-12"]), help="様式（既定は今日のもの） / The form."
)
@click.option("--draft", is_flag=True, help="途中まで / Not finished: nothing is recorded.")
@click.option("--drop", is_flag=True, help="途中のものを捨てる / Give the unfinished one up.")
@staff_options
@sync_options
@json_option
@click.pass_obj
def declaration(
    home: Home,
    check: str | None,
    visit: str | None,
    version: str | None,
    draft: bool,
    drop: bool,
    staff: str | None,
    password_stdin: bool,
    no_sync: bool,
    wait_s: float,
    as_json: bool,
) -> None:
    """被保険者資格申立書 / The declaration; fields are one JSON object on standard input, laid over what is unfinished.

    例 / for example {"has_valid":true,"scheme":"national","name":"…","signature":"strokes:600x200:10,20 30,40"}
    """
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        sign_in_first(session, staff, password_stdin=password_stdin)
        if (check is None) == (visit is None):
            raise InputNotValidError("check_or_visit")
        subject, drafts = str(check or visit), Drafts(session.store)
        if drop:
            drafts.drop(subject)
            screen.show({"subject": subject, "recorded": False, "dropped": True}, [])
            return
        form = _form(session, version)
        fields = parse_fields(sys.stdin.buffer.read(_LONGEST) or b"{}")
        filled = merged(drafts.of(subject), subject, form.version, fields, session.device.now())
        if draft:
            is_kept = drafts.keep(filled)
            screen.tell(DRAFT_KEPT if is_kept else DRAFT_IN_MEMORY_ONLY)
            screen.show(
                {"subject": subject, "recorded": False, "kept": is_kept, **_described(session, form, filled)}, []
            )
            return
        # If it cannot serve yet, what was filled in is not lost with the refusal.
        drafts.keep(filled)
        acting = acting_person(screen, session.device, staff)
        described = {"kind": "declaration", **_described(session, form, filled)}
        confirmed = record_declaration(session.device, acting, form, filled.fields, check=check, visit=visit)
        drafts.drop(subject)
        show_recorded(screen, session, confirmed, check, described, no_sync=no_sync, wait_s=wait_s)


def _form(session: Session, version: str | None) -> DoorForm:
    rules = session.device.policy.door
    if rules is None:
        raise InputNotValidError("policy")
    today = day_in_japan(session.device.now())
    if version is None:
        found = form_on(rules.declarations, today)
    else:
        found = next((form for form in rules.declarations if form.version == version), None)
    if found is None:
        raise InputNotValidError("form")
    return found


def _described(session: Session, form: DoorForm, draft: DeclarationDraft) -> dict[str, Any]:
    """Field names and codes; never an answer, which stays off the screen of a script."""
    today = day_in_japan(session.device.now())
    return {
        "form": form.version,
        "asked": [field.name for field in asked_fields(form, draft.fields, today)],
        "faults": [{"field": one.field, "why": one.why} for one in faults(form, draft.fields, today)],
    }
