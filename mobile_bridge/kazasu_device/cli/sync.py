"""`kazasu device sync`: sends what waits and reads what is new."""

import time

import click

from kazasu_device.cli.acting import sign_in_first, staff_options
from kazasu_device.cli.queue_line import queue_state
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.exchange import Exchanged
from kazasu_device.home import Home
from kazasu_device.say import Text, error_text
from kazasu_device.session import Session


@click.command()
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="送り終わるまで試す秒数 / How long to try until nothing is waiting.",
)
@staff_options
@json_option
@click.pass_obj
def sync(home: Home, wait_s: float, staff: str | None, password_stdin: bool, as_json: bool) -> None:
    """待っている記録を送る / Send what waits. Exit status 1 while something still does."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Session(home) as session:
        sign_in_first(session, staff, password_stdin=password_stdin)
        deadline = time.monotonic() + wait_s
        while True:
            done = session.exchange.round()
            for words in done.report.words():
                screen.tell(Text(words.ja, words.en))
            if done.problem is not None:
                screen.tell(error_text(done.problem))
            delay = session.exchange.next_delay_s(done)
            if done.report.is_complete or time.monotonic() + delay >= deadline:
                break
            time.sleep(delay)
        if done.is_connected:
            session.exchange.refresh_policy()
        result = {
            "acknowledged": done.report.acknowledged,
            "held": done.report.held,
            "is_complete": done.report.is_complete,
            "failures": _failures(done),
            "news": len(done.news),
            "queue": queue_state(session.device.outbox.state()),
        }
        screen.show(result, [f"{key}: {result[key]}" for key in ("acknowledged", "held", "is_complete")])
        if not done.report.is_complete:
            raise click.exceptions.Exit(1)


def _failures(done: Exchanged) -> list[dict[str, str | None]]:
    found = [*done.report.failures, *([done.feed_failure] if done.feed_failure else [])]
    return [{"name": failure.name, "reason": failure.reason} for failure in found]
