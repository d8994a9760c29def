"""`kazasu device enrol`: this machine becomes a device of a clinic."""

import platform
import sys

import click

from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.enrolment import enrol as enrol_device
from kazasu_device.enrolment import parse_code, wait_for_confirmation
from kazasu_device.errors import DeviceWaitingError
from kazasu_device.home import Home
from kazasu_device.link import Link
from kazasu_device.say import Text

_COMPARE = Text(
    "管理者に、この指紋を管理者の画面と見比べて確認してもらってください",
    "Let the administrator compare this thumbprint with the one on their screen, and confirm",
)


@click.command()
@click.argument("code", required=False)
@click.option("--name", help="端末の名前 / What this device is called (not a patient's or a person's name).")
@click.option("--code-stdin", is_flag=True, help="登録コードを標準入力から / Read the enrolment code from stdin.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="管理者の確認を待つ秒数 / How long to wait for the administrator's confirmation.",
)
@json_option
@click.pass_obj
def enrol(home: Home, code: str | None, name: str | None, code_stdin: bool, wait_s: float, as_json: bool) -> None:
    """登録コード（KZ1.…）で端末を登録する / Enrol this device with the administrator's code (KZ1.…).

    登録済みで確認待ちのときは、コードなしで確認を待ち直します /
    Without a code it goes on waiting for the confirmation of an enrolment that was made.
    """
    screen = Screen(home, as_json=as_json)
    with screen.errors():
        if code_stdin:
            code = sys.stdin.readline()
        if code is not None:
            enrol_device(home, parse_code(code), name or platform.node() or "device")
        settings = home.settings()
        if not home.is_confirmed:
            screen.tell(f"{_COMPARE}: {settings.thumbprint}")
        is_confirmed = home.is_confirmed or _confirmed(home, wait_s)
        result = {
            "device": settings.device,
            "name": settings.name,
            "facility": settings.facility,
            "thumbprint": settings.thumbprint,
            "state": "confirmed" if is_confirmed else "waiting",
        }
        screen.show(result, [f"{key}: {value}" for key, value in result.items()])


def _confirmed(home: Home, wait_s: float) -> bool:
    with Link(home) as link:
        try:
            wait_for_confirmation(link.token, wait_s)
        except DeviceWaitingError:
            if wait_s > 0:
                raise
            return False
        link.refresh_policy()
    return True
