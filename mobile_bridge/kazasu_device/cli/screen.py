"""What the command line shows: one JSON object or lines, progress aside, errors in both languages.

In an exercise facility every line and every object says so.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from checksync.entry import EntryTooLargeError
from checksync.outbox import OutboxError
from kazasu_device.errors import DeviceError
from kazasu_device.home import Home
from kazasu_device.say import EXERCISE, Text, error_text, outbox_text
from mynacard import CardError

json_option = click.option("--json", "as_json", is_flag=True, help="JSONで出力 / Print one JSON object.")


class Screen:
    """The two outputs of one command."""

    def __init__(self, home: Home, *, as_json: bool) -> None:
        self._home = home
        self._as_json = as_json

    @property
    def is_exercise(self) -> bool:
        try:
            return self._home.is_confirmed and self._home.policy().is_exercise
        except DeviceError:
            return False

    def tell(self, text: Text | str) -> None:
        """A line for the person, at once, on standard error."""
        click.echo(self._marked(str(text)), err=True)

    def show(self, result: dict[str, Any], lines: list[str]) -> None:
        """The command's result."""
        if self._as_json:
            click.echo(json.dumps({**result, "exercise": self.is_exercise}, ensure_ascii=False))
        else:
            for line in lines:
                click.echo(self._marked(line))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Errors of ours become one object, or a line on standard error, and exit status 1."""
        shown: tuple[str, Text, dict[str, Any]] | None = None
        try:
            yield
        except (DeviceError, CardError) as error:
            shown = error.code, error_text(error), error.data()
        except (OutboxError, EntryTooLargeError) as error:
            code, text = outbox_text(error)
            shown = code, text, {}
        # Outside the block, so that the exit hangs on no error whose frames held a secret.
        if shown is not None:
            self._fail(*shown)

    def _fail(self, code: str, text: Text, data: dict[str, Any]) -> NoReturn:
        if self._as_json:
            self.show({"error": code, "message": str(text), **data}, [])
        else:
            self.tell(text.ja)
            self.tell(text.en)
        raise click.exceptions.Exit(1)

    def _marked(self, line: str) -> str:
        return f"[{EXERCISE}] {line}" if self.is_exercise else line
