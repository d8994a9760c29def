"""After something is durable: say so, send it at once, and show what became of it."""

from collections.abc import Callable
from typing import Any

import click

from checksync.outbox import Confirmed
from kazasu_device.answer import Fate, follow
from kazasu_device.cli.queue_line import queue_state
from kazasu_device.cli.screen import Screen
from kazasu_device.say import RECORDED, WAITING_FOR_ANSWER, WAITING_FOR_CONNECTION, error_text
from kazasu_device.session import Session

Command = Callable[..., Any]


def sync_options(command: Command) -> Command:
    """`--no-sync` and `--wait`."""
    for option in (
        click.option(
            "--wait",
            "wait_s",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="回答を待つ秒数 / How long to wait for the answer.",
        ),
        click.option("--no-sync", is_flag=True, help="記録だけする / Record only; it is sent later."),
    ):
        command = option(command)
    return command


def show_recorded(
    screen: Screen,
    session: Session,
    confirmed: Confirmed,
    check: str | None,
    described: dict[str, Any],
    *,
    no_sync: bool,
    wait_s: float,
) -> None:
    """Called only after the entry is durable; nothing that fails from here on takes that back."""
    screen.tell(RECORDED)
    fate = Fate() if no_sync else _followed(screen, session, confirmed, check, wait_s)
    if not no_sync and not fate.is_sent:
        screen.tell(WAITING_FOR_CONNECTION)
        if fate.problem is not None:
            screen.tell(error_text(fate.problem))
    state = session.device.outbox.state()
    result = {
        "check": check,
        "log": confirmed.log,
        "number": confirmed.number,
        "recorded": True,
        **described,
        "sent": fate.is_sent,
        "outcome": fate.outcome,
        "reason": fate.reason,
        "answer": fate.answer,
        "holds": fate.holds,
        "failure": fate.failure,
        "queue": queue_state(state),
    }
    screen.show(result, _lines(result, fate))


def _followed(screen: Screen, session: Session, confirmed: Confirmed, check: str | None, wait_s: float) -> Fate:
    try:
        return follow(session, confirmed, check, wait_s=wait_s, on_wait=_telling(screen))
    except Exception as error:
        # The entry is durable and will be sent: whatever went wrong here, a full disk or a fault of ours, the command
        # must not end as if nothing had been recorded.
        return Fate(failure=f"not-sent:{type(error).__name__}")


def _telling(screen: Screen) -> Callable[[float], None]:
    told: list[int] = []

    def tell(elapsed_s: float) -> None:
        # At once, then each second: a person has to see that it waits, and for how long already.
        if int(elapsed_s) not in told:
            told.append(int(elapsed_s))
            screen.tell(f"{WAITING_FOR_ANSWER} {int(elapsed_s)} s")

    return tell


def _lines(result: dict[str, Any], fate: Fate) -> list[str]:
    lines = [f"{key}: {result[key]}" for key in ("check", "number", "outcome", "reason") if result[key] is not None]
    if fate.answer is not None:
        lines.append(f"answer: {fate.answer.get('result')} ({fate.answer.get('answered_at')})")
        if fate.answer.get("simulated"):
            lines.append("模擬の回答 / simulated answer")
    for hold in fate.holds:
        say = hold.get("say")
        words = f" {say.get('ja')} / {say.get('en')}" if isinstance(say, dict) else ""
        lines.append(f"hold: {hold.get('reason')}{words}")
    return lines
