"""`kazasu device sign-in` and `sign-out`: who is on duty on this device."""

import sys

import click

from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.device import open_device
from kazasu_device.errors import InputNotValidError
from kazasu_device.home import Home
from kazasu_device.link import Link
from kazasu_device.password import Password

_LONGEST_LINE = 1024

password_stdin_option = click.option(
    "--password-stdin",
    is_flag=True,
    help="パスワードを標準入力の1行目から / Read the password from stdin's line 1.",
)


def ask_password(*, from_stdin: bool) -> Password:
    """From standard input's next line, or at a hidden prompt; never an argument."""
    if from_stdin:
        return Password(_line_of_stdin())
    if not sys.stdin.isatty():
        raise InputNotValidError("password")
    return Password(click.prompt("パスワード / Password", hide_input=True, err=True))


def _line_of_stdin() -> str:
    line = sys.stdin.buffer.readline(_LONGEST_LINE).rstrip(b"\r\n")
    text = line.decode("utf-8", "replace")
    if not text:
        raise InputNotValidError("password")
    return text


@click.command()
@click.option("--login", required=True, help="ログイン名 / Login.")
@password_stdin_option
@json_option
@click.pass_obj
def sign_in(home: Home, login: str, password_stdin: bool, as_json: bool) -> None:
    """勤務を始める（接続が必要） / Go on duty on this device; needs a connection."""
    screen = Screen(home, as_json=as_json)
    with screen.errors(), Link(home) as link:
        signed_in = link.sign_in(login, ask_password(from_stdin=password_stdin))
        device = open_device(home)
        person = device.duty.acting(device.now(), login)
        result = {
            "staff": signed_in.staff.id,
            "login": login,
            "name": signed_in.staff.name,
            "roles": signed_in.staff.roles,
            "until": None if person is None else person.until_at.isoformat(),
        }
        screen.show(result, [f"{key}: {value}" for key, value in result.items()])


@click.command()
@click.option("--login", required=True, help="ログイン名 / Login.")
@json_option
@click.pass_obj
def sign_out(home: Home, login: str, as_json: bool) -> None:
    """勤務を終える / Go off duty on this device."""
    screen = Screen(home, as_json=as_json)
    with screen.errors():
        was_on_duty = open_device(home).duty.drop(login)
        screen.show({"login": login, "was_on_duty": was_on_duty}, [f"{login}: {was_on_duty}"])
