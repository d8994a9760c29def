"""Who does what a command records: the options, and the one who signed in for it."""

from collections.abc import Callable
from typing import Any

import click

from kazasu_device.cli.screen import Screen
from kazasu_device.cli.sign_in import ask_password, password_stdin_option
from kazasu_device.device import Device
from kazasu_device.duty import OnDuty
from kazasu_device.link import SignedInStaff
from kazasu_device.say import NOT_ON_DUTY
from kazasu_device.session import Session

Command = Callable[..., Any]

staff_option = click.option("--staff", metavar="LOGIN", help="行う職員のログイン名 / Who does this, by login.")


def staff_options(command: Command) -> Command:
    """`--staff`, and `--password-stdin` to sign in first."""
    return staff_option(password_stdin_option(command))


def sign_in_first(session: Session, staff: str | None, *, password_stdin: bool) -> SignedInStaff | None:
    """Signs in where a password is given; it is standard input's first line."""
    if not password_stdin:
        return None
    if staff is None:
        raise click.UsageError("--password-stdin には --staff が要ります / --password-stdin needs --staff")
    return session.sign_in(staff, ask_password(from_stdin=True))


def acting_person(screen: Screen, device: Device, staff: str | None) -> OnDuty | None:
    """Who acts; told where nobody is on duty, which never keeps anything from being recorded."""
    acting = device.duty.acting(device.now(), staff)
    if acting is None or not acting.is_valid:
        screen.tell(NOT_ON_DUTY)
    return acting
