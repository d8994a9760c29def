"""What the command line prints and asks: JSON or words, errors in both languages, secrets at a hidden prompt.

Standard output carries results and nothing else, also when a C library prints there.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

from mynacard.errors import CardError, SecretError, VerifyInterruptedError
from mynacard.message import SECRETS, message_of
from mynacard.secret import Secret, reference_of

SomeSecret = TypeVar("SomeSecret", bound=Secret)
_LONGEST_LINE = 256


def keep_stdout_for_results() -> None:
    """From now on only this program's own output reaches standard output; whatever else prints there goes to standard
    error. libpcsclite's loader does, when a library is absent, and at a time of its own choosing."""
    sys.stdout.flush()
    results = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = open(results, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115


def show(result: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """One object, or lines for a person."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines))


@contextmanager
def errors_shown(*, as_json: bool) -> Iterator[None]:
    """Turns this library's errors into one object (or two lines on standard error) and exit status 1."""
    shown: CardError | None = None
    try:
        yield
    except CardError as error:
        shown = error
    if shown is not None:
        _fail(shown, as_json=as_json)


def _fail(error: CardError, *, as_json: bool) -> NoReturn:
    message = message_of(error)
    if as_json:
        text = {"error": error.code, "message": f"{message.japanese} / {message.english}", **error.data()}
        click.echo(json.dumps(text, ensure_ascii=False))
    else:
        click.echo(str(message), err=True)
        if isinstance(error, SecretError | VerifyInterruptedError) and error.tries_left is not None:
            click.echo(f"{error.secret}: {error.tries_left}", err=True)
    raise click.exceptions.Exit(1)


def ask_secret(
    secret: type[SomeSecret], make: Callable[[bytearray], SomeSecret], *, from_stdin: bool, option: str
) -> SomeSecret:
    """Reads a secret of this type from standard input, or at a hidden prompt that says which it is.

    Raises SecretFormatError, and click's UsageError where there is neither option nor terminal.
    """
    digits = _line_of_stdin() if from_stdin else _typed(secret, option)
    try:
        return make(digits)
    finally:
        for index in range(len(digits)):
            digits[index] = 0


def _line_of_stdin() -> bytearray:
    return bytearray(sys.stdin.buffer.readline(_LONGEST_LINE).rstrip(b"\r\n"))


def _typed(secret: type[Secret], option: str) -> bytearray:
    name = SECRETS[reference_of(secret).name]
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"{name.japanese}: {option} (標準入力) / give {name.english} on standard input with {option}"
        )
    prompt = f"{name.japanese} / {name.english}"
    return bytearray(click.prompt(prompt, hide_input=True, err=True).encode("utf-8"))
