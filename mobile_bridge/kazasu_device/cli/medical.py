"""`kazasu device medical`: what may be looked up for a check, on the screen and nowhere else."""

import sys
from typing import Any

import click

from kazasu_device.cli.acting import sign_in_first, staff_options
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.errors import SignInNeededError
from kazasu_device.home import Home
from kazasu_device.medical import About, MedicalView, OpenKind, Shown, ask_kinds, ask_look, watch
from kazasu_device.say import MEDICAL_CLOSED
from kazasu_device.session import Session

_KINDS = ("medication", "treatment", "check_ups", "clinical_documents", "limit_amount", "specified_illness")
_MONTH = click.DateTime(["%Y-%m"])


@click.command()
@click.argument("check", required=False)
@click.option("--visit", help="カードなしの訪問 / A visit without a card: what earlier consents still open.")
@click.option("--kind", type=click.Choice(_KINDS), help="見る種類。省くと一覧 / What to show; without it, the list.")
@click.option("--since", type=_MONTH, help="この月から / From this month (yyyy-mm).")
@click.option("--until", "until", type=_MONTH, help="この月まで / Up to this month (yyyy-mm).")
@click.option(
    "--watch",
    "watch_s",
    type=click.FloatRange(0, 300),
    default=0.0,
    help="この秒数だけ開いておく。取消で閉じる / Keep it open so many seconds; a withdrawal closes it.",
)
@staff_options
@json_option
@click.pass_obj
def medical(
    home: Home,
    check: str | None,
    visit: str | None,
    kind: str | None,
    since: Any,
    until: Any,
    watch_s: float,
    staff: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """医療情報を見る（--staff と --password-stdin が必要） / Medical information of a check; nothing is stored."""
    if (check is None) == (visit is None):
        raise click.UsageError("CHECK か --visit のどちらか一つ / either CHECK or --visit")
    about = About(check=check, visit=visit)
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        signed_in = sign_in_first(session, staff, password_stdin=password_stdin)
        if signed_in is None:
            raise SignInNeededError
        if kind is None:
            found_check, kinds = ask_kinds(session, signed_in, about)
            result = {"check": found_check, "kinds": [_described(found) for found in kinds]}
            screen.show(result, [line for found in kinds for line in _lines(found)])
            return
        months = {name: f"{day:%Y%m}" for name, day in (("since", since), ("until", until)) if day is not None}
        view = ask_look(session, signed_in, about, kind, **months)
        if view.shown is not None:
            screen.show(_shown(view.shown), _shown_lines(view.shown))
        if watch_s:
            _keep_open(screen, session, view, watch_s)


def _keep_open(screen: Screen, session: Session, view: MedicalView, watch_s: float) -> None:
    watch(session, view, watch_s)
    # On a terminal nothing of it stays to be read by the next who passes.
    if sys.stdout.isatty():
        click.clear()
    screen.tell(MEDICAL_CLOSED.with_data(because=view.closed_because or "watched"))


def _described(kind: OpenKind) -> dict[str, Any]:
    return {
        "kind": kind.kind,
        "open": kind.open,
        "parts": kind.parts,
        "closes_at": None if kind.closes_at is None else kind.closes_at.isoformat(),
        "reasons": [
            {"reason": why.reason, "ja": why.say.ja, "en": why.say.en, "cites": why.cites} for why in kind.reasons
        ],
    }


def _lines(kind: OpenKind) -> list[str]:
    if kind.open:
        until = "" if kind.closes_at is None else f" ({kind.closes_at.isoformat()})"
        return [f"{kind.kind}: 開 / open{until}"]
    return [
        f"{kind.kind}: 閉 / closed",
        *(f"  {why.say.ja} / {why.say.en} [{why.cites}]" for why in kind.reasons),
    ]


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "check": shown.check,
        "kind": shown.kind,
        "parts": shown.parts,
        "sections": [
            {"part": section.part, "entries": [entry.fields for entry in section.entries]} for section in shown.sections
        ],
        "fetched_at": shown.fetched_at.isoformat(),
        "simulated": shown.simulated,
        "closes_at": None if shown.closes_at is None else shown.closes_at.isoformat(),
        "ask_again_at": shown.ask_again_at.isoformat(),
    }


def _shown_lines(shown: Shown) -> list[str]:
    lines = [shown.exercise] if shown.exercise else []
    for section in shown.sections:
        lines.append(f"== {section.part}")
        lines += ["  ".join(f"{name}: {value}" for name, value in entry.fields) for entry in section.entries]
    return lines or ["- "]
