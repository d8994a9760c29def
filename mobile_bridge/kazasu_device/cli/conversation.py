"""The person at the terminal, or the lines that a script gave on standard input, as a `Dialogue`.

What a script gave is presented once: where a secret has to be typed again, a person at a terminal is asked, and a
script gets the error.
"""

import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import click

from kazasu_device.cli.screen import Screen
from kazasu_device.dialogue import Cue
from kazasu_device.say import AGAIN, CUES, GO_VISUAL, error_text
from mynacard import CardError, JpkiPin, NumberB, Secret, SecretFormatError
from mynacard.terminal import ask_secret

SomeSecret = TypeVar("SomeSecret", bound=Secret)


class Conversation:
    """Use it as a context manager: whatever secret was not used is overwritten."""

    def __init__(
        self,
        screen: Screen,
        *,
        pin_stdin: bool = False,
        number_b: bool = False,
        number_b_stdin: bool = False,
        is_western_year: bool = False,
        or_visual: bool = False,
        again: bool | None = None,
    ) -> None:
        self._screen = screen
        self._pin_stdin = pin_stdin
        self._wants_number = number_b or number_b_stdin
        self._number_stdin = number_b_stdin
        self._make_number = partial(NumberB, is_western=is_western_year)
        self._or_visual = or_visual
        self._again = again
        self._pin: JpkiPin | None = None
        self._number: NumberB | None = None
        self._is_person = sys.stdin.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for secret in (self._pin, self._number):
            if secret is not None:
                secret.wipe()

    def prepare(self, *, with_pin: bool) -> None:
        """Asks for everything that is typed before the touch: the PIN first, then number B."""
        if with_pin:
            self._pin = self._typed(JpkiPin, JpkiPin, from_stdin=self._pin_stdin, option="--pin-stdin")
        if self._wants_number:
            self._number = self._typed_number()

    def pin(self, problem: CardError | None) -> JpkiPin:
        if problem is None and self._pin is not None:
            pin, self._pin = self._pin, None
            return pin
        self._asked_again(problem)
        return self._typed(JpkiPin, JpkiPin, from_stdin=False, option="--pin-stdin")

    def number_b(self, problem: CardError | None) -> NumberB | None:
        if problem is None:
            number, self._number = self._number, None
            return number
        if not self._is_person or self._number_stdin:
            return None
        self._asked_again(problem)
        return self._typed_number()

    def wants_visual(self, problem: CardError) -> bool:
        self._screen.tell(str(error_text(problem)))
        if self._or_visual:
            return True
        return self._is_person and not self._pin_stdin and click.confirm(str(GO_VISUAL), err=True)

    def wants_again(self, check: str, minutes: int) -> bool:
        if self._again is not None:
            return self._again
        # A script that says nothing gets it recorded and linked: a check too many can be told, a lost one cannot.
        return not self._is_person or click.confirm(str(AGAIN.with_data(minutes=minutes)), default=False, err=True)

    def cue(self, cue: Cue) -> None:
        self._screen.tell(CUES[cue])

    def _asked_again(self, problem: CardError | None) -> None:
        if problem is None:
            return
        if not self._is_person or self._pin_stdin:
            raise problem
        self._screen.tell(str(error_text(problem)))

    def _typed_number(self) -> NumberB:
        return self._typed(NumberB, self._make_number, from_stdin=self._number_stdin, option="--number-b-stdin")

    def _typed(
        self, secret: type[SomeSecret], make: Callable[[bytearray], SomeSecret], *, from_stdin: bool, option: str
    ) -> SomeSecret:
        while True:
            try:
                return ask_secret(secret, make, from_stdin=from_stdin, option=option)
            except SecretFormatError as error:
                if from_stdin or not self._is_person:
                    raise
                self._screen.tell(str(error_text(error)))
